use chrono::TimeDelta;
use entity::webhook::{self, WebhookState};
use entity::webhook_delivery::{self, Column};
use entity::{StoreId, WebhookDeliveryId, WebhookId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::release::release_orphans;
use crate::app::App;
use crate::db::begin;
use crate::queue::{DeliverWebhook, Enqueue, Whose, enqueue_all};

/// How long after it was due a delivery is looked after: its job is lost, or its webhook was paused.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);
/// Deliveries looked after at once.
const AT_ONCE: u64 = 500;
/// Deliveries removed with one statement, and statements of one run.
const REMOVED: (u64, usize) = (5_000, 100);

/// Enqueues deliveries again that should have gone out long ago.
pub async fn wake_stuck(app: &App) -> Result<(), DbErr> {
    let now = app.clock.now();
    let stuck: Vec<(WebhookDeliveryId, StoreId)> = webhook_delivery::Entity::pending()
        .select_only()
        .columns([Column::Id, Column::StoreId])
        .filter(Column::DueAt.lt(now - PATIENCE))
        .order_by_asc(Column::DueAt)
        .order_by_asc(Column::Id)
        .limit(AT_ONCE)
        .into_tuple()
        .all(&app.db)
        .await?;
    if stuck.is_empty() {
        return Ok(());
    }
    let jobs = stuck.iter().map(|(delivery, store)| {
        let key = format!("{delivery}:{}", now.timestamp_micros());
        let whose = Whose::of(*store, delivery);
        Enqueue::now(app, whose, DeliverWebhook { delivery: *delivery }, key)
    });
    let txn = begin(&app.db).await?;
    enqueue_all(&txn, app, jobs.collect()).await?;
    webhook_delivery::Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(now))
        .filter(Column::Id.is_in(stuck.iter().map(|(delivery, _)| *delivery)))
        .exec(&txn)
        .await?;
    txn.commit().await
}

/// Removes deliveries that are older than events are kept, the oldest first, in short statements; and those of
/// webhooks that were deleted. What waited for one of them waits no longer.
pub async fn purge(app: &App) -> Result<(), DbErr> {
    let before = app.clock.now() - TimeDelta::days(app.config.events.keep_days.into());
    let gone: Vec<WebhookId> = webhook::Entity::find()
        .select_only()
        .column(webhook::Column::Id)
        .filter(webhook::Column::State.eq(WebhookState::Deleted))
        .into_tuple()
        .all(&app.db)
        .await?;
    let (at_once, runs) = REMOVED;
    for _ in 0..runs {
        let oldest = webhook_delivery::Entity::find()
            .select_only()
            .column(Column::Id)
            .order_by_asc(Column::Id)
            .limit(at_once)
            .into_query();
        let old = Column::CreatedAt
            .lt(before)
            .or(Column::WebhookId.is_in(gone.iter().copied()));
        let removed = webhook_delivery::Entity::delete_many()
            .filter(Column::Id.in_subquery(oldest))
            .filter(old)
            .exec(&app.db)
            .await?;
        if removed.rows_affected < at_once {
            break;
        }
    }
    release_orphans(app, &gone).await
}
