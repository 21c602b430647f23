//! What can be asked of the lists of a store: their `where` and `orderBy`. What serves each field, and
//! why there are no others, says [ADR 21](../../docs/adr/0021-lists.md).

use async_graphql::{Enum, InputObject};
use chrono::{DateTime, Utc};
use entity::{
    CouponId, CustomerId, IntegrationId, OrderId, RedemptionId, RewardId, StoreId, coupon, customer, integration,
    order, redemption, reward, store,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait};

use super::filter::{DateTimeFilter, EnumFilter, IdFilter, IntFilter, StringFilter, Wanted, Where, nothing};
use super::types::{CouponState, PlatformKind, RedemptionState, RewardKind};
use crate::domain::category::Category;
use crate::domain::document::Document;
use crate::domain::folded::folded;
use crate::platform::Kind;

/// Declares that a filter has parts.
macro_rules! parts {
    () => {
        fn and(&self) -> &[Self] {
            self.and.as_deref().unwrap_or_default()
        }

        fn or(&self) -> Option<&[Self]> {
            self.or.as_deref()
        }
    };
}
pub(super) use parts;

/// Which stores.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct StoreFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By name, as it is written: case counts.
    name: Option<StringFilter>,
    /// By when it was created.
    created_at: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<StoreFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<StoreFilter>>,
}

/// Which integrations.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct IntegrationFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By platform.
    platform: Option<EnumFilter<PlatformKind>>,
    /// Switched on, or not.
    active: Option<bool>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<IntegrationFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<IntegrationFilter>>,
}

/// Which customers.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct CustomerFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By name; case, accents and white space make no difference.
    name: Option<StringFilter>,
    /// By e-mail address, in any case.
    email: Option<StringFilter>,
    /// By CPF or CNPJ, with or without punctuation.
    document: Option<StringFilter>,
    /// By when the customer was first seen.
    created_at: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<CustomerFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<CustomerFilter>>,
    /// Those who were merged into others too; for the field that looks one up.
    #[graphql(skip)]
    pub(super) with_merged: bool,
}

/// How customers are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, Default)]
pub(super) enum CustomerSort {
    /// Those first who were first seen last.
    #[default]
    CreatedAtDesc,
    /// Those first who were first seen first.
    CreatedAtAsc,
    /// By name; case and accents make no difference. Those without a name come first.
    NameAsc,
    /// By name, backward.
    NameDesc,
}

/// Which orders.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct OrderFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By number.
    number: Option<StringFilter>,
    /// By customer; those who were merged into one are that one.
    pub(super) customer_id: Option<IdFilter>,
    /// By status (platform codes).
    status_code: Option<StringFilter>,
    /// By when the sale was made.
    placed_at: Option<DateTimeFilter>,
    /// By when anything of it last changed here.
    updated_at: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<OrderFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<OrderFilter>>,
}

/// How orders are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, Default)]
pub(super) enum OrderSort {
    /// Newest sale first.
    #[default]
    PlacedAtDesc,
    /// Oldest sale first.
    PlacedAtAsc,
    /// Last changed first.
    UpdatedAtDesc,
    /// Changed longest ago first: to follow what changes, go on after the last cursor.
    UpdatedAtAsc,
}

/// Which rewards.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct RewardFilter {
    /// By id.
    id: Option<IdFilter>,
    /// Offered at present, or not.
    active: Option<bool>,
    /// By kind.
    kind: Option<EnumFilter<RewardKind>>,
    /// By what it costs.
    points: Option<IntFilter>,
    /// By integration.
    integration_id: Option<IdFilter>,
    /// By category.
    category: Option<CategoryFilter>,
    /// Those whose time an instant lies in, whether they are offered or not.
    available_at: Option<DateTime<Utc>>,
    /// Redeemed as often as they can be in all, or not.
    sold_out: Option<bool>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<RewardFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<RewardFilter>>,
}

/// Which categories, by their paths from the top, such as `Roupas > Camisetas`. Case, accents and white space make no
/// difference.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct CategoryFilter {
    /// Exactly this one.
    eq: Option<String>,
    /// One of these. An empty list finds nothing.
    #[graphql(name = "in")]
    any: Option<Vec<String>>,
    /// This one or one under it.
    within: Option<String>,
}

