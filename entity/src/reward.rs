//! Rewards.

use sea_orm::entity::prelude::*;

use crate::{Cents, CouponPoolId, Instant, IntegrationId, Points, ProductId, RewardId, StoreId};

/// What a reward's coupon takes off.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum RewardKind {
    /// A fixed amount.
    #[sea_orm(string_value = "amount_off")]
    AmountOff,
    /// A percentage.
    #[sea_orm(string_value = "percent_off")]
    PercentOff,
    /// Shipping.
    #[sea_orm(string_value = "free_shipping")]
    FreeShipping,
    /// The price of a product of the feed.
    #[sea_orm(string_value = "product")]
    Product,
}

crate::sparse::unread! { RewardKind = Self::AmountOff }

/// How what is redeemed comes into being.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Fulfilment {
    /// The shop is asked to make a coupon.
    #[sea_orm(string_value = "automatic")]
    Automatic,
    /// A code is taken from a pool.
    #[sea_orm(string_value = "pool")]
    Pool,
    /// The store's staff see to it.
    #[sea_orm(string_value = "manual")]
    Manual,
}

/// What points can be exchanged for.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rewards")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RewardId,
    /// The store.
    pub store_id: StoreId,
    /// The shop in which its coupon is made.
    pub integration_id: IntegrationId,
    /// What its coupon takes off.
    pub kind: RewardKind,
    /// Its name.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// The picture of the product that it stands for.
    pub image_url: Option<String>,
    /// The picture that the merchant gave it.
    pub own_image_url: Option<String>,
    /// Its category, a path.
    pub category: Option<String>,
    /// The path as it is looked for; none where it is no path.
    pub category_key: Option<String>,
    /// What it costs.
    pub points: Points,
    /// Amount off, for amounts and products.
    pub amount_cents: Option<Cents>,
    /// Per cent off in hundredths of a per cent.
    pub percent_hundredths: Option<i32>,
    /// Smallest order for its coupon.
    pub minimum_order_cents: Option<Cents>,
    /// Validity of its coupon; none: the integration's.
    pub validity_days: Option<i32>,
    /// The product that it stands for.
    pub product_id: Option<ProductId>,
    /// How what is redeemed comes into being.
    pub fulfilment: Fulfilment,
    /// The pool that its codes are taken from, where they are.
    pub pool_id: Option<CouponPoolId>,
    /// Whether it can be redeemed.
    pub active: bool,
    /// From when on.
    pub available_from: Option<Instant>,
    /// Up to when; this instant is too late.
    pub available_until: Option<Instant>,
    /// How often in all.
    pub total_limit: Option<i32>,
    /// How many redemptions stand, while there is a limit in all; otherwise it says nothing.
    pub places_taken: i32,
    /// How often by one customer.
    pub customer_limit: Option<i32>,
    /// How often by one customer within some days.
    pub period_limit: Option<i32>,
    /// Within how many days.
    pub period_days: Option<i32>,
    /// Its place when rewards are shown in the merchant's order.
    pub position: i64,
    /// When it was created.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Raised by every change by people.
    pub version: i64,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The picture that is shown.
    #[must_use]
    pub fn picture(&self) -> Option<&str> {
        self.own_image_url.as_deref().or(self.image_url.as_deref())
    }

    /// How many more times it can be redeemed; none: no limit in all.
    #[must_use]
    pub fn places_left(&self) -> Option<i32> {
        self.total_limit.map(|limit| (limit - self.places_taken).max(0))
    }
}

impl Entity {
    /// The rows of one store. Every query starts here or at a key that names the store.
    pub fn in_store(store: StoreId) -> Select<Self> {
        Self::find().filter(Column::StoreId.eq(store))
    }
}
