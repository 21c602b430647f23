//! What a deed of the program asks of the database, with the values written into the statements.

use std::sync::{Arc, Mutex, PoisonError};

use fidelidade::app::App;
use fidelidade::clock::Clock;
use fidelidade::run;

/// The program on the database of another, with its statements noted.
pub(crate) struct Recorder {
    pub(crate) app: App,
    seen: Arc<Mutex<Vec<String>>>,
}

/// Statements of one call of a service, and whether they are a transaction.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) is_transaction: bool,
    pub(crate) statements: Vec<String>,
}

impl Recorder {
    pub(crate) async fn on(app: &App) -> anyhow::Result<Self> {
        let mut db = app.db.clone();
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&seen);
        db.set_metric_callback(move |info| {
            let statement = info.statement.to_string();
            noted.lock().unwrap_or_else(PoisonError::into_inner).push(statement);
        });
        let app = run::open_on(db, app.config.clone(), Clock::System).await?;
        seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(Self { app, seen })
    }

    /// What was asked since the last step.
    pub(crate) fn step(&self, is_transaction: bool) -> Step {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        Step {
            is_transaction,
            statements: std::mem::take(&mut *seen),
        }
    }
}
