//! Pools of coupon codes.

use sea_orm::entity::prelude::*;

use crate::{CouponPoolId, Instant, IntegrationId, StoreId};

/// Codes that exist in a shop already, and are handed out one by one.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coupon_pools")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CouponPoolId,
    /// The store.
    pub store_id: StoreId,
    /// The shop in which its codes can be used.
    pub integration_id: IntegrationId,
    /// Its name.
    pub name: String,
    /// The store is told when fewer codes than this are left; 0: never.
    pub low_stock: i32,
    /// When the store was told, if it was since the pool last had enough.
    pub warned_at: Option<Instant>,
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
