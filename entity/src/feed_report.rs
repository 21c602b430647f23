//! What readings of feeds found.

use sea_orm::entity::prelude::*;

use crate::{ImportRunId, StoreId};

/// How much of a feed a run had to read.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum FeedOutcome {
    /// All of it.
    #[sea_orm(string_value = "read")]
    Read,
    /// Nothing: the server said that it was the one known.
    #[sea_orm(string_value = "not_modified")]
    NotModified,
    /// Nothing: byte for byte it was the one known.
    #[sea_orm(string_value = "same_content")]
    SameContent,
}

/// What a run found in a feed. Of an unchanged one, what was found when it was read.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feed_reports")]
pub struct Model {
    /// The run.
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_run_id: ImportRunId,
    /// The store.
    pub store_id: StoreId,
    /// How much was read.
    pub outcome: FeedOutcome,
    /// All items of the feed.
    pub items: i64,
    /// Items that are products.
    pub usable: i64,
    /// Items that are not.
    pub rejected: i64,
    /// Whether the feed had a proper end.
    pub is_complete: bool,
    /// What was odd, by kind: how often, and the first places.
    pub warnings: Json,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
