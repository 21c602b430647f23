//! When a store's staff were last told that something waits for them.

use sea_orm::entity::prelude::*;

use crate::{Instant, StoreId};

/// When they were told.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fulfilment_notices")]
pub struct Model {
    /// The store.
    #[sea_orm(primary_key, auto_increment = false)]
    pub store_id: StoreId,
    /// When.
    pub told_at: Instant,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
