//! The database: connecting, bringing the schema up to date, and opening transactions.

use std::error::Error;
use std::io::Write as _;
use std::iter::successors;
use std::path::Path;
use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::{self, Connection as _};
use sea_orm::{
    AccessMode, ConnAcquireErr, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction,
    DbBackend, DbErr, IsolationLevel, RuntimeErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use crate::config::Config;

/// A pool of connections.
pub type Connection = DatabaseConnection;

/// Why the database cannot be used, in words for whoever started the program.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data folder cannot be made or written.
    #[error("the data folder {folder} cannot be used (choose another with FIDELIDADE__DATA__DIR)")]
    Folder {
        /// The folder.
        folder: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database does not answer.
    #[error("the database cannot be opened: {0}")]
    Connect(DbErr),
    /// The schema cannot be brought up to date.
    #[error("the database's schema cannot be brought up to date: {0}")]
    Migrate(DbErr),
    /// The job tables cannot be made.
    #[error("the job tables cannot be made: {0}")]
    Jobs(String),
}

/// Makes sure that the data folder exists and can be written.
pub fn prepare_folder(folder: &Path) -> Result<(), OpenError> {
    let fail = |source| OpenError::Folder {
        folder: folder.display().to_string(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(fail)?;
    write_probe(folder).map_err(fail)
}

/// Writes and removes a small file: the only sure way to know that a folder is writable and not full.
fn write_probe(folder: &Path) -> std::io::Result<()> {
    tempfile::Builder::new()
        .prefix(".probe-")
        .tempfile_in(folder)?
        .write_all(&[0_u8; 4096])
}

/// Connects, with the settings that the engine needs.
pub async fn connect(config: &Config) -> Result<DatabaseConnection, OpenError> {
    if config.is_embedded() {
        prepare_folder(&config.data.dir)?;
    }
    let default = if config.is_embedded() { 4 } else { 16 };
    let connections = if config.database.max_connections == 0 {
        default
    } else {
        config.database.max_connections
    };
    let options = options(config, connections, "-65536");
    Database::connect(options).await.map_err(OpenError::Connect)
}

/// Opens a connection of its own, for what reads long: those of the pool are for people who wait, and there may be
/// a single one. Whoever opens it closes it.
pub async fn connect_apart(config: &Config) -> Result<DatabaseConnection, DbErr> {
    Database::connect(options(config, 1, "-4096")).await
}

/// How long a connection that was used is taken for alive: a server takes longer to restart.
const PROVEN: Duration = Duration::from_secs(1);
/// How long one that was idle for longer may take to show that it is.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);

/// Whether a connection that was idle still leads to the server, which may have been restarted; what stands in between
/// may also have forgotten the connection, and say nothing: the library's own question would wait for as long as a
/// connection is waited for. An error makes the pool take another.
async fn lives(connection: &mut PgConnection, idle: Duration) -> Result<bool, sqlx::Error> {
    if idle < PROVEN {
        return Ok(true);
    }
    let asked = tokio::time::timeout(SIGN_OF_LIFE, connection.ping()).await;
    asked.map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??;
    Ok(true)
}

/// Whether the cause of an error is that the database could not be asked: nobody was there, or the connection was lost
/// meanwhile. Whoever asks again may be answered; what was asked may have been done.
pub fn is_away(error: &(dyn Error + 'static)) -> bool {
    successors(Some(error), |&error| error.source()).any(|error| {
        let lost = match error.downcast_ref() {
            Some(RuntimeErr::SqlxError(error)) => is_lost(error),
            _ => false,
        };
        lost || error.is::<ConnAcquireErr>()
    })
}

fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => true,
        // Class 57P: the server stops, or starts (https://www.postgresql.org/docs/current/errcodes-appendix.html).
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}

/// `cache` is what SQLite keeps of the file for each connection, in KiB and negative.
fn options(config: &Config, connections: u32, cache: &'static str) -> ConnectOptions {
    let wait = Duration::from_secs(config.database.wait_seconds);
    let mut options = ConnectOptions::new(config.database_url());
    options
        .max_connections(connections)
        .acquire_timeout(wait)
        .sqlx_logging(false)
        .test_before_acquire(false)
        .map_sqlx_postgres_before_acquire(|connection, known| Box::pin(lives(connection, known.idle_for)));
    options.map_sqlx_sqlite_opts(move |sqlite| {
        sqlite
            .create_if_missing(true)
            .foreign_keys(true)
            .busy_timeout(wait)
            .pragma("journal_mode", "WAL")
            // Full: a committed entry survives power loss, not only a crash.
            .pragma("synchronous", "FULL")
            .pragma("cache_size", cache)
            // Not mapped: a file that grows is mapped anew again and again, and all its pages are faulted in again.
            .pragma("mmap_size", "0")
            // The undo journal of a many-row statement: in a file it doubles what an import writes.
            .pragma("temp_store", "MEMORY")
            // In pages: a longer log writes pages that change again and again once, not each time.
            .pragma("wal_autocheckpoint", "16000")
    });
    options
}

/// Brings the schema and the job tables up to date. On PostgreSQL, processes that start at once do
/// it one after the other.
pub async fn migrate(config: &Config, db: &DatabaseConnection) -> Result<(), OpenError> {
    let turn = wait_for_turn(config, db).await.map_err(OpenError::Migrate)?;
    Migrator::up(db, None).await.map_err(OpenError::Migrate)?;
    crate::queue::install(db)
        .await
        .map_err(|error| OpenError::Jobs(error.to_string()))?;
    match turn {
        Some(turn) => turn.close().await.map_err(OpenError::Migrate),
        None => Ok(()),
    }
}

/// Holds an advisory lock for as long as the returned connection lives. A connection of its own: the
/// pool may have only one, and the migrations need it.
async fn wait_for_turn(config: &Config, db: &DatabaseConnection) -> Result<Option<DatabaseConnection>, DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let mut options = ConnectOptions::new(config.database_url());
    options.max_connections(1).sqlx_logging(false);
    let turn = Database::connect(options).await?;
    turn.execute_unprepared("SELECT pg_advisory_lock(7036874417766)")
        .await?;
    Ok(Some(turn))
}

/// Opens a transaction that writes. On SQLite it takes the write lock at once: one that reads first
/// and writes later would be refused when another wrote in between.
pub async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let mode = (db.get_database_backend() == DbBackend::Sqlite).then_some(SqliteTransactionMode::Immediate);
    db.begin_with_options(TransactionOptions {
        sqlite_transaction_mode: mode,
        ..Default::default()
    })
    .await
}

/// Opens a transaction that only reads: all its statements see the database as the first one does.
pub async fn snapshot(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let mut options = TransactionOptions::default();
    // On SQLite any transaction that reads sees one state.
    if db.get_database_backend() == DbBackend::Postgres {
        options.isolation_level = Some(IsolationLevel::RepeatableRead);
        options.access_mode = Some(AccessMode::ReadOnly);
    }
    db.begin_with_options(options).await
}
