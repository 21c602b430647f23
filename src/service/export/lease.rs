//! A worker's hold on a run: while it is renewed, no other worker touches the run.

use chrono::TimeDelta;
use entity::export_run::{self, ExportState};
use entity::{ExportRunId, Instant};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect, UpdateMany};

use super::{end, open, remove_parts};
use crate::app::App;
use crate::db::begin;
use crate::queue::{Enqueue, RunExport, Whose, enqueue};

/// How long a hold lasts without sign of life.
pub(super) fn lasts(app: &App) -> TimeDelta {
    TimeDelta::seconds(app.config.jobs.lease_seconds.into())
}

/// Takes a run; none when it has ended, is not wanted, or is another's.
pub(super) async fn take(app: &App, run: ExportRunId, holder: &str) -> Result<Option<export_run::Model>, DbErr> {
    let now = app.clock.now();
    let free = export_run::Column::LeaseUntil
        .is_null()
        .or(export_run::Column::LeaseUntil.lt(now));
    let started = Expr::col(export_run::Column::StartedAt).if_null(now);
    let txn = begin(&app.db).await?;
    let taken = export_run::Entity::update_many()
        .col_expr(export_run::Column::State, Expr::value(ExportState::Running))
        .col_expr(export_run::Column::LeaseHolder, Expr::value(Some(holder)))
        .col_expr(export_run::Column::LeaseUntil, Expr::value(Some(now + lasts(app))))
        .col_expr(export_run::Column::StartedAt, started)
        .col_expr(export_run::Column::Done, Expr::value(0))
        .col_expr(export_run::Column::Bytes, Expr::value(0))
        .col_expr(export_run::Column::PackedBytes, Expr::value(0))
        .col_expr(export_run::Column::Parts, Expr::value(0))
        .filter(export_run::Column::Id.eq(run).and(open()).and(free))
        .exec(&txn)
        .await?;
    if taken.rows_affected == 0 {
        return Ok(None);
    }
    // Of one who had it before, and saw another state.
    remove_parts(&txn, run).await?;
    let row = export_run::Entity::find_by_id(run).one(&txn).await?;
    txn.commit().await?;
    Ok(row)
}

/// A change of a run that goes through only while the run is this worker's, and wanted.
pub(super) fn while_held(app: &App, run: ExportRunId, holder: &str) -> UpdateMany<export_run::Entity> {
    let mine = export_run::Column::Id
        .eq(run)
        .and(export_run::Column::State.eq(ExportState::Running))
        .and(export_run::Column::LeaseHolder.eq(holder))
        .and(export_run::Column::CancelRequestedAt.is_null());
    let until = app.clock.now() + lasts(app);
    export_run::Entity::update_many()
        .col_expr(export_run::Column::LeaseUntil, Expr::value(Some(until)))
        .filter(mine)
}

/// Lets a run go, so that whoever is next need not wait for the lease to run out.
pub async fn let_go(app: &App, run: ExportRunId, holder: &str) -> Result<(), DbErr> {
    let mine = export_run::Column::Id
        .eq(run)
        .and(export_run::Column::LeaseHolder.eq(holder));
    export_run::Entity::update_many()
        .col_expr(export_run::Column::LeaseUntil, Expr::value(Option::<Instant>::None))
        .filter(mine)
        .exec(&app.db)
        .await?;
    Ok(())
}

/// Ends a run that cannot be written, with the reason for whoever asked for it.
pub async fn give_up(app: &App, run: ExportRunId, reason: &str) -> Result<(), DbErr> {
    let txn = begin(&app.db).await?;
    end(&txn, run, ExportState::Failed, app.clock.now(), Some(reason)).await?;
    txn.commit().await
}

/// Enqueues runs again whose worker gave no sign of life, so that they are written even if their job's row was lost
/// with its worker. The key names the lease that ran out: one job for each loss.
pub async fn wake_abandoned(app: &App) -> Result<(), DbErr> {
    let lost = export_run::Column::State
        .eq(ExportState::Running)
        .and(export_run::Column::LeaseUntil.lt(app.clock.now()));
    for run in export_run::Entity::find().filter(lost).limit(100).all(&app.db).await? {
        let lease = run.lease_until.map_or(0, |until| until.timestamp_millis());
        let job = Enqueue::now(
            app,
            Whose::of(run.store_id, run.id),
            RunExport { run: run.id },
            format!("{}:{lease}", run.id),
        );
        enqueue(&app.db, app, job).await?;
    }
    Ok(())
}
