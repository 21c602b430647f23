//! Stores: the tenants.

use sea_orm::entity::prelude::*;

use crate::{Instant, StoreId};

/// A shop with a loyalty programme.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stores")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StoreId,
    /// Its name.
    pub name: String,
    /// IANA zone of its days, for instance `America/Sao_Paulo`.
    pub time_zone: String,
    /// ISO 4217 code of its money.
    pub currency: String,
    /// When it was created.
    pub created_at: Instant,
    /// Raised by every change, for optimistic concurrency.
    pub version: i64,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
