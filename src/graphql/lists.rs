//! What the connections of a store list: finders and nothing else. A list is walked along the index of
//! its sort, within its store; what few rows have is found by an index of its own.

use entity::{
    Columns, CustomerId, Sparse as _, StoreId, coupon, customer, integration, order, redemption, reward, store,
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryResult, Select};
use uuid::Uuid;

use super::connection::{List, OfOne, RowOf, shown};
use super::filter::{IdFilter, condition};
use super::list_filters::of_customers;
pub(super) use super::list_filters::{
    CouponFilter, CouponSort, CustomerFilter, CustomerSort, IntegrationFilter, OrderFilter, OrderSort,
    RedemptionFilter, RewardFilter, RewardSort, StoreFilter,
};
use super::place::{By, Place};
use super::sort::{IntegrationSort, RedemptionSort, StoreSort};

/// Whether a filter names customers. They are looked up in the store, so that naming it again is needless; it
/// would have SQLite walk all of the store.
fn names_customers(filter: Option<&IdFilter>) -> bool {
    filter.is_some_and(IdFilter::names_some)
}

/// Stores by their ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Stores(pub(super) Vec<StoreId>, pub(super) StoreFilter, pub(super) StoreSort);

impl List for Stores {
    type Entity = store::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<store::Entity> {
        store::Entity::find()
            .filter(store::Column::Id.is_in(self.0.iter().copied()))
            .filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<store::Column> {
        vec![store::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2.descends()
    }

    fn key(&self, row: &store::Model) -> Uuid {
        row.id.0
    }
}

/// A store's integrations.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Integrations(
    pub(super) StoreId,
    pub(super) IntegrationFilter,
    pub(super) IntegrationSort,
);

impl List for Integrations {
    type Entity = integration::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<integration::Entity> {
        integration::Entity::in_store(self.0).filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<integration::Column> {
        vec![integration::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2.descends()
    }

    fn key(&self, row: &integration::Model) -> Uuid {
        row.id.0
    }
}

/// A store's customers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Customers(pub(super) StoreId, pub(super) CustomerFilter, pub(super) CustomerSort);

impl Customers {
    /// Those with an e-mail address, a document, or both.
    pub(super) fn known_by(store: StoreId, email: Option<String>, document: Option<String>) -> Self {
        let filter = CustomerFilter::known_by(email, document);
        Self(store, filter, CustomerSort::default())
    }

    fn by_name(&self) -> bool {
        matches!(self.2, CustomerSort::NameAsc | CustomerSort::NameDesc)
    }
}

impl List for Customers {
    type Entity = customer::Entity;
    type Key = Place;

    fn select(&self) -> Select<customer::Entity> {
        let Self(store, filter, _) = self;
        let own = customer::Entity::in_store(*store).filter(condition(filter, ()));
        if filter.with_merged {
            own
        } else {
            own.filter(customer::Column::MergedIntoId.is_null())
        }
    }

    fn columns(&self) -> Vec<customer::Column> {
        let by = if self.by_name() {
            customer::Column::NameKey
        } else {
            customer::Column::CreatedAt
        };
        vec![by, customer::Column::Id]
    }

    fn descending(&self) -> bool {
        matches!(self.2, CustomerSort::CreatedAtDesc | CustomerSort::NameDesc)
    }

    fn key(&self, row: &customer::Model) -> Place {
        let by = if self.by_name() {
            By::Text(row.name_key.clone())
        } else {
            By::At(row.created_at)
        };
        Place::new(self.sorted(), by, row.id.0)
    }

    fn knows(&self, key: &Place) -> bool {
        key.is_of(self.sorted())
    }

    fn shown(&self, field: &str) -> Columns {
        let names = [
            ("store", "store_id"),
            ("balance", "id"),
            ("orders", "id"),
            ("coupons", "id"),
            ("lots", "id"),
            ("statement", "id"),
        ];
        shown(self, field, &names)
    }

    fn row(row: &QueryResult, columns: Columns) -> Result<RowOf<Self>, DbErr> {
        RowOf::<Self>::read(row, columns)
    }
}

impl Customers {
    fn sorted(&self) -> &'static str {
        if self.by_name() { "customers.name" } else { "customers" }
    }
}

/// A store's sales, or one customer's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Orders {
    pub(super) store: StoreId,
    pub(super) customer: Option<CustomerId>,
    pub(super) filter: OrderFilter,
    pub(super) sort: OrderSort,
}

impl Orders {
    /// Those with a number: one, but for shops that number alike.
    pub(super) fn with_number(store: StoreId, number: String) -> Self {
        Self {
            store,
            customer: None,
            filter: OrderFilter::with_number(number),
            sort: OrderSort::default(),
        }
    }

