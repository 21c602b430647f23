use entity::webhook::{self, Ordering};
use entity::webhook_delivery::{self, Column, DeliveryState};
use entity::{Instant, WebhookId};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};

use super::Attempt;
use super::pause::{GONE, judge};
use crate::app::App;
use crate::db::begin;
use crate::queue::{DeliverWebhook, Enqueue, Whose, enqueue};
use crate::webhook::delay_after;

/// How much of an answer is kept, in bytes.
const ANSWER: usize = 1_024;

/// What came of sending a delivery.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The answer's status.
    pub status: Option<u16>,
    /// The answer.
    pub answer: Option<String>,
    /// Why there was none.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: i64,
}

impl Outcome {
    /// Whether the receiver has taken it.
    pub(super) fn is_taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// Notes what came of an attempt and what is next: the end, with the next of the object that waited; or another
/// attempt later, with its job; in one transaction. An attempt that another worker noted first changes nothing.
pub async fn settle(app: &App, attempt: &Attempt, outcome: Outcome) -> Result<(), DbErr> {
    let delivery = &attempt.delivery;
    let now = app.clock.now();
    let attempts = delivery.attempts + 1;
    let again = delay_after(attempts, rand::random()).filter(|_| outcome.status != Some(GONE));
    let (state, due_at) = match (outcome.is_taken(), again) {
        (true, _) => (DeliveryState::Delivered, now),
        (false, Some(delay)) => (DeliveryState::Pending, now + delay),
        (false, None) => (DeliveryState::Failed, now),
    };
    let txn = begin(&app.db).await?;
    // Events are handed out before or after, not in between.
    let Some(webhook) = hold(&txn, delivery.webhook_id).await? else {
        return txn.rollback().await;
    };
    if !note(&txn, delivery, (state, attempts, due_at), &outcome, now).await? {
        return txn.rollback().await;
    }
    if state == DeliveryState::Pending {
        send_at(&txn, app, delivery, due_at).await?;
    } else if webhook.ordering == Ordering::Object {
        release_next(&txn, app, delivery).await?;
    }
    judge(&txn, app, &webhook, &outcome, now).await?;
    txn.commit().await
}

/// Holds a webhook's row, as it is now.
pub(super) async fn hold(db: &impl ConnectionTrait, id: WebhookId) -> Result<Option<webhook::Model>, DbErr> {
    let row = webhook::Entity::find_by_id(id).lock(LockType::NoKeyUpdate);
    row.one(db).await
}

async fn note(
    db: &impl ConnectionTrait,
    delivery: &webhook_delivery::Model,
    (state, attempts, due_at): (DeliveryState, i32, Instant),
    outcome: &Outcome,
    now: Instant,
) -> Result<bool, DbErr> {
    let same = Column::Id
        .eq(delivery.id)
        .and(Column::State.eq(DeliveryState::Pending))
        .and(Column::Attempts.eq(delivery.attempts));
    let finished = (state != DeliveryState::Pending).then_some(now);
    let answer = outcome.answer.as_ref().map(|text| beginning(text));
    let noted = webhook_delivery::Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::Attempts, Expr::value(attempts))
        .col_expr(Column::DueAt, Expr::value(due_at))
        .col_expr(Column::AttemptedAt, Expr::value(Some(now)))
        .col_expr(Column::Status, Expr::value(outcome.status.map(i32::from)))
        .col_expr(Column::Answer, Expr::value(answer))
        .col_expr(Column::Error, Expr::value(outcome.error.clone()))
        .col_expr(Column::DurationMs, Expr::value(Some(outcome.duration_ms)))
        .col_expr(Column::FinishedAt, Expr::value(finished))
        .filter(same)
        .exec(db)
        .await?;
    Ok(noted.rows_affected == 1)
}

/// The beginning of an answer, without what a database does not take.
fn beginning(text: &str) -> String {
    let mut kept = String::new();
    for letter in text.chars().filter(|letter| *letter != '\0') {
        if kept.len() + letter.len_utf8() > ANSWER {
            break;
        }
        kept.push(letter);
    }
    kept
}

/// Writes the job of an attempt.
async fn send_at(
    db: &impl ConnectionTrait,
    app: &App,
    delivery: &webhook_delivery::Model,
    at: Instant,
) -> Result<(), DbErr> {
    let id = delivery.id;
    let job = Enqueue {
        whose: Whose::of(delivery.store_id, id),
        args: DeliverWebhook { delivery: id },
        attempt: 1,
        key: format!("{id}:{}", at.timestamp_micros()),
        run_at: at,
    };
    enqueue(db, app, job).await
}

/// Lets the next delivery of an object go out, once the one before it has ended.
async fn release_next(db: &impl ConnectionTrait, app: &App, ended: &webhook_delivery::Model) -> Result<(), DbErr> {
    let next = webhook_delivery::Entity::open()
        .filter(Column::WebhookId.eq(ended.webhook_id))
        .filter(Column::ObjectId.eq(ended.object_id))
        .order_by_asc(Column::EventId)
        .limit(1)
        .one(db)
        .await?;
    let Some(next) = next.filter(|next| next.state == DeliveryState::Waiting) else {
        return Ok(());
    };
    let now = app.clock.now();
    webhook_delivery::Entity::update_many()
        .col_expr(Column::State, Expr::value(DeliveryState::Pending))
        .col_expr(Column::DueAt, Expr::value(now))
        .filter(Column::Id.eq(next.id))
        .exec(db)
        .await?;
    send_at(db, app, &next, now).await
}

#[cfg(test)]
mod tests {
    use super::{ANSWER, beginning};

    #[test]
    fn the_beginning_of_an_answer_ends_between_letters() {
        assert_eq!(beginning("não\0!"), "não!");
        assert_eq!(beginning(&"x".repeat(3_000)).len(), ANSWER);
        assert_eq!(beginning(&"€".repeat(3_000)).len(), ANSWER - 1);
    }
}
