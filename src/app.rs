//! What every part of the program may use. Made once, by `run`, and passed on.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use entity::{Instant, StoreId, export_run};
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr};
use serde_json::Value;
use tokio::sync::{OnceCell, broadcast};
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, IdSource};
use crate::config::Config;
use crate::mail;
use crate::platform::Registry;
use crate::platform::http::Client;
use crate::secrets::Vault;

/// A cheap handle to the parts, and on whose behalf they are used.
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
    author: Option<Arc<Author>>,
}

/// On whose behalf something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The user's or the token's id.
    pub actor: String,
    /// The request that asked for it.
    pub request_id: Option<String>,
}

/// The parts.
pub struct Parts {
    /// The settings.
    pub config: Config,
    /// The database.
    pub db: DatabaseConnection,
    /// The time.
    pub clock: Arc<Clock>,
    /// New ids.
    pub ids: IdSource,
    /// Sealing of credentials.
    pub vault: Vault,
    /// The platforms.
    pub platforms: Registry,
    /// The guarded client for addresses that merchants type.
    pub outbound: Client,
    /// The guarded client for deliveries to webhooks: it waits less and reads less of an answer.
    pub deliveries: Client,
    /// The API, as far as payloads of webhooks are shaped by it.
    pub shaper: Arc<dyn Shape>,
    /// The API's lists, as far as they are exported.
    pub lists: Arc<dyn Lists>,
    /// The way e-mails go out.
    pub mailer: Arc<dyn mail::Transport>,
    /// What happens, as it happens.
    pub happenings: Happenings,
    /// Cancelled when the process is to stop: long work hands itself back.
    pub stopping: CancellationToken,
    /// This process, in leases and worker names.
    pub process: String,
}

/// Shapes payloads with queries of the API.
#[async_trait]
pub trait Shape: Send + Sync {
    /// The answer to a query with one variable, `$id`, as somebody with these scopes in a store sees it. An error says
    /// why there is none, for whoever wrote the query.
    async fn shape(
        &self,
        app: &App,
        store: StoreId,
        scopes: &[String],
        query: &str,
        id: &str,
    ) -> Result<Shaped, String>;

    /// What a query needs: each place of it that needs a permission, such as `Order.customer`. Nothing, where it cannot be
    /// read; [`Self::shape`] says why.
    fn needs(&self, query: &str) -> Vec<Need>;
}

/// Something of a query that needs a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The type or its field.
    pub place: String,
    /// The permission, which is also the scope.
    pub permission: &'static str,
}

/// The answer to a query.
#[derive(Debug, Clone)]
pub struct Shaped {
    /// Its data.
    pub data: serde_json::Value,
    /// What is missing of the data, and why.
    pub errors: Vec<String>,
}

/// The lists of the API, for whoever writes them to files.
pub trait Lists: Send + Sync {
    /// The rows that a run asks for, from the first on. An error says, for people, why this program cannot tell.
    fn open(&self, run: &export_run::Model, now: Instant) -> Result<Box<dyn Rows>, String>;
}

/// Rows of a list, some at a time. All are asked for in one transaction, so that they are of one state.
#[async_trait]
pub trait Rows: Send {
    /// How many there are in all.
    async fn count(&self, db: &DatabaseTransaction) -> Result<i64, DbErr>;

    /// The next ones in the list's order, each with the values of its columns; after the last one none.
    async fn next(&mut self, db: &DatabaseTransaction) -> Result<Vec<Vec<Value>>, DbErr>;
}

/// How those who follow what happens are told, in this process.
pub struct Happenings {
    /// Where the reader of events tells them.
    pub tell: broadcast::Sender<Arc<entity::event::Model>>,
    /// Set when the reader runs.
    pub reading: OnceCell<()>,
    /// How many streams each requester has open in this process.
    pub streams: Mutex<HashMap<String, usize>>,
}

/// Events that one who reads slowly may be behind: more are read from the database again.
const BEHIND: usize = 1024;

impl Default for Happenings {
    fn default() -> Self {
        Self {
            tell: broadcast::Sender::new(BEHIND),
            reading: OnceCell::new(),
            streams: Mutex::default(),
        }
    }
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            author: None,
        }
    }

    /// The same parts, used on somebody's behalf.
    #[must_use]
    pub fn on_behalf_of(&self, author: Author) -> Self {
        Self {
            parts: Arc::clone(&self.parts),
            author: Some(Arc::new(author)),
        }
    }

    /// On whose behalf; nobody's in jobs and the schedule.
    pub fn author(&self) -> Option<&Author> {
        self.author.as_deref()
    }

    /// A new id.
    pub fn id<T: From<ulid::Ulid>>(&self) -> T {
        self.ids.next(self.clock.now())
    }
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.parts
    }
}
