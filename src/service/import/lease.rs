use chrono::TimeDelta;
use entity::ImportRunId;
use entity::event::EventKind;
use entity::import_run::{self, ImportState};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use crate::app::App;
use crate::db::begin;
use crate::service::event::{self, Origin};

/// A worker's hold on a run. While it is renewed, no other worker touches the run; after it ran
/// out, because the process died or hung, another goes on at the stored page.
#[derive(Debug, Clone)]
pub struct Lease {
    /// Who holds it.
    pub holder: String,
    /// How long it lasts without sign of life.
    pub duration: TimeDelta,
}

/// Why a run cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// The run has ended.
    #[error("the run has ended")]
    Ended,
    /// Another worker is at it.
    #[error("another worker is at this run")]
    Held,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Takes a run: it becomes `running`, and this worker's.
pub async fn take(app: &App, run: ImportRunId, holder: String) -> Result<(import_run::Model, Lease), LeaseError> {
    let now = app.clock.now();
    let duration = TimeDelta::seconds(app.config.jobs.lease_seconds.into());
    let free = import_run::Column::LeaseUntil
        .is_null()
        .or(import_run::Column::LeaseUntil.lt(now))
        .or(import_run::Column::LeaseHolder.eq(&holder));
    let open = import_run::Column::State.is_in([ImportState::Queued, ImportState::Running]);
    let started = Expr::col(import_run::Column::StartedAt).if_null(now);
    let txn = begin(&app.db).await?;
    let taken = import_run::Entity::update_many()
        .col_expr(import_run::Column::State, Expr::value(ImportState::Running))
        .col_expr(import_run::Column::LeaseHolder, Expr::value(&holder))
        .col_expr(import_run::Column::LeaseUntil, Expr::value(now + duration))
        .col_expr(import_run::Column::StartedAt, started)
        .filter(import_run::Column::Id.eq(run).and(open).and(free))
        .exec(&txn)
        .await?;
    let row = import_run::Entity::find_by_id(run)
        .one(&txn)
        .await?
        .ok_or(LeaseError::Ended)?;
    if taken.rows_affected == 0 {
        return Err(if row.state.is_final() {
            LeaseError::Ended
        } else {
            LeaseError::Held
        });
    }
    let started = (EventKind::ImportStarted, row.id.0);
    event::write(&txn, &Origin::work(row.store_id, now), [started]).await?;
    txn.commit().await?;
    Ok((row, Lease { holder, duration }))
}

/// Shows that the worker is still at it; false when the run is no longer its, or was cancelled.
pub async fn renew(app: &App, run: ImportRunId, lease: &Lease) -> Result<bool, DbErr> {
    let mine = import_run::Column::Id
        .eq(run)
        .and(import_run::Column::LeaseHolder.eq(&lease.holder))
        .and(import_run::Column::State.eq(ImportState::Running))
        .and(import_run::Column::CancelRequestedAt.is_null());
    let renewed = import_run::Entity::update_many()
        .col_expr(
            import_run::Column::LeaseUntil,
            Expr::value(app.clock.now() + lease.duration),
        )
        .filter(mine)
        .exec(&app.db)
        .await?;
    Ok(renewed.rows_affected == 1)
}

/// Lets a run go, so that its next attempt need not wait for the lease to run out.
pub async fn let_go(app: &App, run: ImportRunId, lease: &Lease) -> Result<(), DbErr> {
    let mine = import_run::Column::Id
        .eq(run)
        .and(import_run::Column::LeaseHolder.eq(&lease.holder));
    import_run::Entity::update_many()
        .col_expr(
            import_run::Column::LeaseUntil,
            Expr::value(Option::<entity::Instant>::None),
        )
        .filter(mine)
        .exec(&app.db)
        .await?;
    Ok(())
}

/// Whether somebody asked for the run to be cancelled, and it has not ended.
pub async fn is_cancelled(app: &App, run: ImportRunId) -> Result<bool, DbErr> {
    let row = import_run::Entity::find_by_id(run).one(&app.db).await?;
    Ok(row.is_some_and(|row| row.cancel_requested_at.is_some() && !row.state.is_final()))
}
