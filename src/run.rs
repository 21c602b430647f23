//! Composition: configuration, database, [`App`], server and workers on one shutdown signal.
//!
//! The command line and the tests come in here, so what a test runs is what a process runs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::{App, Happenings, Parts};
use crate::clock::{Clock, IdSource};
use crate::config::Config;
use crate::platform::Registry;
use crate::platform::http::{Client, HttpSettings, RetryPolicy};
use crate::secrets::Vault;
use crate::service::pace::DatabasePacer;
use crate::worker::{self, Workers};
use crate::{consent, db, files, graphql, hooks, http, till};

/// Which halves of the program run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halves {
    /// The API.
    Serve,
    /// The workers.
    Work,
    /// Both, in one process.
    Both,
}

/// How long a request for a platform's turn waits before the job is put off.
const LONGEST_WAIT: Duration = Duration::from_mins(2);

/// How much of an answer to a webhook's delivery is read, in bytes.
const LONGEST_RECEIPT: usize = 64 * 1024;

/// How long open requests may take to be answered when the process stops: longer than any may run.
const ANSWERING: Duration = Duration::from_secs(40);
/// How long connections to the database may then take to come back. A worker that is told to stop may keep
/// one for ever, with a fetch of jobs that nobody goes on with; the end of the process ends it.
const CLOSING: Duration = Duration::from_secs(3);

/// Puts the parts together: the folder, the key, the database, the clients.
pub async fn open(config: Config, clock: Clock) -> anyhow::Result<App> {
    db::prepare_folder(&config.data.dir)?;
    let db = db::connect(&config).await?;
    open_on(db, config, clock).await
}

/// The same on a connection that was opened beforehand, with which a test can count statements.
pub async fn open_on(db: db::Connection, config: Config, clock: Clock) -> anyhow::Result<App> {
    let vault = Vault::open(&config.secrets.key, &config.data.dir)?;
    if config.database.migrate_at_start {
        db::migrate(&config, &db).await?;
    }
    let outbound = Client::new(http_settings(&config))?;
    let pacer = DatabasePacer::new(db.clone(), LONGEST_WAIT).with_longest_exchange(outbound.settings().timeout);
    let platforms = Registry::new(outbound.clone(), Arc::new(pacer), config.platforms.clone());
    let mut mail = config.mail.clone();
    if mail.folder.as_os_str().is_empty() {
        mail.folder = config.data.dir.join("mail");
    }
    let deliveries = Client::new(HttpSettings {
        timeout: Duration::from_secs(config.events.webhook_timeout_seconds),
        max_body_bytes: LONGEST_RECEIPT,
        ..http_settings(&config)
    })?;
    let shaper = Arc::new(graphql::Shaper::new(&config.http.settings));
    let lists = Arc::new(graphql::Lists);
    let ids = IdSource::default();
    let process: ulid::Ulid = ids.next(clock.now());
    Ok(App::new(Parts {
        mailer: mail.build()?,
        happenings: Happenings::default(),
        deliveries,
        shaper,
        lists,
        stopping: CancellationToken::new(),
        process: process.to_string(),
        clock: Arc::new(clock),
        config,
        db,
        ids,
        vault,
        platforms,
        outbound,
    }))
}

/// How the program fetches from addresses outside.
pub fn http_settings(config: &Config) -> HttpSettings {
    let outbound = &config.outbound;
    let defaults = HttpSettings::default();
    HttpSettings {
        timeout: Duration::from_secs(outbound.timeout_seconds),
        connect_timeout: Duration::from_secs(outbound.connect_timeout_seconds),
        allow_private: outbound.allow_private,
        max_body_bytes: outbound.max_body_bytes,
        retry: RetryPolicy {
            max_tries: outbound.max_tries,
            base: Duration::from_millis(outbound.first_retry_milliseconds),
            cap: Duration::from_secs(outbound.longest_retry_seconds),
            ..defaults.retry
        },
        ..defaults
    }
}

/// Listens, or says in words why not and what to do about it.
pub async fn listen(address: &str, mend: &str) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("cannot listen on {address}; {mend}"))
}

/// Listens on any free port, for this machine alone.
pub async fn listen_anywhere() -> anyhow::Result<TcpListener> {
    listen("127.0.0.1:0", "is the loopback network up?").await
}

/// A program at work.
pub struct Running {
    /// The app.
    pub app: App,
    /// Where the API listens, if it does.
    pub address: Option<SocketAddr>,
    stop: CancellationToken,
    server: Option<JoinHandle<()>>,
    workers: Option<Workers>,
}

impl Running {
    /// Stops in order: open requests are answered, jobs under way finish or are handed back.
    pub async fn stop(self) {
        self.stop.cancel();
        if let Some(server) = self.server {
            within(ANSWERING, "requests are still open", server).await;
        }
        if let Some(workers) = self.workers {
            workers.end().await;
        }
        within(
            CLOSING,
            "a connection to the database is still in use",
            self.app.db.clone().close(),
        )
        .await;
    }
}

/// Waits no longer than that: a process that was told to stop does.
async fn within(longest: Duration, otherwise: &'static str, what: impl Future) {
    if tokio::time::timeout(longest, what).await.is_err() {
        tracing::warn!(seconds = longest.as_secs(), "{otherwise}; stopping all the same");
    }
}

/// Starts the halves. `listener` is where the API listens; without it only the workers run.
pub fn start(app: App, listener: Option<TcpListener>, halves: Halves) -> anyhow::Result<Running> {
    let stop = app.stopping.clone();
    let mut address = None;
    let mut server = None;
    if let Some(listener) = listener.filter(|_| halves != Halves::Work) {
        address = Some(listener.local_addr()?);
        server = Some(serve(&app, listener, stop.clone())?);
    }
    let workers = (halves != Halves::Serve).then(|| worker::start(&app, &stop));
    Ok(Running {
        app,
        address,
        stop,
        server,
        workers,
    })
}

fn serve(app: &App, listener: TcpListener, stop: CancellationToken) -> anyhow::Result<JoinHandle<()>> {
    let documents = http::Documents::load(&app.config.http.settings.persisted_documents)?;
    let door = graphql::Entrance::new(app.clone(), stop.clone());
    let schema = graphql::schema(&app.config.http.settings);
    let settings = &app.config.http.settings;
    let budget = http::Budget::new(&settings.cost).map(Arc::new);
    let api = http::routes(schema, door, settings, &graphql::pages(), documents, budget.clone());
    let beside = files::routes(app.clone())
        .merge(hooks::routes(app.clone()))
        .merge(consent::routes(app.clone()))
        .merge(till::routes(app.clone(), budget));
    let router = http::framed(api.merge(beside), settings);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    Ok(tokio::spawn(async move {
        let served = axum::serve(listener, service)
            .with_graceful_shutdown(stop.cancelled_owned())
            .await;
        if let Err(error) = served {
            tracing::error!(%error, "the server stopped");
        }
    }))
}

/// Waits for ctrl-c or SIGTERM.
pub async fn until_stopped() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        if let Ok(mut terminate) = terminate {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