    fn by_change(&self) -> bool {
        matches!(self.sort, OrderSort::UpdatedAtAsc | OrderSort::UpdatedAtDesc)
    }

    fn sorted(&self) -> &'static str {
        if self.by_change() { "orders.updated" } else { "orders" }
    }
}

impl List for Orders {
    type Entity = order::Entity;
    type Key = Place;

    fn select(&self) -> Select<order::Entity> {
        let theirs = self
            .customer
            .map(|customer| of_customers(self.store, order::Column::CustomerId)(vec![customer]));
        let own = match theirs {
            Some(theirs) => order::Entity::find().filter(theirs),
            None if names_customers(self.filter.customer_id.as_ref()) => order::Entity::find(),
            None => order::Entity::in_store(self.store),
        };
        own.filter(condition(&self.filter, self.store))
    }

    fn columns(&self) -> Vec<order::Column> {
        let by = if self.by_change() {
            order::Column::UpdatedAt
        } else {
            order::Column::PlacedAt
        };
        vec![by, order::Column::Id]
    }

    fn descending(&self) -> bool {
        matches!(self.sort, OrderSort::PlacedAtDesc | OrderSort::UpdatedAtDesc)
    }

    fn key(&self, row: &order::Model) -> Place {
        let at = if self.by_change() {
            row.updated_at
        } else {
            row.placed_at
        };
        Place::new(self.sorted(), By::At(at), row.id.0)
    }

    fn knows(&self, key: &Place) -> bool {
        key.is_of(self.sorted())
    }

    fn shown(&self, field: &str) -> Columns {
        shown(
            self,
            field,
            &[
                ("store", "store_id"),
                ("customer", "customer_id"),
                ("integration", "integration_id"),
                ("productsTotal", "products_cents"),
                ("discountTotal", "discount_cents"),
                ("shippingTotal", "shipping_cents"),
                ("refundedTotal", "refunded_cents"),
                ("total", "total_cents"),
                ("shopOrderNumber", "shop_number"),
            ],
        )
    }

    fn row(row: &QueryResult, columns: Columns) -> Result<RowOf<Self>, DbErr> {
        RowOf::<Self>::read(row, columns)
    }

    fn of_one(&self) -> Option<OfOne<Self>> {
        Some(OfOne {
            store: self.store,
            customer: self.customer?,
            column: order::Column::CustomerId,
        })
    }

    fn of_all(&self) -> Self {
        Self {
            customer: None,
            ..self.clone()
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.store, self.sort) == (other.store, other.sort) && self.filter == other.filter
    }
}

/// A store's rewards.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Rewards(pub(super) StoreId, pub(super) RewardFilter, pub(super) RewardSort);

impl Rewards {
    fn by(&self) -> reward::Column {
        match self.2 {
            RewardSort::CreatedAtDesc | RewardSort::CreatedAtAsc => reward::Column::CreatedAt,
            RewardSort::PointsAsc | RewardSort::PointsDesc => reward::Column::Points,
            RewardSort::PositionAsc | RewardSort::PositionDesc => reward::Column::Position,
        }
    }

    fn sorted(&self) -> &'static str {
        match self.by() {
            reward::Column::Points => "rewards.points",
            reward::Column::Position => "rewards.position",
            _ => "rewards",
        }
    }
}

impl List for Rewards {
    type Entity = reward::Entity;
    type Key = Place;

