use chrono::TimeDelta;
use entity::import_run::{self, ImportKind, ImportPhase, ImportState, ImportTrigger};
use entity::integration::{self, CredentialsState};
use entity::{ImportRunId, Instant, IntegrationId, StoreId, UploadId};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait,
    IntoActiveModel, QueryFilter, QuerySelect,
};

use crate::app::App;
use crate::db::begin;
use crate::platform::Kind;
use crate::queue::{Enqueue, RunImport, Whose, enqueue};
use crate::service::audit::{self, Changes};
use crate::service::reconcile::first_phase;

/// Why an import cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no such integration in the store.
    #[error("there is no such integration")]
    NotFound,
    /// The integration is off.
    #[error("the integration is not active; activate it first")]
    NotActive,
    /// Neither customers nor sales are registered.
    #[error("neither customers nor sales are registered; switch one of them on first")]
    NothingToImport,
    /// There is nobody to be asked.
    #[error(
        "its sales are pushed in with registerSales, or sent in a file with importSales; there is nothing to import"
    )]
    Pushed,
    /// The platform shows nothing that could be compared.
    #[error(
        "there is nothing to compare: no import of sales has succeeded yet, and the platform does not list its coupons"
    )]
    NothingToCompare,
    /// There is no feed.
    #[error("the integration has no Google Shopping address; fill it in first")]
    NoFeed,
    /// One is under way.
    #[error("an import of this integration is under way")]
    UnderWay(Box<import_run::Model>),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Starts an import by hand.
pub async fn start(
    app: &App,
    store: StoreId,
    integration: IntegrationId,
    kind: ImportKind,
    trigger: ImportTrigger,
) -> Result<import_run::Model, StartError> {
    start_since(app, (store, integration), kind, trigger, None).await
}

async fn start_since(
    app: &App,
    (store, integration): (StoreId, IntegrationId),
    kind: ImportKind,
    trigger: ImportTrigger,
    since: Option<Instant>,
) -> Result<import_run::Model, StartError> {
    let txn = begin(&app.db).await?;
    // Held, so that nobody else begins one between the look and the start.
    let integration = integration::Entity::in_store(store)
        .filter(integration::Column::Id.eq(integration))
        .lock(LockType::NoKeyUpdate)
        .one(&txn)
        .await?
        .ok_or(StartError::NotFound)?;
    check(&integration, kind)?;
    if let Some(run) = under_way(&txn, integration.id, kind).await? {
        return Err(StartError::UnderWay(Box::new(run)));
    }
    let mut run = write(&txn, app, &integration, NewRun::of_shop(app, kind, trigger)).await?;
    if since.is_some() {
        run.since = since;
        import_run::Entity::update_many()
            .col_expr(import_run::Column::Since, Expr::value(since))
            .filter(import_run::Column::Id.eq(run.id))
            .exec(&txn)
            .await?;
    }
    audit::record(&txn, app, store, ("import.start", run.id), Changes::none()).await?;
    txn.commit().await?;
    Ok(run)
}

/// Starts a comparison of a shop with the books, of sales since an instant.
pub async fn start_reconciliation(
    app: &App,
    store: StoreId,
    integration: IntegrationId,
    since: Instant,
) -> Result<import_run::Model, StartError> {
    start_since(
        app,
        (store, integration),
        ImportKind::Reconciliation,
        ImportTrigger::Manual,
        Some(since),
    )
    .await
}

/// A run that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct NewRun {
    /// Its id.
    pub id: ImportRunId,
    /// What is imported.
    pub kind: ImportKind,
    /// What starts it.
    pub trigger: ImportTrigger,
    /// The file that it reads, if it reads one.
    pub upload: Option<UploadId>,
}

impl NewRun {
    fn of_shop(app: &App, kind: ImportKind, trigger: ImportTrigger) -> Self {
        Self {
            id: app.id(),
            kind,
            trigger,
            upload: None,
        }
    }
}

