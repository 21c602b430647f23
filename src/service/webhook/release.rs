use chrono::TimeDelta;
use entity::webhook::Ordering;
use entity::webhook_delivery::{self, Column, DeliveryState};
use entity::{Instant, WebhookId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use super::settle::hold;
use crate::app::App;
use crate::db::begin;

/// An open delivery of the same object comes before it.
pub(super) const NOT_FIRST: &str = "EXISTS (SELECT 1 FROM webhook_deliveries AS earlier \
     WHERE earlier.webhook_id = webhook_deliveries.webhook_id \
     AND earlier.object_id = webhook_deliveries.object_id \
     AND earlier.event_id < webhook_deliveries.event_id \
     AND earlier.state IN ('pending', 'waiting'))";

/// It waits. The first condition is the index's own: SQLite does not see that it follows from the second.
const WAITS: &str = "state IN ('pending', 'waiting') AND state = 'waiting'";

/// Webhooks looked after at once.
const AT_ONCE: u64 = 500;

/// When something is due that has no job: so long ago that [`super::wake_stuck`] finds it.
pub(super) fn overdue(app: &App) -> Instant {
    app.clock.now() - TimeDelta::hours(1)
}

/// Lets those go out that wait for nothing: without an order all, else the first of each object. The caller holds the
/// webhook's row, so that nothing ends and nothing is handed out meanwhile.
pub(super) async fn release(
    db: &impl ConnectionTrait,
    app: &App,
    webhook: WebhookId,
    ordering: Ordering,
) -> Result<(), DbErr> {
    let mut waiting = webhook_delivery::Entity::update_many()
        .col_expr(Column::State, Expr::value(DeliveryState::Pending))
        .col_expr(Column::DueAt, Expr::value(overdue(app)))
        .filter(Column::WebhookId.eq(webhook))
        .filter(Expr::cust(WAITS));
    if ordering == Ordering::Object {
        waiting = waiting.filter(Expr::cust(format!("NOT {NOT_FIRST}")));
    }
    waiting.exec(db).await?;
    Ok(())
}

/// Lets those go out that wait for one that is not there any more, as nothing else would: what they waited for was
/// removed and did not end. Webhooks that were deleted send nothing.
pub(super) async fn release_orphans(app: &App, deleted: &[WebhookId]) -> Result<(), DbErr> {
    let webhooks: Vec<WebhookId> = webhook_delivery::Entity::find()
        .select_only()
        .column(Column::WebhookId)
        .distinct()
        .filter(Expr::cust(WAITS))
        .filter(Expr::cust(format!("NOT {NOT_FIRST}")))
        .filter(Column::WebhookId.is_not_in(deleted.iter().copied()))
        .limit(AT_ONCE)
        .into_tuple()
        .all(&app.db)
        .await?;
    for id in webhooks {
        let txn = begin(&app.db).await?;
        if let Some(webhook) = hold(&txn, id).await? {
            release(&txn, app, id, webhook.ordering).await?;
        }
        txn.commit().await?;
    }
    Ok(())
}
