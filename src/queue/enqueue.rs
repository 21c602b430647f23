//! Writes jobs into apalis' tables through the caller's transaction.
//!
//! It mirrors `queries/task/sink.sql` of apalis-sqlite and apalis-postgres 1.0: a test reads the
//! rows back with a real worker on both databases, so an upgrade that changes the tables breaks
//! that test and nothing else.

use entity::Instant;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, Value};
use ulid::Ulid;

use super::{Envelope, Job};
use crate::app::App;

/// Attempts that the job tables allow by themselves. They only serve jobs whose process died:
/// ordinary retries are new rows with a delay, written by the worker's retry wrapper.
const CRASH_ATTEMPTS: i32 = 8;

/// A job to be written.
#[derive(Debug, Clone)]
pub struct Enqueue<J> {
    /// The arguments.
    pub args: J,
    /// The how-manieth attempt.
    pub attempt: u32,
    /// A second job of the queue with this key is not written, for as long as the first's row exists.
    pub key: String,
    /// Not before this instant.
    pub run_at: Instant,
}

impl<J: Job> Enqueue<J> {
    /// A first attempt, to be done now.
    pub fn now(app: &App, args: J, key: String) -> Self {
        Self {
            args,
            attempt: 1,
            key,
            run_at: app.clock.now(),
        }
    }
}

/// Writes one job.
pub async fn enqueue<J: Job>(db: &impl ConnectionTrait, app: &App, job: Enqueue<J>) -> Result<(), DbErr> {
    enqueue_all(db, app, vec![job]).await
}

/// Writes jobs of one queue with one statement.
pub async fn enqueue_all<J: Job>(db: &impl ConnectionTrait, app: &App, jobs: Vec<Enqueue<J>>) -> Result<(), DbErr> {
    if jobs.is_empty() {
        return Ok(());
    }
    let backend = db.get_database_backend();
    let mut values: Vec<Value> = Vec::with_capacity(jobs.len() * 6);
    let mut rows = Vec::with_capacity(jobs.len());
    for job in jobs {
        let id: Ulid = app.ids.next(app.clock.now());
        let body = serde_json::to_vec(&Envelope {
            args: job.args,
            attempt: job.attempt,
        })
        .map_err(|error| DbErr::Custom(format!("a job of queue {} cannot be written: {error}", J::QUEUE)))?;
        rows.push(row(backend, values.len()));
        values.push(id.to_string().into());
        values.push(J::QUEUE.into());
        values.push(body.into());
        values.push(CRASH_ATTEMPTS.into());
        values.push(job.run_at.timestamp().into());
        values.push(job.key.into());
    }
    let (table, metadata) = match backend {
        DbBackend::Postgres => ("apalis.jobs", "metadata"),
        _ => ("Jobs", "metadata"),
    };
    let sql = format!(
        "INSERT INTO {table} (id, job_type, job, status, attempts, max_attempts, run_at, priority, {metadata}, \
         idempotency_key) VALUES {} ON CONFLICT (job_type, idempotency_key) DO NOTHING",
        rows.join(", ")
    );
    db.execute_raw(Statement::from_sql_and_values(backend, sql, values))
        .await?;
    Ok(())
}

fn row(backend: DbBackend, before: usize) -> String {
    match backend {
        DbBackend::Postgres => {
            let p = |n: usize| format!("${}", before + n);
            format!(
                "({}, {}, {}, 'Pending', 0, {}, to_timestamp({}), 0, ''::hstore, {})",
                p(1),
                p(2),
                p(3),
                p(4),
                p(5),
                p(6)
            )
        }
        _ => "(?, ?, ?, 'Pending', 0, ?, ?, 0, '{}', ?)".to_owned(),
    }
}
