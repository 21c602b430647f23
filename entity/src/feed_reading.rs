//! The last whole reading of each integration's feed.

use sea_orm::entity::prelude::*;

use crate::{ImportRunId, Instant, IntegrationId, StoreId};

/// What an integration's products and their rewards were made of. There is a row only while they are exactly that: it
/// goes before the first of them is changed, and comes when the last one is as the feed has it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feed_readings")]
pub struct Model {
    /// The integration.
    #[sea_orm(primary_key, auto_increment = false)]
    pub integration_id: IntegrationId,
    /// The store.
    pub store_id: StoreId,
    /// The run that read it, or found it unchanged last.
    pub import_run_id: ImportRunId,
    /// Hash of all but the feed that decides what becomes of it: its address, and settings.
    pub judged_by: String,
    /// Hash of the feed as it was sent.
    pub digest: String,
    /// What the server called this version of it.
    pub etag: Option<String>,
    /// When the server says that it last changed.
    pub last_modified: Option<String>,
    /// When it was fetched last, every byte.
    pub fetched_at: Instant,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
