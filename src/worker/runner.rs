//! The list of workers, on whichever database, and how they stop.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use apalis::prelude::*;
use sea_orm::DbBackend;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::codec::{Lenient, Received};
use super::job::{JobEnd, perform};
use super::ticks::Ticks;
use super::{Work, schedule};
use crate::app::App;
use crate::queue::{
    CancelCoupon, DeliverWebhook, GiveBirthdayBonuses, IssueCoupon, Job, ReadOrder, RenewConsent, RepairDifference,
    RunExport, RunImport, SendEmail,
};

/// Workers at work.
pub struct Workers {
    let_go: CancellationToken,
    monitor: JoinHandle<()>,
    schedule: JoinHandle<()>,
}

impl Workers {
    /// Waits for jobs under way to finish (for a while) and ends the workers; the process has been told to
    /// stop, so they take no new ones. What did not finish is handed back: its row returns to the queue when
    /// its worker gives no sign of life. Nothing else may need the database any more.
    pub async fn end(self) {
        self.let_go.cancel();
        let _ = self.schedule.await;
        let _ = self.monitor.await;
    }
}

/// How long jobs under way may take to finish when the process stops.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it may then take to write down how the last ones ended.
const DRAINING: Duration = Duration::from_secs(5);

/// Starts all workers and the schedule, which take up nothing new once `stop` is said.
pub fn start(app: &App, stop: &CancellationToken) -> Workers {
    let jobs = &app.config.jobs;
    let monitor = Monitor::new()
        .shutdown_timeout(DRAINING)
        .should_restart(|worker, error| {
            tracing::warn!(worker = worker.name(), %error, "a worker stopped and is started again");
            true
        });
    let under_way = TaskTracker::new();
    let monitor = register::<RunImport>(monitor, app, &under_way, jobs.imports);
    let monitor = register::<ReadOrder>(monitor, app, &under_way, jobs.imports);
    let monitor = register::<RepairDifference>(monitor, app, &under_way, jobs.coupons);
    let monitor = register::<RunExport>(monitor, app, &under_way, 1);
    let monitor = register::<IssueCoupon>(monitor, app, &under_way, jobs.coupons);
    let monitor = register::<CancelCoupon>(monitor, app, &under_way, jobs.coupons);
    let monitor = register::<SendEmail>(monitor, app, &under_way, jobs.emails);
    let monitor = register::<DeliverWebhook>(monitor, app, &under_way, app.config.events.deliveries);
    let monitor = register::<RenewConsent>(monitor, app, &under_way, 2);
    let monitor = register::<GiveBirthdayBonuses>(monitor, app, &under_way, 1);
    let (stopping, let_go) = (stop.clone(), CancellationToken::new());
    let signal = let_go.clone();
    let monitor = tokio::spawn(async move {
        let stopped = async move {
            stopping.cancelled().await;
            // A worker that is told to end leaves a fetch half done, or one that waits for a connection and
            // will not take it. On SQLite that keeps the write lock, on PostgreSQL connections: so jobs and
            // requests end first, while nothing new is fetched.
            under_way.close();
            let _ = tokio::time::timeout(PATIENCE, under_way.wait()).await;
            signal.cancelled().await;
            Ok(())
        };
        if let Err(error) = monitor.run_with_signal(stopped).await {
            tracing::error!(%error, "the workers stopped");
        }
    });
    let schedule = tokio::spawn(schedule::run(app.clone(), stop.clone()));
    Workers {
        let_go,
        monitor,
        schedule,
    }
}

/// A worker's name must never have been seen before: a quick restart under a known one is refused.
fn name<J: Job>(app: &App, restart: usize) -> String {
    static BOOT: AtomicUsize = AtomicUsize::new(0);
    format!(
        "{}-{}-{restart}-{}",
        J::QUEUE,
        app.process,
        BOOT.fetch_add(1, Ordering::Relaxed)
    )
}

/// An abort makes a dead letter of the row; any other error leaves it to be fetched again.
async fn handle<J: Work>(
    job: Received<J>,
    app: Data<App>,
    under_way: Data<TaskTracker>,
    id: TaskId,
) -> Result<(), BoxDynError> {
    let envelope = match job {
        Ok(envelope) => envelope,
        Err(error) => {
            tracing::error!(job.queue = J::QUEUE, job.id = %id, %error, "job given up");
            return Err(AbortError::new(error).into());
        }
    };
    let done = under_way.track_future(perform(&app, envelope, id.to_string())).await;
    done.map_err(|end| match end {
        end @ JobEnd::GivenUp(_) => BoxDynError::from(AbortError::new(end)),
        end @ JobEnd::Unwritten(_) => end.into(),
    })
}

fn register<J: Work>(monitor: Monitor, app: &App, under_way: &TaskTracker, concurrency: usize) -> Monitor {
    let (app, under_way) = (app.clone(), under_way.clone());
    let poll = Duration::from_millis(app.config.jobs.poll_milliseconds);
    let heartbeat = Duration::from_secs(app.config.jobs.heartbeat_seconds);
    let missed = app.config.jobs.missed_heartbeats;
    match app.db.get_database_backend() {
        DbBackend::Postgres => monitor.register(move |restart| {
            let config = apalis_postgres::Config::default()
                .queue(J::QUEUE)
                .batch_size(concurrency)
                .heartbeat_interval(heartbeat)
                .missed_heartbeats(missed);
            let storage = apalis_postgres::PostgresStorage::<Received<J>>::new(app.db.get_postgres_connection_pool())
                .with_config(config)
                .with_codec(Lenient)
                .poll_with_strategy(Ticks::every(poll, &app.stopping));
            WorkerBuilder::new(name::<J>(&app, restart))
                .backend(storage)
                .concurrency(concurrency)
                .catch_panic()
                .data(app.clone())
                .data(under_way.clone())
                .build(handle::<J>)
        }),
        _ => monitor.register(move |restart| {
            let config = apalis_sqlite::Config::default()
                .queue(J::QUEUE)
                .batch_size(concurrency)
                .heartbeat_interval(heartbeat)
                .missed_heartbeats(missed);
            let storage = apalis_sqlite::SqliteStorage::<Received<J>>::new(app.db.get_sqlite_connection_pool())
                .with_config(config)
                .with_codec(Lenient)
                .poll_with_strategy(Ticks::every(poll, &app.stopping));
            WorkerBuilder::new(name::<J>(&app, restart))
                .backend(storage)
                .concurrency(concurrency)
                .catch_panic()
                .data(app.clone())
                .data(under_way.clone())
                .build(handle::<J>)
        }),
    }
}
