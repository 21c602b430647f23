//! A fresh database for each test, on the engine that `FIDELIDADE_TEST_DATABASE` names: `sqlite`
//! (the default) or `postgres`.
//!
//! The schema is made once in a process and copied for each test. A database goes away with its
//! [`TestDatabase`], also when the test fails.

use std::sync::atomic::{AtomicUsize, Ordering};

use fidelidade::config::Config;
use fidelidade::db;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::postgres::{self, Server};

/// Which database the tests run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// In a file.
    Sqlite,
    /// A server.
    Postgres,
}

impl Engine {
    /// The engine that the environment asks for.
    pub(crate) fn of_tests() -> Self {
        match std::env::var("FIDELIDADE_TEST_DATABASE").as_deref() {
            Err(_) | Ok("" | "sqlite") => Self::Sqlite,
            Ok("postgres") => Self::Postgres,
            Ok(other) => panic!("FIDELIDADE_TEST_DATABASE is '{other}'; it must be sqlite or postgres"),
        }
    }
}

/// A database of one test.
pub(crate) struct TestDatabase {
    url: String,
    place: Place,
}

/// What has to be removed when the test is over.
enum Place {
    Folder { _kept: TempDir },
    Server(&'static Server, String),
}

impl TestDatabase {
    /// A database whose schema is up to date.
    pub(crate) async fn migrated() -> Self {
        match Engine::of_tests() {
            Engine::Sqlite => {
                static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
                let template = TEMPLATE.get_or_init(sqlite_template).await;
                let database = Self::in_folder();
                std::fs::write(database.file(), template).unwrap();
                database
            }
            Engine::Postgres => {
                static TEMPLATE: OnceCell<String> = OnceCell::const_new();
                let server = postgres::server().await;
                if !server.has_template {
                    let database = Self::on_server(server, "").await;
                    database.migrate().await;
                    return database;
                }
                let template = TEMPLATE.get_or_init(async || postgres_template(server).await).await;
                Self::on_server(server, &format!("TEMPLATE {template}")).await
            }
        }
    }

    /// A database with nothing in it.
    pub(crate) async fn empty() -> Self {
        match Engine::of_tests() {
            Engine::Sqlite => Self::in_folder(),
            Engine::Postgres => Self::on_server(postgres::server().await, "").await,
        }
    }

    fn in_folder() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.sqlite").display());
        Self {
            url,
            place: Place::Folder { _kept: folder },
        }
    }

    async fn on_server(server: &'static Server, like: &str) -> Self {
        let name = new_name();
        server.run(&format!("CREATE DATABASE {name} {like}")).await;
        Self {
            url: server.url(&name),
            place: Place::Server(server, name),
        }
    }

    /// What `database.url` has to be.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn file(&self) -> &str {
        self.url.trim_start_matches("sqlite:")
    }

    /// Connects as the program does, with one connection.
    pub(crate) async fn connect(&self) -> DatabaseConnection {
        db::connect(&self.config()).await.unwrap()
    }

    /// The program's settings with this database.
    pub(crate) fn config(&self) -> Config {
        config(&self.url)
    }

    async fn migrate(&self) {
        let connection = migrated(&self.config()).await;
        if Engine::of_tests() == Engine::Sqlite {
            // Everything has to be in the one file that is copied.
            connection
                .execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
                .await
                .unwrap();
        }
        connection.close().await.unwrap();
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Place::Server(server, name) = &self.place else {
            return;
        };
        let (server, sql) = (*server, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        // A drop cannot wait for the test's runtime, which may be ending itself.
        let removal = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(server.run(&sql));
        });
        if removal.join().is_err() {
            eprintln!("the database {name} could not be removed");
        }
    }
}

/// Different in this process and from what another process uses at the same time.
fn new_name() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!(
        "fidelidade_test_{}_{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

async fn sqlite_template() -> Vec<u8> {
    let database = TestDatabase::in_folder();
    database.migrate().await;
    std::fs::read(database.file()).unwrap()
}

/// The name of a database to copy, which goes away with its server.
async fn postgres_template(server: &'static Server) -> String {
    let name = format!("{}_template", new_name());
    server.run(&format!("CREATE DATABASE {name}")).await;
    migrated(&config(&server.url(&name))).await.close().await.unwrap();
    name
}

fn config(url: &str) -> Config {
    // The data folder has to be there, and stays empty.
    let folder = std::env::temp_dir();
    let settings = format!(
        "data.dir = '{}'\ndatabase.url = '{url}'\ndatabase.max_connections = 1",
        folder.display()
    );
    Config::with(&settings).unwrap()
}

async fn migrated(config: &Config) -> DatabaseConnection {
    let connection = db::connect(config).await.unwrap();
    db::migrate(config, &connection).await.unwrap();
    connection
}