/// How rewards are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, Default)]
pub(super) enum RewardSort {
    /// The newest first.
    #[default]
    CreatedAtDesc,
    /// The oldest first.
    CreatedAtAsc,
    /// What costs least first.
    PointsAsc,
    /// What costs most first.
    PointsDesc,
    /// In the merchant's order (`setRewardPositions`).
    PositionAsc,
    /// The same, backward.
    PositionDesc,
}

/// Which redemptions.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct RedemptionFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By where it stands.
    state: Option<EnumFilter<RedemptionState>>,
    /// By customer; those who were merged into one are that one.
    pub(super) customer_id: Option<IdFilter>,
    /// By when it was asked for.
    requested_at: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<RedemptionFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<RedemptionFilter>>,
}

/// Which coupons.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct CouponFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By code, in any case.
    code: Option<StringFilter>,
    /// By where it stands.
    state: Option<EnumFilter<CouponState>>,
    /// By customer; those who were merged into one are that one.
    pub(super) customer_id: Option<IdFilter>,
    /// By when it was asked for.
    created_at: Option<DateTimeFilter>,
    /// By the end of its validity.
    valid_until: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<CouponFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<CouponFilter>>,
}

/// How coupons are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, Default)]
pub(super) enum CouponSort {
    /// The newest first.
    #[default]
    CreatedAtDesc,
    /// The oldest first.
    CreatedAtAsc,
    /// What ends first.
    ValidUntilAsc,
    /// What ends last.
    ValidUntilDesc,
}

/// A text without white space around it.
#[expect(clippy::unnecessary_wraps, reason = "other forms refuse texts")]
pub(super) fn trimmed(text: &str) -> Option<String> {
    Some(text.trim().to_owned())
}

/// That a column has the id of one of some customers, or of those who were merged into them.
pub(super) fn of_customers(store: StoreId, column: impl ColumnTrait) -> impl Fn(Vec<CustomerId>) -> Expr {
    move |customers| {
        let same = customer::Column::Id
            .is_in(customers.iter().copied())
            .or(customer::Column::MergedIntoId.is_in(customers));
        let ids = customer::Entity::in_store(store)
            .select_only()
            .column(customer::Column::Id)
            .filter(same);
        column.in_subquery(QueryTrait::into_query(ids))
    }
}

impl CustomerFilter {
    /// Those with an e-mail address, a document, or both; also who was merged into another.
    pub(super) fn known_by(email: Option<String>, document: Option<String>) -> Self {
        Self {
            email: email.map(StringFilter::is),
            document: document.map(StringFilter::is),
            with_merged: true,
            ..Self::default()
        }
    }
}

impl OrderFilter {
    /// Those with a number.
    pub(super) fn with_number(number: String) -> Self {
        Self {
            number: Some(StringFilter::is(number)),
            ..Self::default()
        }
    }
}

impl CouponFilter {
    /// The one with a code.
    pub(super) fn with_code(code: &str) -> Self {
        Self {
            code: Some(StringFilter::is(code)),
            ..Self::default()
        }
    }
}

impl Where for StoreFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<StoreId>(store::Column::Id, self.id.as_ref());
        wanted.text(store::Column::Name, self.name.as_ref(), trimmed);
        wanted.at(store::Column::CreatedAt, self.created_at.as_ref());
    }
}

impl Where for IntegrationFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<IntegrationId>(integration::Column::Id, self.id.as_ref());
        wanted.choice(integration::Column::Platform, self.platform.as_ref(), |kind| {
            Kind::from(kind).to_string()
        });
        wanted.is(integration::Column::Active, self.active);
    }
}

impl Where for CustomerFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<CustomerId>(customer::Column::Id, self.id.as_ref());
        wanted.text(customer::Column::NameKey, self.name.as_ref(), |text| Some(folded(text)));
        wanted.text(customer::Column::Email, self.email.as_ref(), |text| {
            Some(text.trim().to_lowercase())
        });
        let whole = |text: &str| Document::parse(text, None).map(|document| document.as_str().to_owned());
        // A beginning is no document yet; what is stored is its digits and letters.
        let beginning = |text: &str| {
            let letters: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
            Some(letters.to_uppercase()).filter(|letters| !letters.is_empty())
        };
        wanted.text_or_beginning(customer::Column::Document, self.document.as_ref(), whole, beginning);
        wanted.at(customer::Column::CreatedAt, self.created_at.as_ref());
    }
}

