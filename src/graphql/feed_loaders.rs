//! What runs found in feeds, for many runs at once.

use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::{ImportRunId, feed_report};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::loaders::{Found, Loaders};

/// What a run found in a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct FeedReportOf(pub(super) ImportRunId);

impl Loader<FeedReportOf> for Loaders {
    type Value = feed_report::Model;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[FeedReportOf]) -> Found<FeedReportOf, Self::Value> {
        let rows = feed_report::Entity::find()
            .filter(feed_report::Column::ImportRunId.is_in(keys.iter().map(|key| key.0)))
            .all(&self.0.db)
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| (FeedReportOf(row.import_run_id), row))
            .collect())
    }
}
