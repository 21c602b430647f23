//! What a job is to the runner, and the wrapper that decides what becomes of a failed one.

use std::fmt::Display;

use async_trait::async_trait;
use chrono::TimeDelta;
use entity::JobId;
use sea_orm::DbErr;
use tracing::Instrument;

use crate::app::App;
use crate::platform::PlatformError;
use crate::queue::{Enqueue, Envelope, Job, Whose};
use crate::service::job;

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
    /// The database failed: it may succeed later.
    Database(DbErr),
    /// It never will.
    Fail(String),
    /// The process is stopping: another one goes on. Not counted as an attempt.
    HandBack,
    /// Another worker is at it: to be looked at again after this time. That is no attempt, however long the other takes.
    Busy(TimeDelta),
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
        Self::Database(error)
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
        tell(&envelope, "begun", |id| job::begun(app, id, envelope.attempt)).await;
        let result = envelope.args.work(app, envelope.attempt).await;
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match result {
            Ok(()) => {
                tracing::info!(duration_ms, "job done");
                tell(&envelope, "done", |id| job::done(app, id)).await;
                Ok(())
            }
            Err(JobError::HandBack) => {
                tracing::info!(duration_ms, "job handed back");
                put_off(app, &envelope, &id, (envelope.attempt, TimeDelta::zero()), None).await
            }
            Err(JobError::Busy(after)) => {
                tracing::info!(duration_ms, "another worker is at this job");
                put_off(app, &envelope, &id, (envelope.attempt, after), None).await
            }
            Err(JobError::Fail(reason)) => give_up(app, &envelope, duration_ms, Reason::told(reason)).await,
            Err(JobError::Database(error)) => {
                try_again(app, &envelope, &id, (duration_ms, None), Reason::database(&error)).await
            }
            Err(JobError::Retry { reason, after }) => {
                try_again(app, &envelope, &id, (duration_ms, after), Reason::told(reason)).await
            }
        }
    }
    .instrument(span)
    .await
}

/// Why a job did not succeed: what the log says, and what people are shown.
struct Reason {
    logged: String,
    shown: String,
}

impl Reason {
    fn told(reason: String) -> Self {
        Self {
            shown: reason.clone(),
            logged: reason,
        }
    }

    /// What a database says is for those who run it.
    fn database(error: &DbErr) -> Self {
        Self {
            logged: error.to_string(),
            shown: "the database failed; the log of the program says more".to_owned(),
        }
    }
}

/// Notes how far a job is, for those who look at it. It is done the same where that cannot be written.
async fn tell<J, F>(envelope: &Envelope<J>, what: &str, note: impl FnOnce(JobId) -> F)
where
    F: Future<Output = Result<(), DbErr>>,
{
    if let Some(id) = envelope.seen_as
        && let Err(error) = note(id).await
    {
        tracing::warn!(job.seen_as = %id, %error, "it could not be noted that a job is {what}");
    }
}

async fn try_again<J: Work>(
    app: &App,
    envelope: &Envelope<J>,
    id: &str,
    (duration_ms, after): (u64, Option<TimeDelta>),
    reason: Reason,
) -> Result<(), JobEnd> {
    if envelope.attempt >= J::MAX_ATTEMPTS {
        return give_up(app, envelope, duration_ms, reason).await;
    }
    let delay = after.unwrap_or_else(|| backoff(app, envelope.attempt));
    let delay_seconds = delay.num_seconds();
    tracing::warn!(duration_ms, reason = reason.logged, delay_seconds, "job put off");
    put_off(app, envelope, id, (envelope.attempt + 1, delay), Some(&reason.shown)).await
}

async fn give_up<J: Work>(
    app: &App,
    envelope: &Envelope<J>,
    duration_ms: u64,
    Reason { logged, shown }: Reason,
) -> Result<(), JobEnd> {
    tracing::error!(duration_ms, reason = logged, "job given up");
    if let Err(error) = envelope.args.give_up(app, &logged).await {
        tracing::error!(%error, "a given-up job could not be put in order");
    }
    tell(envelope, "given up", |id| job::given_up(app, id, &shown)).await;
    Err(JobEnd::GivenUp(logged))
}

/// Writes the next attempt as a row of its own: durable, unlike a sleep. The key names the row that
/// failed, so a row that is done twice (its process died before it was marked) has one successor.
async fn put_off<J: Work>(
    app: &App,
    envelope: &Envelope<J>,
    id: &str,
    (attempt, delay): (u32, TimeDelta),
    reason: Option<&str>,
) -> Result<(), JobEnd> {
    let next = Enqueue {
        whose: envelope.seen_as.map_or(Whose::Nobody, Whose::Again),
        args: envelope.args.clone(),
        attempt,
        key: format!("after:{id}"),
        run_at: app.clock.now() + delay,
    };
    job::put_off(app, next, reason).await.map_err(JobEnd::Unwritten)
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
