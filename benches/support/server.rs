//! Fresh databases of one engine, each with an [`App`] opened as the program opens it.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context as _;
use fidelidade::app::App;
use fidelidade::clock::Clock;
use fidelidade::config::Config;
use fidelidade::run;
use sea_orm::{ConnectionTrait, Database};
use tempfile::TempDir;
use url::Url;

use super::postgres::Cluster;

/// Names a PostgreSQL server on which databases may be made and dropped.
const VARIABLE: &str = "FIDELIDADE_BENCH_POSTGRES_URL";

/// Where databases are made.
pub(crate) struct Server {
    postgres: Option<Postgres>,
    made: AtomicU32,
}

struct Postgres {
    url: Url,
    /// Stops with the bench, if the bench started it.
    _cluster: Option<Cluster>,
}

/// A fresh database with its app.
pub(crate) struct Site {
    /// The app.
    pub(crate) app: App,
    folder: TempDir,
    /// The server and the database to be dropped there.
    to_drop: Option<(Url, String)>,
}

impl Server {
    /// The embedded engine: each database is a file of its own.
    pub(crate) fn embedded() -> Self {
        Self {
            postgres: None,
            made: AtomicU32::new(0),
        }
    }

    /// The server that the environment names, or a throw-away one.
    pub(crate) async fn postgres() -> anyhow::Result<Self> {
        let postgres = if let Ok(url) = std::env::var(VARIABLE) {
            Postgres {
                url: url.parse().with_context(|| format!("{VARIABLE} is not a URL"))?,
                _cluster: None,
            }
        } else {
            let cluster = Cluster::start()
                .await
                .with_context(|| format!("no PostgreSQL; {VARIABLE} may name one"))?;
            Postgres {
                url: cluster.url.clone(),
                _cluster: Some(cluster),
            }
        };
        Ok(Self {
            postgres: Some(postgres),
            made: AtomicU32::new(0),
        })
    }

    /// A fresh, migrated database.
    pub(crate) async fn fresh(&self) -> anyhow::Result<Site> {
        let folder = tempfile::tempdir()?;
        let mut settings = format!("[data]\ndir = '{}'\n", folder.path().display());
        let mut to_drop = None;
        if let Some(postgres) = &self.postgres {
            let number = self.made.fetch_add(1, Ordering::Relaxed);
            let name = format!("fidelidade_bench_{}_{number}", std::process::id());
            admin(&postgres.url, &format!("CREATE DATABASE {name}")).await?;
            let mut url = postgres.url.clone();
            url.set_path(&name);
            settings = format!("{settings}[database]\nurl = '{url}'\n");
            to_drop = Some((postgres.url.clone(), name));
        }
        let app = run::open(Config::with(&settings)?, Clock::System).await?;
        Ok(Site { app, folder, to_drop })
    }
}

impl Site {
    /// Closes the database and removes it.
    pub(crate) async fn close(self) {
        let _ = self.app.db.clone().close().await;
        if let Some((url, name)) = &self.to_drop {
            let _ = admin(url, &format!("DROP DATABASE {name}")).await;
        }
        drop(self.folder);
    }
}

async fn admin(url: &Url, statement: &str) -> anyhow::Result<()> {
    let db = Database::connect(url.as_str()).await?;
    let done = db.execute_unprepared(statement).await;
    db.close().await?;
    done.with_context(|| statement.to_owned())?;
    Ok(())
}
