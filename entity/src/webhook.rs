//! Webhooks: partners' addresses that are told of events.

use sea_orm::entity::prelude::*;

use crate::{Instant, StoreId, WebhookId};

/// Whether deliveries wait for each other.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Ordering {
    /// Each goes out as soon as it can.
    #[sea_orm(string_value = "none")]
    None,
    /// Those of one object go out one after the other, in the order of what happened.
    #[sea_orm(string_value = "object")]
    Object,
}

/// Where a webhook stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum WebhookState {
    /// It is told.
    #[sea_orm(string_value = "active")]
    Active,
    /// Deliveries are kept for later.
    #[sea_orm(string_value = "paused")]
    Paused,
    /// It is gone, and its deliveries with it.
    #[sea_orm(string_value = "deleted")]
    Deleted,
}

/// Why a webhook was paused that nobody wished to pause.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum PauseReason {
    /// The receiver answered that it wants nothing any more.
    #[sea_orm(string_value = "gone")]
    Gone,
    /// No delivery succeeded for days.
    #[sea_orm(string_value = "failing")]
    Failing,
    /// Who answers for it may not see any more what it shows.
    #[sea_orm(string_value = "forbidden")]
    Forbidden,
}

/// An address that is told of a store's events.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhooks")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookId,
    /// The store.
    pub store_id: StoreId,
    /// Where deliveries are sent.
    pub url: String,
    /// Of which kinds of events it is told, by their texts.
    pub kinds: Json,
    /// What its payload may show, as scopes of an API token.
    pub scopes: Json,
    /// The GraphQL query that shapes the payload; none: the object's id alone.
    pub payload: Option<String>,
    /// Whether deliveries wait for each other.
    pub ordering: Ordering,
    /// Where it stands.
    pub state: WebhookState,
    /// Why it was paused, where that was not somebody's wish.
    pub pause_reason: Option<PauseReason>,
    /// The same in words.
    pub paused_because: Option<String>,
    /// Since when no delivery succeeded, if the last attempt failed.
    pub failing_since: Option<Instant>,
    /// What deliveries are signed with, sealed for the webhook.
    pub secret: Vec<u8>,
    /// The secret before, sealed too.
    pub previous_secret: Option<Vec<u8>>,
    /// Until when the secret before signs as well.
    pub previous_until: Option<Instant>,
    /// The place of the last event before it was made.
    pub since: i64,
    /// Who made it.
    pub created_by: String,
    /// Who answers for what it shows: whoever made it, or last changed what is sent or where, or ended a pause.
    pub granted_by: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
    /// For optimistic locking.
    pub version: i64,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The rows of one store that are not deleted. Every query starts here or at a key that names the store.
    pub fn in_store(store: StoreId) -> Select<Self> {
        Self::find()
            .filter(Column::StoreId.eq(store))
            .filter(Column::State.ne(WebhookState::Deleted))
    }
}
