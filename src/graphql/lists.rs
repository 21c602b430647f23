//! What connections list, with their filters: finders and nothing else. Only shapes that an index
//! serves; a filter that nothing can meet, such as an id of the wrong kind, finds nothing.

use async_graphql::{Enum, ID, InputObject};
use chrono::{DateTime, Utc};
use entity::{
    CustomerId, ImportRunId, IntegrationId, StoreId, coupon, customer, import_reject, import_run, order, redemption,
    reward, store,
};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use super::connection::List;
use super::types::{CouponState, RewardKind};
use crate::domain::document::Document;

/// Which customers.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct CustomerFilter {
    /// With exactly this e-mail address, whatever its case.
    email: Option<String>,
    /// With exactly this CPF or CNPJ, with or without punctuation.
    document: Option<String>,
    /// First seen at or after.
    created_since: Option<DateTime<Utc>>,
    /// Those who were merged into others too; for the field that looks one up.
    #[graphql(skip)]
    with_merged: bool,
}

/// Which orders.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct OrderFilter {
    /// With exactly this number.
    number: Option<String>,
    /// Of this customer.
    customer_id: Option<ID>,
    /// In one of these statuses (platform codes).
    status_codes: Option<Vec<String>>,
    /// Made at or after.
    placed_since: Option<DateTime<Utc>>,
    /// Made before.
    placed_before: Option<DateTime<Utc>>,
}

/// How orders are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, Default)]
pub(super) enum OrderSort {
    /// Newest sale first.
    #[default]
    PlacedAtDesc,
    /// Oldest sale first.
    PlacedAtAsc,
}

/// Which rewards.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct RewardFilter {
    /// Offered at present, or not.
    active: Option<bool>,
    /// Of this kind.
    kind: Option<RewardKind>,
    /// Costing at most this.
    max_points: Option<i64>,
    /// Of one integration.
    integration_id: Option<ID>,
}

/// Which coupons.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct CouponFilter {
    /// In one of these states.
    states: Option<Vec<CouponState>>,
    /// Of this customer.
    customer_id: Option<ID>,
    /// With this code; for the field that looks one up.
    #[graphql(skip)]
    code: Option<String>,
}

/// A condition that nothing meets.
fn nothing() -> Expr {
    Expr::cust("1 = 0")
}

/// That a column has the id that a text names.
fn is_id<T>(column: impl ColumnTrait, text: &str) -> Expr
where
    T: std::str::FromStr + Into<sea_orm::Value>,
{
    text.parse::<T>().map_or_else(|_| nothing(), |id| column.eq(id))
}

/// That a column has the id of a customer that a text names, or of one who was merged into that one.
fn is_customer(store: StoreId, column: impl ColumnTrait, text: &str) -> Expr {
    let Ok(id) = text.parse::<CustomerId>() else {
        return nothing();
    };
    let same = customer::Column::Id.eq(id).or(customer::Column::MergedIntoId.eq(id));
    let ids = customer::Entity::in_store(store)
        .select_only()
        .column(customer::Column::Id)
        .filter(same);
    column.in_subquery(QueryTrait::into_query(ids))
}

/// Stores by their ids, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Stores(pub(super) Vec<StoreId>);

impl List for Stores {
    type Entity = store::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<store::Entity> {
        store::Entity::find().filter(store::Column::Id.is_in(self.0.iter().copied()))
    }

    fn columns(&self) -> Vec<store::Column> {
        vec![store::Column::Id]
    }

    fn key(row: &store::Model) -> Uuid {
        row.id.0
    }
}

/// A store's customers, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Customers(pub(super) StoreId, pub(super) CustomerFilter);

impl Customers {
    /// Those with an e-mail address, a document, or both.
    pub(super) fn known_by(store: StoreId, email: Option<String>, document: Option<String>) -> Self {
        Self(
            store,
            CustomerFilter {
                email,
                document,
                with_merged: true,
                ..CustomerFilter::default()
            },
        )
    }
}

impl List for Customers {
    type Entity = customer::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<customer::Entity> {
        let Self(store, filter) = self;
        let email = filter
            .email
            .as_ref()
            .map(|email| customer::Column::Email.eq(email.trim().to_lowercase()));
        let document = filter.document.as_ref().map(|text| {
            let document = Document::parse(text, None).map(|document| document.as_str().to_owned());
            document.map_or_else(nothing, |document| customer::Column::Document.eq(document))
        });
        let since = filter.created_since.map(|since| customer::Column::CreatedAt.gte(since));
        let themselves = (!filter.with_merged).then(|| customer::Column::MergedIntoId.is_null());
        let only = Condition::all()
            .add_option(email)
            .add_option(document)
            .add_option(since)
            .add_option(themselves);
        customer::Entity::in_store(*store).filter(only)
    }

    fn columns(&self) -> Vec<customer::Column> {
        vec![customer::Column::Id]
    }

    fn key(row: &customer::Model) -> Uuid {
        row.id.0
    }
}

/// A store's sales.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Orders(pub(super) StoreId, pub(super) OrderFilter, pub(super) OrderSort);

impl Orders {
    /// One customer's, newest first.
    pub(super) fn of_customer(store: StoreId, customer: CustomerId) -> Self {
        let customer_id = Some(customer.to_string().into());
        Self(
            store,
            OrderFilter {
                customer_id,
                ..OrderFilter::default()
            },
            OrderSort::default(),
        )
    }

    /// Those with a number: one, but for shops that number alike.
    pub(super) fn with_number(store: StoreId, number: String) -> Self {
        let number = Some(number);
        Self(
            store,
            OrderFilter {
                number,
                ..OrderFilter::default()
            },
            OrderSort::default(),
        )
    }
}

