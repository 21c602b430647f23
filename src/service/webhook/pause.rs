use chrono::TimeDelta;
use entity::Instant;
use entity::letter::LetterKind;
use entity::membership::Role;
use entity::webhook::{self, Column, PauseReason, WebhookState};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use super::Outcome;
use crate::app::App;
use crate::queue::Whose;
use crate::service::{email, member};

/// "Gone": the receiver wants nothing any more.
pub(super) const GONE: u16 = 410;

/// Notes how a webhook fares: one that has failed for days without a success is paused, and so is one whose receiver
/// wants nothing any more. The caller holds the row.
pub(super) async fn judge(
    db: &impl ConnectionTrait,
    app: &App,
    webhook: &webhook::Model,
    outcome: &Outcome,
    now: Instant,
) -> Result<(), DbErr> {
    let failing_since = match (outcome.is_taken(), webhook.failing_since) {
        (true, None) => return Ok(()),
        (true, Some(_)) => None,
        (false, since) => Some(since.unwrap_or(now)),
    };
    if failing_since != webhook.failing_since {
        webhook::Entity::update_many()
            .col_expr(Column::FailingSince, Expr::value(failing_since))
            .filter(Column::Id.eq(webhook.id))
            .exec(db)
            .await?;
    }
    let hours = app.config.events.pause_webhooks_after_hours;
    match failing_since {
        Some(_) if outcome.status == Some(GONE) => {
            let told = "the receiver answered 410 Gone".to_owned();
            pause(db, app, webhook, (PauseReason::Gone, told)).await
        }
        Some(since) if now - since >= TimeDelta::hours(hours.into()) => {
            let told = format!("no delivery succeeded for {hours} hours");
            pause(db, app, webhook, (PauseReason::Failing, told)).await
        }
        _ => Ok(()),
    }
}

/// Pauses a webhook that is active, and writes to the store's owners about it, once for each pause: whoever changes the
/// state writes the letters with it.
pub(super) async fn pause(
    db: &impl ConnectionTrait,
    app: &App,
    webhook: &webhook::Model,
    (reason, told): (PauseReason, String),
) -> Result<(), DbErr> {
    let paused = webhook::Entity::update_many()
        .col_expr(Column::State, Expr::value(WebhookState::Paused))
        .col_expr(Column::PauseReason, Expr::value(reason))
        .col_expr(Column::PausedBecause, Expr::value(told))
        .col_expr(Column::UpdatedAt, Expr::value(app.clock.now()))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(webhook.id).and(Column::State.eq(WebhookState::Active)))
        .exec(db)
        .await?;
    if paused.rows_affected == 0 {
        return Ok(());
    }
    tracing::warn!(webhook.id = %webhook.id, store.id = %webhook.store_id, ?reason, "a webhook was paused");
    let owners = member::with_roles(db, webhook.store_id, &[Role::Owner]).await?;
    let whose = Whose::of(webhook.store_id, webhook.id);
    email::letters(db, app, whose, (LetterKind::WebhookPaused, webhook.id.0), owners).await
}
