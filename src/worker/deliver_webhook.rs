//! `deliver_webhook`: sends an event to a partner's address.
//!
//! A process that dies between sending and noting it sends again: receivers know a delivery by its id. Another
//! attempt after a failure is a job of its own, written with the note, so the wrapper's retries serve only what is
//! wrong with the database.

use async_trait::async_trait;
use sea_orm::DbErr;

use super::{JobError, Work};
use crate::app::App;
use crate::queue::DeliverWebhook;
use crate::service::webhook::{self, Attempt, Outcome};

#[async_trait]
impl Work for DeliverWebhook {
    const MAX_ATTEMPTS: u32 = 12;

    async fn work(&self, app: &App, _attempt: u32) -> Result<(), JobError> {
        let Some(attempt) = webhook::prepare(app, self.delivery).await? else {
            return Ok(());
        };
        let outcome = send(app, &attempt).await;
        webhook::settle(app, &attempt, outcome).await?;
        Ok(())
    }

    async fn give_up(&self, _app: &App, _reason: &str) -> Result<(), DbErr> {
        // The delivery stays due, and the schedule looks after it.
        Ok(())
    }
}

async fn send(app: &App, attempt: &Attempt) -> Outcome {
    let started = std::time::Instant::now();
    let mut outcome = Outcome::default();
    match exchange(app, attempt).await {
        Ok((status, answer)) => {
            outcome.status = Some(status);
            outcome.answer = Some(answer);
        }
        Err(error) => outcome.error = Some(error),
    }
    outcome.duration_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    outcome
}

async fn exchange(app: &App, attempt: &Attempt) -> Result<(u16, String), String> {
    let request = attempt.compose(app).await?;
    let url = attempt
        .webhook
        .url
        .parse()
        .map_err(|_| "the address cannot be read".to_owned())?;
    let sent = app.deliveries.post_text(&url, &request.headers, request.body).await;
    sent.map_err(|error| error.to_string())
}
