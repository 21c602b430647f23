use std::collections::HashMap;

use entity::{Instant, IntegrationId, order};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect};

use super::ImportedOrder;
use super::apply::apply;
use crate::app::App;
use crate::db::begin;
use crate::platform::{PageToken, Reject};
use crate::service::import::{Counts, ImportContext, Lease, PageProgress, commit_page, hold_store};
use crate::service::points::Cause;

/// A page of orders, details fetched.
#[derive(Debug, Clone, Default)]
pub struct OrderPage {
    /// The orders that are new or changed.
    pub orders: Vec<ImportedOrder>,
    /// How many rows of the page were known already.
    pub unchanged: i64,
    /// The rows that could not be used.
    pub rejects: Vec<Reject>,
    /// The latest change on the page, by the platform's clock, where its list tells changes.
    pub newest_change: Option<Instant>,
    /// Where the walk goes on.
    pub next: Option<PageToken>,
    /// How many orders the walk has.
    pub total: Option<u64>,
}

/// The fingerprints of orders that are known, of these external ids.
pub async fn known_fingerprints(
    db: &impl ConnectionTrait,
    integration: IntegrationId,
    external_ids: Vec<String>,
) -> Result<HashMap<String, String>, DbErr> {
    let rows: Vec<(String, String)> = order::Entity::find()
        .select_only()
        .columns([order::Column::ExternalId, order::Column::Fingerprint])
        .filter(
            order::Column::IntegrationId
                .eq(integration)
                .and(order::Column::ExternalId.is_in(external_ids)),
        )
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Writes a page of orders and, with it, the run's progress, in one transaction with a number of statements
/// that does not grow with the page.
pub async fn import(app: &App, context: &ImportContext, lease: &Lease, page: OrderPage) -> Result<(), DbErr> {
    let txn = begin(&app.db).await?;
    hold_store(&txn, context.store.id).await?;
    let source = context.source.with_versions_of_now(&txn).await?;
    let cause = Cause::import(context.run.id, app.clock.now());
    let applied = apply(&txn, app, &source, &cause, &page.orders).await?;
    let counts = Counts {
        created: applied.created,
        updated: applied.updated,
        unchanged: page.unchanged,
        ..Counts::default()
    };
    let progress = PageProgress {
        next: page.next,
        total: page.total,
        rejects: page.rejects,
        resource: "order",
        newest_change: page.newest_change,
        lag_seconds: applied.lag_seconds,
        ..PageProgress::default()
    };
    commit_page(txn, app, context, lease, counts, progress).await
}