impl Where for OrderFilter {
    type Scope = StoreId;
    parts!();

    fn own(&self, store: StoreId, wanted: &mut Wanted) {
        wanted.id::<OrderId>(order::Column::Id, self.id.as_ref());
        wanted.text(order::Column::Number, self.number.as_ref(), trimmed);
        wanted.ids(
            self.customer_id.as_ref(),
            of_customers(store, order::Column::CustomerId),
        );
        wanted.text(order::Column::StatusCode, self.status_code.as_ref(), trimmed);
        wanted.at(order::Column::PlacedAt, self.placed_at.as_ref());
        wanted.at(order::Column::UpdatedAt, self.updated_at.as_ref());
    }
}

impl Where for RewardFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<RewardId>(reward::Column::Id, self.id.as_ref());
        wanted.is(reward::Column::Active, self.active);
        wanted.choice(reward::Column::Kind, self.kind.as_ref(), reward::RewardKind::from);
        wanted.number(reward::Column::Points, self.points.as_ref());
        wanted.id::<IntegrationId>(reward::Column::IntegrationId, self.integration_id.as_ref());
        if let Some(category) = &self.category {
            category.of(reward::Column::CategoryKey, wanted);
        }
        wanted.when(self.available_at.map(|at| {
            let has_begun = reward::Column::AvailableFrom
                .is_null()
                .or(reward::Column::AvailableFrom.lte(at));
            let goes_on = reward::Column::AvailableUntil
                .is_null()
                .or(reward::Column::AvailableUntil.gt(at));
            has_begun.and(goes_on)
        }));
        let limit = || reward::Column::TotalLimit.into_expr();
        wanted.when(self.sold_out.map(|sold_out| {
            let taken = reward::Column::PlacesTaken.into_expr();
            if sold_out {
                taken.gte(limit())
            } else {
                limit().is_null().or(taken.lt(limit()))
            }
        }));
    }
}

impl CategoryFilter {
    /// Asks it of a column that has keys of categories.
    fn of(&self, column: impl ColumnTrait, wanted: &mut Wanted) {
        let key = |path: &str| path.parse::<Category>().ok().map(|category| category.key());
        let exact = StringFilter::one_of(self.eq.clone(), self.any.clone());
        wanted.text(column, Some(&exact), key);
        wanted.when(self.within.as_deref().map(|path| {
            match key(path) {
                // What is under a category begins with its key and ` >`; what comes after all of that, with ` ?`.
                Some(key) if !key.contains('\0') => column
                    .eq(key.clone())
                    .or(column.gte(format!("{key} >")).and(column.lt(format!("{key} ?")))),
                _ => nothing(),
            }
        }));
    }
}

impl Where for RedemptionFilter {
    type Scope = StoreId;
    parts!();

    fn own(&self, store: StoreId, wanted: &mut Wanted) {
        wanted.id::<RedemptionId>(redemption::Column::Id, self.id.as_ref());
        wanted.choice(
            redemption::Column::State,
            self.state.as_ref(),
            redemption::RedemptionState::from,
        );
        let customers = of_customers(store, redemption::Column::CustomerId);
        wanted.ids(self.customer_id.as_ref(), customers);
        wanted.at(redemption::Column::RequestedAt, self.requested_at.as_ref());
    }
}

impl Where for CouponFilter {
    type Scope = StoreId;
    parts!();

    fn own(&self, store: StoreId, wanted: &mut Wanted) {
        wanted.id::<CouponId>(coupon::Column::Id, self.id.as_ref());
        wanted.text(coupon::Column::Code, self.code.as_ref(), |text| {
            Some(text.trim().to_uppercase())
        });
        wanted.choice(coupon::Column::State, self.state.as_ref(), coupon::CouponState::from);
        wanted.ids(
            self.customer_id.as_ref(),
            of_customers(store, coupon::Column::CustomerId),
        );
        wanted.at(coupon::Column::CreatedAt, self.created_at.as_ref());
        wanted.at(coupon::Column::ValidUntil, self.valid_until.as_ref());
    }
}
