//! Which platform record stands for which customer.

use sea_orm::entity::prelude::*;

use crate::{CustomerId, IntegrationId, StoreId};

/// A platform's customer record.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_sources")]
pub struct Model {
    /// The integration.
    #[sea_orm(primary_key, auto_increment = false)]
    pub integration_id: IntegrationId,
    /// The customer's id on the platform.
    #[sea_orm(primary_key, auto_increment = false)]
    pub external_id: String,
    /// The store.
    pub store_id: StoreId,
    /// The customer.
    pub customer_id: CustomerId,
    /// Hash of what was last read: the same record again needs no write.
    pub fingerprint: String,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
