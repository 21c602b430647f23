//! Batches of sales that were pushed in.

use sea_orm::entity::prelude::*;

use crate::{Instant, IntegrationId, SaleBatchId, StoreId};

/// A batch, with what became of each of its sales: the answer to the same request again.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sale_batches")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SaleBatchId,
    /// The store.
    pub store_id: StoreId,
    /// The source.
    pub integration_id: IntegrationId,
    /// What became of each sale, in the order in which they came. No personal data.
    pub results: Json,
    /// Who pushed it.
    pub actor: String,
    /// The request that brought it.
    pub request_id: Option<String>,
    /// When.
    pub created_at: Instant,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