impl List for Orders {
    type Entity = order::Entity;
    type Key = (DateTime<Utc>, Uuid);

    fn select(&self) -> Select<order::Entity> {
        let Self(store, filter, _) = self;
        let number = filter
            .number
            .as_ref()
            .map(|number| order::Column::Number.eq(number.trim()));
        let customer = filter
            .customer_id
            .as_ref()
            .map(|id| is_customer(*store, order::Column::CustomerId, id));
        let codes = filter
            .status_codes
            .as_ref()
            .map(|codes| order::Column::StatusCode.is_in(codes));
        let since = filter.placed_since.map(|since| order::Column::PlacedAt.gte(since));
        let before = filter.placed_before.map(|before| order::Column::PlacedAt.lt(before));
        let only = Condition::all()
            .add_option(number)
            .add_option(customer)
            .add_option(codes);
        match filter.customer_id {
            // The customers are looked up in the store: naming it again would have SQLite walk all of it.
            Some(_) => order::Entity::find(),
            None => order::Entity::in_store(*store),
        }
        .filter(only.add_option(since).add_option(before))
    }

    fn columns(&self) -> Vec<order::Column> {
        vec![order::Column::PlacedAt, order::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2 == OrderSort::PlacedAtDesc
    }

    fn key(row: &order::Model) -> Self::Key {
        (row.placed_at, row.id.0)
    }
}

/// A store's rewards, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Rewards(pub(super) StoreId, pub(super) RewardFilter);

impl List for Rewards {
    type Entity = reward::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<reward::Entity> {
        let Self(store, filter) = self;
        let active = filter.active.map(|active| reward::Column::Active.eq(active));
        let kind = filter
            .kind
            .map(|kind| reward::Column::Kind.eq(reward::RewardKind::from(kind)));
        let points = filter.max_points.map(|points| reward::Column::Points.lte(points));
        let shop = filter.integration_id.as_ref();
        let shop = shop.map(|id| is_id::<IntegrationId>(reward::Column::IntegrationId, id));
        let only = Condition::all().add_option(active).add_option(kind).add_option(points);
        reward::Entity::in_store(*store).filter(only.add_option(shop))
    }

    fn columns(&self) -> Vec<reward::Column> {
        vec![reward::Column::Id]
    }

    fn key(row: &reward::Model) -> Uuid {
        row.id.0
    }
}

/// A store's redemptions, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Redemptions(pub(super) StoreId);

impl List for Redemptions {
    type Entity = redemption::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<redemption::Entity> {
        redemption::Entity::in_store(self.0)
    }

    fn columns(&self) -> Vec<redemption::Column> {
        vec![redemption::Column::Id]
    }

    fn key(row: &redemption::Model) -> Uuid {
        row.id.0
    }
}

/// A store's coupons, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Coupons(pub(super) StoreId, pub(super) CouponFilter);

impl Coupons {
    /// One customer's.
    pub(super) fn of_customer(store: StoreId, customer: CustomerId) -> Self {
        let customer_id = Some(customer.to_string().into());
        Self(
            store,
            CouponFilter {
                customer_id,
                ..CouponFilter::default()
            },
        )
    }

    /// The one with a code.
    pub(super) fn with_code(store: StoreId, code: &str) -> Self {
        let code = Some(code.trim().to_uppercase());
        Self(
            store,
            CouponFilter {
                code,
                ..CouponFilter::default()
            },
        )
    }
}

impl List for Coupons {
    type Entity = coupon::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<coupon::Entity> {
        let Self(store, filter) = self;
        let states = filter
            .states
            .as_ref()
            .map(|states| coupon::Column::State.is_in(states.iter().map(|state| coupon::CouponState::from(*state))));
        let customer = filter
            .customer_id
            .as_ref()
            .map(|id| is_customer(*store, coupon::Column::CustomerId, id));
        let code = filter.code.as_ref().map(|code| coupon::Column::Code.eq(code));
        let only = Condition::all()
            .add_option(states)
            .add_option(customer)
            .add_option(code);
        match filter.customer_id {
            // The customers are looked up in the store: naming it again would have SQLite walk all of it.
            Some(_) => coupon::Entity::find(),
            None => coupon::Entity::in_store(*store),
        }
        .filter(only)
    }

    fn columns(&self) -> Vec<coupon::Column> {
        vec![coupon::Column::Id]
    }

    fn key(row: &coupon::Model) -> Uuid {
        row.id.0
    }
}

/// An integration's import runs, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ImportRuns(pub(super) IntegrationId);

impl List for ImportRuns {
    type Entity = import_run::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<import_run::Entity> {
        import_run::Entity::find().filter(import_run::Column::IntegrationId.eq(self.0))
    }

    fn columns(&self) -> Vec<import_run::Column> {
        vec![import_run::Column::Id]
    }

    fn key(row: &import_run::Model) -> Uuid {
        row.id.0
    }
}

/// What a run kept aside, in the order in which it was met.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ImportRejects(pub(super) ImportRunId);

impl List for ImportRejects {
    type Entity = import_reject::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<import_reject::Entity> {
        import_reject::Entity::find().filter(import_reject::Column::ImportRunId.eq(self.0))
    }

    fn columns(&self) -> Vec<import_reject::Column> {
        vec![import_reject::Column::Id]
    }

    fn descending(&self) -> bool {
        false
    }

    fn key(row: &import_reject::Model) -> Uuid {
        row.id.0
    }
}
