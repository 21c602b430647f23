//! `run_import`: takes a run, walks its phases, ends it.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use entity::import_run::ImportKind;
use entity::integration::CredentialsState;
use sea_orm::DbErr;

use super::{JobError, Work, import_catalogue, import_codes, import_file, import_shop, reconcile};
use crate::app::App;
use crate::platform::PlatformError;
use crate::queue::RunImport;
use crate::service::import::{self, ImportContext, Lease, LeaseError};

#[async_trait]
impl Work for RunImport {
    /// With delays doubling to an hour: the better part of a day.
    const MAX_ATTEMPTS: u32 = 24;

    async fn work(&self, app: &App, _attempt: u32) -> Result<(), JobError> {
        let holder = format!("{}:{}", app.process, app.id::<entity::ImportRejectId>());
        let (run, lease) = match import::take(app, self.run, holder).await {
            Ok(taken) => taken,
            Err(LeaseError::Ended) => return Ok(()),
            Err(LeaseError::Held) => {
                let wait = TimeDelta::seconds(app.config.jobs.lease_seconds.into());
                return Err(JobError::Busy(wait));
            }
            Err(LeaseError::Database(error)) => return Err(error.into()),
        };
        let context = ImportContext::load(&app.db, run).await?;
        let walked = match context.run.kind {
            ImportKind::Shop => import_shop::walk(app, context, &lease).await,
            ImportKind::Catalogue => Box::pin(import_catalogue::walk(app, context, &lease)).await,
            ImportKind::SalesFile => import_file::walk(app, &context, &lease).await,
            ImportKind::Coupons | ImportKind::Reconciliation => reconcile::walk(app, context, &lease).await,
            ImportKind::CodesFile => import_codes::walk(app, &context, &lease).await,
        };
        match walked {
            // Done; or another worker took the run over, and it is in good hands.
            Ok(()) | Err(Stopped::Lost) => Ok(()),
            Err(Stopped::Cancelled) => Ok(import::end_cancelled(app, self.run).await?),
            Err(Stopped::Platform(error)) => self.stopped_by(app, &lease, error).await,
            Err(Stopped::HandedBack) => {
                import::let_go(app, self.run, &lease).await?;
                Err(JobError::HandBack)
            }
            Err(Stopped::Job(error)) => {
                import::let_go(app, self.run, &lease).await?;
                Err(error)
            }
        }
    }

    async fn give_up(&self, app: &App, reason: &str) -> Result<(), DbErr> {
        let message = format!("{reason}; the next import goes on from what was imported");
        import::fail(app, self.run, "GIVEN_UP", &message, None).await
    }
}

impl RunImport {
    /// What a platform's error means for the run: what may pass is tried again, what the merchant
    /// must mend ends the run with words.
    async fn stopped_by(&self, app: &App, lease: &Lease, error: PlatformError) -> Result<(), JobError> {
        let (code, state) = match &error {
            PlatformError::Unauthorized { .. } => ("CREDENTIALS_REFUSED", Some(CredentialsState::Refused)),
            PlatformError::Expired { .. } => ("CREDENTIALS_EXPIRED", Some(CredentialsState::Expired)),
            // Whoever ended the consent has noted it, and another may have been given since.
            PlatformError::ConsentNeeded { .. } => ("CONSENT_NEEDED", None),
            PlatformError::Forbidden { .. } => ("PERMISSION_MISSING", Some(CredentialsState::Forbidden)),
            PlatformError::WrongAlias { .. } => ("WRONG_ALIAS", Some(CredentialsState::Refused)),
            PlatformError::WrongAddress { .. } => ("WRONG_ADDRESS", Some(CredentialsState::Refused)),
            error if error.is_transient() => {
                import::let_go(app, self.run, lease).await?;
                return Err(error.clone().into());
            }
            _ => ("PLATFORM_REFUSED", None),
        };
        Ok(import::fail(app, self.run, code, &error.to_string(), state).await?)
    }
}

/// Why a walk stopped before its end.
pub(super) enum Stopped {
    /// Somebody cancelled the run.
    Cancelled,
    /// The run is another worker's now.
    Lost,
    /// The process is to stop; another goes on at the stored page.
    HandedBack,
    /// The platform.
    Platform(PlatformError),
    /// Anything else.
    Job(JobError),
}

impl From<PlatformError> for Stopped {
    fn from(error: PlatformError) -> Self {
        Self::Platform(error)
    }
}

impl From<DbErr> for Stopped {
    fn from(error: DbErr) -> Self {
        match error {
            DbErr::RecordNotUpdated => Self::Lost,
            error => Self::Job(error.into()),
        }
    }
}

/// Shows a sign of life, and sees whether the run is still wanted and this process may go on.
pub(super) async fn keep_hold(app: &App, context: &ImportContext, lease: &Lease) -> Result<(), Stopped> {
    if app.stopping.is_cancelled() {
        return Err(Stopped::HandedBack);
    }
    if import::renew(app, context.run.id, lease).await? {
        return Ok(());
    }
    let cancelled = import::is_cancelled(app, context.run.id).await?;
    Err(if cancelled { Stopped::Cancelled } else { Stopped::Lost })
}

/// Waits for somebody else and shows signs of life meanwhile: an answer may take longer than a lease.
///
/// Both go on together. While a sign alone were waited for, the answer's part could have been handed
/// the database's last connection without being asked to take it, and neither would ever go on.
pub(super) async fn with_signs_of_life<T>(
    app: &App,
    context: &ImportContext,
    lease: &Lease,
    answer: impl Future<Output = T>,
) -> Result<T, Stopped> {
    tokio::select! {
        done = answer => Ok(done),
        () = app.stopping.cancelled() => Err(Stopped::HandedBack),
        stopped = show_signs_of_life(app, context, lease) => Err(stopped),
    }
}

/// Shows signs of life until the run is no longer this worker's.
async fn show_signs_of_life(app: &App, context: &ImportContext, lease: &Lease) -> Stopped {
    loop {
        tokio::time::sleep(sign_of_life(lease)).await;
        if let Err(stopped) = keep_hold(app, context, lease).await {
            return stopped;
        }
    }
}

/// How long a worker may go without a sign of life.
pub(super) fn sign_of_life(lease: &Lease) -> Duration {
    lease.duration.to_std().unwrap_or(Duration::from_mins(1)) / 3
}