/// Starts the import of a file inside its caller's transaction, which has seen that the integration takes it.
pub async fn start_of_file(
    db: &DatabaseTransaction,
    app: &App,
    integration: &integration::Model,
    asked: NewRun,
) -> Result<import_run::Model, StartError> {
    // Held, so that nobody else begins one between the look and the start.
    integration::Entity::find_by_id(integration.id)
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?;
    if let Some(run) = under_way(db, integration.id, asked.kind).await? {
        return Err(StartError::UnderWay(Box::new(run)));
    }
    Ok(write(db, app, integration, asked).await?)
}

/// Starts an import inside its caller's transaction; one that is under way already has to do.
pub async fn start_unless_under_way(
    db: &impl ConnectionTrait,
    app: &App,
    integration: &integration::Model,
    kind: ImportKind,
    trigger: ImportTrigger,
) -> Result<(), DbErr> {
    if under_way(db, integration.id, kind).await?.is_none() {
        write(db, app, integration, NewRun::of_shop(app, kind, trigger)).await?;
    }
    Ok(())
}

fn check(integration: &integration::Model, kind: ImportKind) -> Result<(), StartError> {
    match kind {
        _ if integration.platform.parse().is_ok_and(Kind::is_pushed) => Err(StartError::Pushed),
        ImportKind::Shop | ImportKind::Coupons | ImportKind::Reconciliation if !integration.active => {
            Err(StartError::NotActive)
        }
        ImportKind::Shop if !integration.register_customers && !integration.register_sales => {
            Err(StartError::NothingToImport)
        }
        ImportKind::Catalogue if integration.feed_url.is_none() => Err(StartError::NoFeed),
        ImportKind::SalesFile | ImportKind::CodesFile => Err(StartError::Pushed),
        ImportKind::Coupons | ImportKind::Reconciliation if first_phase(integration, kind).is_none() => {
            Err(StartError::NothingToCompare)
        }
        ImportKind::Shop | ImportKind::Catalogue | ImportKind::Coupons | ImportKind::Reconciliation => Ok(()),
    }
}

async fn under_way(
    db: &impl ConnectionTrait,
    integration: IntegrationId,
    kind: ImportKind,
) -> Result<Option<import_run::Model>, DbErr> {
    let open = import_run::Column::State.is_in([ImportState::Queued, ImportState::Running]);
    let own = import_run::Column::IntegrationId
        .eq(integration)
        .and(import_run::Column::Kind.eq(kind));
    import_run::Entity::find().filter(own.and(open)).one(db).await
}

/// Writes a run and its job. A unique index lets only one be open per integration and kind.
async fn write(
    db: &impl ConnectionTrait,
    app: &App,
    integration: &integration::Model,
    asked: NewRun,
) -> Result<import_run::Model, DbErr> {
    let now = app.clock.now();
    let phase = match asked.kind {
        ImportKind::SalesFile | ImportKind::CodesFile => ImportPhase::File,
        ImportKind::Catalogue => ImportPhase::Feed,
        ImportKind::Shop if integration.register_customers => ImportPhase::Customers,
        ImportKind::Shop => ImportPhase::Orders,
        // Checked before.
        ImportKind::Coupons | ImportKind::Reconciliation => {
            first_phase(integration, asked.kind).unwrap_or(ImportPhase::Coupons)
        }
    };
    let run = import_run::Model {
        id: asked.id,
        store_id: integration.store_id,
        integration_id: integration.id,
        kind: asked.kind,
        trigger: asked.trigger,
        state: ImportState::Queued,
        phase,
        upload_id: asked.upload,
        since: None,
        by_creation: false,
        page_token: None,
        total: None,
        phase_offset: 0,
        done: 0,
        created: 0,
        updated: 0,
        unchanged: 0,
        gone: 0,
        rejected: 0,
        newest_change: None,
        lag_seconds: None,
        lease_until: None,
        lease_holder: None,
        cancel_requested_at: None,
        error_code: None,
        error_message: None,
        created_at: now,
        started_at: None,
        finished_at: None,
    };
    run.clone().into_active_model().reset_all().insert(db).await?;
    let due = match asked.kind {
        ImportKind::Shop => Some(integration::Column::ImportDueAt),
        ImportKind::Catalogue => Some(integration::Column::CatalogueDueAt),
        ImportKind::SalesFile | ImportKind::CodesFile | ImportKind::Coupons | ImportKind::Reconciliation => None,
    };
    if let Some(due) = due {
        integration::Entity::update_many()
            .col_expr(due, Expr::value(now + period(app, asked.kind)))
            .filter(integration::Column::Id.eq(integration.id))
            .exec(db)
            .await?;
    }
    enqueue(
        db,
        app,
        Enqueue::now(
            app,
            Whose::of(run.store_id, run.id),
            RunImport { run: run.id },
            run.id.to_string(),
        ),
    )
    .await?;
    Ok(run)
}