    fn select(&self) -> Select<reward::Entity> {
        reward::Entity::in_store(self.0).filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<reward::Column> {
        vec![self.by(), reward::Column::Id]
    }

    fn descending(&self) -> bool {
        matches!(
            self.2,
            RewardSort::CreatedAtDesc | RewardSort::PointsDesc | RewardSort::PositionDesc
        )
    }

    fn key(&self, row: &reward::Model) -> Place {
        let by = match self.by() {
            reward::Column::Points => By::Number(row.points.0),
            reward::Column::Position => By::Number(row.position),
            _ => By::At(row.created_at),
        };
        Place::new(self.sorted(), by, row.id.0)
    }

    fn knows(&self, key: &Place) -> bool {
        key.is_of(self.sorted())
    }
}

/// A store's redemptions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Redemptions(
    pub(super) StoreId,
    pub(super) RedemptionFilter,
    pub(super) RedemptionSort,
);

impl List for Redemptions {
    type Entity = redemption::Entity;
    type Key = Place;

    fn select(&self) -> Select<redemption::Entity> {
        let own = if names_customers(self.1.customer_id.as_ref()) {
            redemption::Entity::find()
        } else {
            redemption::Entity::in_store(self.0)
        };
        own.filter(condition(&self.1, self.0))
    }

    fn columns(&self) -> Vec<redemption::Column> {
        vec![redemption::Column::RequestedAt, redemption::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2.descends()
    }

    fn key(&self, row: &redemption::Model) -> Place {
        Place::new("redemptions", By::At(row.requested_at), row.id.0)
    }

    fn knows(&self, key: &Place) -> bool {
        key.is_of("redemptions")
    }
}

/// A store's coupons, or one customer's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Coupons {
    pub(super) store: StoreId,
    pub(super) customer: Option<CustomerId>,
    pub(super) filter: CouponFilter,
    pub(super) sort: CouponSort,
}

impl Coupons {
    /// The one with a code.
    pub(super) fn with_code(store: StoreId, code: &str) -> Self {
        Self {
            store,
            customer: None,
            filter: CouponFilter::with_code(code),
            sort: CouponSort::default(),
        }
    }

    fn by_end(&self) -> bool {
        matches!(self.sort, CouponSort::ValidUntilAsc | CouponSort::ValidUntilDesc)
    }

    fn sorted(&self) -> &'static str {
        if self.by_end() { "coupons.end" } else { "coupons" }
    }
}

impl List for Coupons {
    type Entity = coupon::Entity;
    type Key = Place;

    fn select(&self) -> Select<coupon::Entity> {
        let theirs = self
            .customer
            .map(|customer| of_customers(self.store, coupon::Column::CustomerId)(vec![customer]));
        let own = match theirs {
            Some(theirs) => coupon::Entity::find().filter(theirs),
            None if names_customers(self.filter.customer_id.as_ref()) => coupon::Entity::find(),
            None => coupon::Entity::in_store(self.store),
        };
        own.filter(condition(&self.filter, self.store))
    }

    fn columns(&self) -> Vec<coupon::Column> {
        let by = if self.by_end() {
            coupon::Column::ValidUntil
        } else {
            coupon::Column::CreatedAt
        };
        vec![by, coupon::Column::Id]
    }

    fn descending(&self) -> bool {
        matches!(self.sort, CouponSort::CreatedAtDesc | CouponSort::ValidUntilDesc)
    }

    fn key(&self, row: &coupon::Model) -> Place {
        let at = if self.by_end() { row.valid_until } else { row.created_at };
        Place::new(self.sorted(), By::At(at), row.id.0)
    }

    fn knows(&self, key: &Place) -> bool {
        key.is_of(self.sorted())
    }

    fn shown(&self, field: &str) -> Columns {
        shown(
            self,
            field,
            &[
                ("store", "store_id"),
                ("customer", "customer_id"),
                ("redemption", "redemption_id"),
                ("integration", "integration_id"),
                ("usedByOrder", "used_order_id"),
                ("inShop", "id"),
                ("amount", "amount_cents"),
                ("percent", "percent_hundredths"),
                ("minimumOrder", "minimum_order_cents"),
            ],
        )
    }

    fn row(row: &QueryResult, columns: Columns) -> Result<RowOf<Self>, DbErr> {
        RowOf::<Self>::read(row, columns)
    }

    fn of_one(&self) -> Option<OfOne<Self>> {
        Some(OfOne {
            store: self.store,
            customer: self.customer?,
            column: coupon::Column::CustomerId,
        })
    }

    fn of_all(&self) -> Self {
        Self {
            customer: None,
            ..self.clone()
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.store, self.sort) == (other.store, other.sort) && self.filter == other.filter
    }
}
