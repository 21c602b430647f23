//! Coupons.

use macros::Sparse;
use sea_orm::entity::prelude::*;

use crate::{Cents, CouponId, CustomerId, Instant, IntegrationId, OrderId, RedemptionId, StoreId, reward::RewardKind};

/// Where a coupon stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum CouponState {
    /// Being made.
    #[sea_orm(string_value = "pending")]
    Pending,
    /// Exists in the shop and can be used.
    #[sea_orm(string_value = "active")]
    Active,
    /// A sale carried it.
    #[sea_orm(string_value = "used")]
    Used,
    /// The shop refused to make it.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// Made unusable, or never made: its redemption was cancelled.
    #[sea_orm(string_value = "disabled")]
    Disabled,
}

crate::sparse::unread! { CouponState = Self::Pending }

/// A coupon that a redemption makes in the shop.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Sparse)]
#[sea_orm(table_name = "coupons")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CouponId,
    /// The store.
    pub store_id: StoreId,
    /// The shop in which it is made.
    pub integration_id: IntegrationId,
    /// The redemption.
    pub redemption_id: RedemptionId,
    /// For whom.
    pub customer_id: CustomerId,
    /// What the shopper types, upper case. Unique in the store.
    pub code: String,
    /// Where it stands.
    pub state: CouponState,
    /// What it takes off.
    pub kind: RewardKind,
    /// Amount off.
    pub amount_cents: Option<Cents>,
    /// Per cent off in hundredths of a per cent.
    pub percent_hundredths: Option<i32>,
    /// Smallest order.
    pub minimum_order_cents: Option<Cents>,
    /// Valid from.
    pub valid_from: Instant,
    /// Valid up to.
    pub valid_until: Instant,
    /// Its id on the platform.
    pub external_id: Option<String>,
    /// How often the shop was asked to create it or to end it.
    pub attempts: i32,
    /// A request to create it, or to end it, may have been carried out without an answer: look before asking again.
    pub outcome_unknown: bool,
    /// When the shop was last asked to create it or to end it.
    pub requested_at: Option<Instant>,
    /// The sale that used it.
    pub used_order_id: Option<OrderId>,
    /// When it was used.
    pub used_at: Option<Instant>,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it existed in the shop.
    pub activated_at: Option<Instant>,
    /// When it was certain that nobody could use it any more.
    pub disabled_at: Option<Instant>,
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
