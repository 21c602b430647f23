//! What platforms' webhooks hinted at.

use sea_orm::entity::prelude::*;

use crate::{Instant, IntegrationId, ReceivedHookId, StoreId};

/// A hint that an order is new or has changed. It is kept for some days, so that a repeat is known as one.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "received_hooks")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReceivedHookId,
    /// The store.
    pub store_id: StoreId,
    /// The integration; with the key its natural key.
    pub integration_id: IntegrationId,
    /// What tells the event from the platform's others: a digest of its id and what it says.
    pub event_key: String,
    /// The event, as the platform names it.
    pub event: String,
    /// The order's key on the platform.
    pub external_id: String,
    /// When it came last.
    pub received_at: Instant,
    /// When the order was read after it.
    pub read_at: Option<Instant>,
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
