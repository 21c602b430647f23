//! What every part of the program may use. Made once, by `run`, and passed on.

use std::ops::Deref;
use std::sync::Arc;

use sea_orm::DatabaseConnection;
use tokio_util::sync::CancellationToken;

use crate::access::throttle::Throttle;
use crate::clock::{Clock, IdSource};
use crate::config::Config;
use crate::mail;
use crate::platform::Registry;
use crate::platform::http::Client;
use crate::secrets::Vault;

/// A cheap handle to the parts.
#[derive(Clone)]
pub struct App(Arc<Parts>);

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
    /// The way e-mails go out.
    pub mailer: Arc<dyn mail::Transport>,
    /// Limits on sign-in attempts.
    pub sign_ins: Throttle,
    /// Cancelled when the process is to stop: long work hands itself back.
    pub stopping: CancellationToken,
    /// This process, in leases and worker names.
    pub process: String,
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// A new id.
    pub fn id<T: From<ulid::Ulid>>(&self) -> T {
        self.ids.next(self.clock.now())
    }
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
