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
    /// Its picture.
    pub image_url: Option<String>,
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

impl Entity {
    /// The rows of one store. Every query starts here or at a key that names the store.
    pub fn in_store(store: StoreId) -> Select<Self> {
        Self::find().filter(Column::StoreId.eq(store))
    }
}