fn period(app: &App, kind: ImportKind) -> TimeDelta {
    match kind {
        ImportKind::Shop
        | ImportKind::SalesFile
        | ImportKind::CodesFile
        | ImportKind::Coupons
        | ImportKind::Reconciliation => TimeDelta::minutes(app.config.import.every_minutes.into()),
        ImportKind::Catalogue => TimeDelta::hours(app.config.import.catalogue_every_hours.into()),
    }
}

/// Starts the imports that are due, for the schedule. Any number of processes may do so at once.
pub async fn start_due(app: &App) -> Result<u32, DbErr> {
    let now = app.clock.now();
    let mut started = 0;
    for (kind, due) in [
        (ImportKind::Shop, integration::Column::ImportDueAt),
        (ImportKind::Catalogue, integration::Column::CatalogueDueAt),
    ] {
        let ready = integration::Column::Active.eq(true).and(due.lte(now)).and(
            integration::Column::CredentialsState
                .is_not_in([CredentialsState::Refused, CredentialsState::AwaitingConsent]),
        );
        let found = integration::Entity::find()
            .filter(ready)
            .limit(100)
            .all(&app.db)
            .await?;
        for integration in found {
            match start(app, integration.store_id, integration.id, kind, ImportTrigger::Schedule).await {
                Ok(_) => started += 1,
                // Nothing to do now, or done by another process: look again a period later.
                Err(
                    StartError::UnderWay(_)
                    | StartError::NothingToImport
                    | StartError::NothingToCompare
                    | StartError::NoFeed
                    | StartError::Pushed,
                ) => {
                    integration::Entity::update_many()
                        .col_expr(due, Expr::value(now + period(app, kind)))
                        .filter(integration::Column::Id.eq(integration.id).and(due.lte(now)))
                        .exec(&app.db)
                        .await?;
                }
                Err(StartError::NotFound | StartError::NotActive) => {}
                Err(StartError::Database(error)) => return Err(error),
            }
        }
    }
    Ok(started)
}

/// Enqueues runs again whose worker gave no sign of life, so that they go on even if their job's
/// row was lost with its worker. The key names the lease that ran out: one job for each loss.
pub async fn wake_abandoned(app: &App) -> Result<(), DbErr> {
    let now: Instant = app.clock.now();
    let lost = import_run::Column::State
        .eq(ImportState::Running)
        .and(import_run::Column::LeaseUntil.lt(now));
    for run in import_run::Entity::find().filter(lost).limit(100).all(&app.db).await? {
        let lease = run.lease_until.map_or(0, |until| until.timestamp_millis());
        enqueue(
            &app.db,
            app,
            Enqueue::now(
                app,
                Whose::of(run.store_id, run.id),
                RunImport { run: run.id },
                format!("{}:{lease}", run.id),
            ),
        )
        .await?;
    }
    Ok(())
}
