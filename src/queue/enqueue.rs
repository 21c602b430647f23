//! Writes jobs into apalis' tables through the caller's transaction.
//!
//! It mirrors `queries/task/sink.sql` of apalis-sqlite and apalis-postgres 1.0: a test reads the
//! rows back with a real worker on both databases, so an upgrade that changes the tables breaks
//! that test and nothing else.

use std::collections::HashSet;
use std::fmt::Display;

use entity::store_job::{self, JobState};
use entity::{Instant, JobId, StoreId};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, IntoActiveModel, Statement, Value};
use ulid::Ulid;

use super::{Envelope, Job};
use crate::app::App;

/// Attempts that the job tables allow by themselves. They only serve jobs whose process died:
/// ordinary retries are new rows with a delay, written by the worker's retry wrapper.
const CRASH_ATTEMPTS: i32 = 8;

/// Jobs written by one statement: what either database takes as parameters.
const TOGETHER: usize = 2000;

/// Whose a job is.
#[derive(Debug, Clone)]
pub enum Whose {
    /// A store's: it is seen there.
    Store {
        /// The store.
        store: StoreId,
        /// The id of what the job is for.
        object: String,
    },
    /// Another attempt of a job that is seen already.
    Again(JobId),
    /// No store's: nobody sees it.
    Nobody,
}

impl Whose {
    /// A store's, for what has an id.
    pub fn of(store: StoreId, object: impl Display) -> Self {
        Self::Store {
            store,
            object: object.to_string(),
        }
    }
}

/// A job to be written.
#[derive(Debug, Clone)]
pub struct Enqueue<J> {
    /// Whose it is.
    pub whose: Whose,
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
    pub fn now(app: &App, whose: Whose, args: J, key: String) -> Self {
        Self {
            whose,
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

/// Writes jobs of one queue with two statements: the runner's rows, and those of the ones that are seen.
pub async fn enqueue_all<J: Job>(db: &impl ConnectionTrait, app: &App, jobs: Vec<Enqueue<J>>) -> Result<(), DbErr> {
    let mut jobs = jobs.into_iter().peekable();
    while jobs.peek().is_some() {
        write(db, app, jobs.by_ref().take(TOGETHER)).await?;
    }
    Ok(())
}

async fn write<J: Job>(
    db: &impl ConnectionTrait,
    app: &App,
    jobs: impl Iterator<Item = Enqueue<J>>,
) -> Result<(), DbErr> {
    let now = app.clock.now();
    let backend = db.get_database_backend();
    let (mut values, mut rows, mut seen): (Vec<Value>, Vec<String>, Vec<(String, store_job::Model)>) =
        (Vec::new(), Vec::new(), Vec::new());
    for job in jobs {
        let id: Ulid = app.ids.next(now);
        let seen_as = match job.whose {
            Whose::Nobody => None,
            Whose::Again(known) => Some(known),
            Whose::Store { store, object } => {
                let row = seen_first::<J>(id.into(), (store, object), job.attempt, job.run_at, now);
                seen.push((id.to_string(), row));
                Some(id.into())
            }
        };
        let body = serde_json::to_vec(&Envelope {
            args: job.args,
            attempt: job.attempt,
            seen_as,
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
    let table = match backend {
        DbBackend::Postgres => "apalis.jobs",
        _ => "Jobs",
    };
    let sql = format!(
        "INSERT INTO {table} (id, job_type, job, status, attempts, max_attempts, run_at, priority, metadata, \
         idempotency_key) VALUES {} ON CONFLICT (job_type, idempotency_key) DO NOTHING RETURNING id",
        rows.join(", ")
    );
    let written = db
        .query_all_raw(Statement::from_sql_and_values(backend, sql, values))
        .await?;
    // One whose key is known was not written, and is seen as the one that has the key.
    let written: HashSet<String> = written
        .iter()
        .map(|row| row.try_get("", "id"))
        .collect::<Result<_, _>>()?;
    let seen: Vec<_> = seen
        .into_iter()
        .filter(|(id, _)| written.contains(id))
        .map(|(_, row)| row.into_active_model())
        .collect();
    if !seen.is_empty() {
        store_job::Entity::insert_many(seen).exec_without_returning(db).await?;
    }
    Ok(())
}

/// How a job is seen that was never tried.
fn seen_first<J: Job>(
    id: JobId,
    (store, object): (StoreId, String),
    attempt: u32,
    run_at: Instant,
    now: Instant,
) -> store_job::Model {
    store_job::Model {
        id,
        store_id: store,
        kind: J::KIND,
        object_id: object,
        state: JobState::Waiting,
        attempt: i32::try_from(attempt).unwrap_or(i32::MAX),
        run_at,
        error: None,
        created_at: now,
        updated_at: now,
        finished_at: None,
    }
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
