//! Where platforms send their webhooks to.

use sea_orm::entity::prelude::*;

use crate::{Instant, IntegrationId, StoreId};

/// The address of an integration: whoever knows it may hint that an order has changed, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hook_addresses")]
pub struct Model {
    /// The integration.
    #[sea_orm(primary_key, auto_increment = false)]
    pub integration_id: IntegrationId,
    /// The store.
    pub store_id: StoreId,
    /// What the token is worked out from, with the installation's key. Another one makes another address.
    pub key: Uuid,
    /// SHA-256 of the token, in hex.
    pub token_hash: String,
    /// When it was made.
    pub created_at: Instant,
    /// What the platform signs with, sealed, where the merchant told it: then nothing unsigned is taken. Stays when the
    /// address or the credentials are replaced.
    pub secret: Option<Vec<u8>>,
    /// When the platform took this address through its API, with the token that it shows since.
    pub registered_at: Option<Instant>,
    /// When one came last that showed what it has to, to the minute.
    pub taken_at: Option<Instant>,
    /// When one was sent away last because it did not, to the minute.
    pub refused_at: Option<Instant>,
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
