//! Consents that were asked for and are waited for.

use sea_orm::entity::prelude::*;

use crate::{Instant, IntegrationId, StoreId};

/// A way to a platform's page of consent, which leads back once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent_requests")]
pub struct Model {
    /// SHA-256 of what the platform hands back with the consent, in hex.
    #[sea_orm(primary_key, auto_increment = false)]
    pub state_hash: String,
    /// The integration.
    pub integration_id: IntegrationId,
    /// The store.
    pub store_id: StoreId,
    /// The user or the API token that asked.
    pub actor: String,
    /// When it was asked for.
    pub created_at: Instant,
    /// After this nobody comes back.
    pub expires_at: Instant,
    /// When somebody came back.
    pub used_at: Option<Instant>,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
