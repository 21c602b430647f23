//! What shops say of the coupons that redemptions made.

use sea_orm::entity::prelude::*;

use crate::{Cents, CouponId, ImportRunId, Instant, StoreId};

/// What the shop last said of a coupon, and when.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coupon_sightings")]
pub struct Model {
    /// The coupon.
    #[sea_orm(primary_key, auto_increment = false)]
    pub coupon_id: CouponId,
    /// The store.
    pub store_id: StoreId,
    /// The run that looked last.
    pub import_run_id: ImportRunId,
    /// When it was looked.
    pub seen_at: Instant,
    /// Whether the shop had it.
    pub present: bool,
    /// Whether the shop says that it is active.
    pub active: bool,
    /// How often it was used, where the shop counts.
    pub times_used: Option<i32>,
    /// Amount off.
    pub amount_cents: Option<Cents>,
    /// Per cent off in hundredths of a per cent.
    pub percent_hundredths: Option<i32>,
    /// Smallest order, where the shop tells.
    pub minimum_order_cents: Option<Cents>,
    /// Valid up to, where the shop tells.
    pub valid_until: Option<Instant>,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
