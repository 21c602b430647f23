//! What a job is to the runner, and the wrapper that decides what becomes of a failed one.

use std::fmt::Display;

use async_trait::async_trait;
use chrono::TimeDelta;
use sea_orm::DbErr;
use tracing::Instrument;

use crate::app::App;
use crate::platform::PlatformError;
use crate::queue::{Enqueue, Envelope, Job, enqueue};

/// How a job ends when it does not succeed. The author of each `?` chooses by the conversion.
#[derive(Debug)]
pub enum JobError {
    /// It may succeed later.
    Retry {
        /// Why, without personal data.
        reason: String,
        /// Not before so long from now, where the other side said so.
        after: Option<TimeDelta>,
    },
    /// It never will.
    Fail(String),
    /// The process is stopping: another one goes on. Not counted as an attempt.
    HandBack,
}

impl JobError {
    /// Try again later.
    pub fn retry(reason: impl Display) -> Self {
        Self::Retry {
            reason: reason.to_string(),
            after: None,
        }
    }

    /// Try again after a while that the other side named.
    pub fn retry_after(reason: impl Display, after: TimeDelta) -> Self {
        Self::Retry {
            reason: reason.to_string(),
            after: Some(after),
        }
    }

    /// Give up.
    pub fn fail(reason: impl Display) -> Self {
        Self::Fail(reason.to_string())
    }
}

impl From<DbErr> for JobError {
    fn from(error: DbErr) -> Self {
        Self::retry(error)
    }
}

impl From<PlatformError> for JobError {
    fn from(error: PlatformError) -> Self {
        match error {
            PlatformError::RateLimited {
                retry_after: Some(after),
            } => {
                let after = TimeDelta::from_std(after).unwrap_or(TimeDelta::minutes(1));
                Self::retry_after("the platform's request limit is reached", after)
            }
            error if error.is_transient() => Self::retry(error),
            error => Self::fail(error),
        }
    }
}

/// A job that can be done.
#[async_trait]
pub trait Work: Job {
    /// How often it is tried before it is given up.
    const MAX_ATTEMPTS: u32;

    /// Does it.
    async fn work(&self, app: &App, attempt: u32) -> Result<(), JobError>;

    /// Leaves things in order when it is given up.
    async fn give_up(&self, app: &App, reason: &str) -> Result<(), DbErr>;
}

/// Why a job's row does not end as done.
#[derive(Debug, thiserror::Error)]
pub(super) enum JobEnd {
    /// A dead letter: nobody tries again by themselves.
    #[error("{0}")]
    GivenUp(String),
    /// The next attempt could not be written, the database is away: the row itself is tried again.
    #[error("the next attempt could not be written: {0}")]
    Unwritten(DbErr),
}

/// Does a job and decides what becomes of it.
pub(super) async fn perform<J: Work>(app: &App, envelope: Envelope<J>, id: String) -> Result<(), JobEnd> {
    let span = tracing::info_span!("job", job.queue = J::QUEUE, job.id = %id, job.attempt = envelope.attempt);
    async {
        let started = std::time::Instant::now();
        let result = envelope.args.work(app, envelope.attempt).await;
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match result {
            Ok(()) => {
                tracing::info!(duration_ms, "job done");
                Ok(())
            }
            Err(JobError::HandBack) => {
                tracing::info!(duration_ms, "job handed back");
                put_off(app, &envelope, &id, envelope.attempt, TimeDelta::zero()).await
            }
            Err(JobError::Retry { reason, after }) if envelope.attempt < J::MAX_ATTEMPTS => {
                let delay = after.unwrap_or_else(|| backoff(app, envelope.attempt));
                tracing::warn!(duration_ms, reason, delay_seconds = delay.num_seconds(), "job put off");
                put_off(app, &envelope, &id, envelope.attempt + 1, delay).await
            }
            Err(JobError::Retry { reason, .. } | JobError::Fail(reason)) => {
                tracing::error!(duration_ms, reason, "job given up");
                if let Err(error) = envelope.args.give_up(app, &reason).await {
                    tracing::error!(%error, "a given-up job could not be put in order");
                }
                Err(JobEnd::GivenUp(reason))
            }
        }
    }
    .instrument(span)
    .await
}

/// Writes the next attempt as a row of its own: durable, unlike a sleep. The key names the row that
/// failed, so a row that is done twice (its process died before it was marked) has one successor.
async fn put_off<J: Work>(
    app: &App,
    envelope: &Envelope<J>,
    id: &str,
    attempt: u32,
    delay: TimeDelta,
) -> Result<(), JobEnd> {
    let next = Enqueue {
        args: envelope.args.clone(),
        attempt,
        key: format!("after:{id}"),
        run_at: app.clock.now() + delay,
    };
    enqueue(&app.db, app, next).await.map_err(JobEnd::Unwritten)
}

/// The delay before the next attempt: doubling, up to the longest.
fn backoff(app: &App, attempt: u32) -> TimeDelta {
    let jobs = &app.config.jobs;
    let factor = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
    TimeDelta::seconds(
        jobs.retry_first_seconds
            .saturating_mul(factor)
            .min(jobs.retry_longest_seconds)
            .into(),
    )
}
