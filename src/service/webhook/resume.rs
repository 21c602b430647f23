use entity::Instant;
use entity::webhook::{self, Ordering};
use entity::webhook_delivery::{self, Column, DeliveryState};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use super::release::{NOT_FIRST, overdue, release};
use crate::app::App;

/// Lets everything go out that a pause kept back, and what was given up since the last success before it, each as if it
/// had not been tried yet: [`super::wake_stuck`] finds it. At most three statements, however much it is. The caller holds
/// the webhook's row, so that nothing ends and nothing is handed out meanwhile.
pub(super) async fn resume(
    db: &impl ConnectionTrait,
    app: &App,
    paused: &webhook::Model,
    ordering: Ordering,
) -> Result<(), DbErr> {
    let pending = Expr::cust("state = 'pending'");
    let open = match paused.failing_since {
        Some(since) => pending.or(Expr::cust("state = 'failed'").and(Column::FinishedAt.gte(since))),
        None => pending,
    };
    webhook_delivery::Entity::update_many()
        .col_expr(Column::State, Expr::value(DeliveryState::Pending))
        .col_expr(Column::Attempts, Expr::value(0))
        .col_expr(Column::DueAt, Expr::value(overdue(app)))
        .col_expr(Column::FinishedAt, Expr::value(Option::<Instant>::None))
        .filter(Column::WebhookId.eq(paused.id))
        .filter(open)
        .exec(db)
        .await?;
    if ordering == Ordering::Object {
        webhook_delivery::Entity::update_many()
            .col_expr(Column::State, Expr::value(DeliveryState::Waiting))
            .filter(Column::WebhookId.eq(paused.id))
            .filter(Expr::cust("state = 'pending'"))
            .filter(Expr::cust(NOT_FIRST))
            .exec(db)
            .await?;
    }
    // What waited may wait for nothing any more: the order was given up, or what came before was removed meanwhile.
    release(db, app, paused.id, ordering).await
}
