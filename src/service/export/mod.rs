//! Exports: a list written to a file, from one state of the database, however long that takes.
//!
//! The file is in the database, in parts: processes have no disk in common, and what is written with the
//! run's progress is there or not there together with it. The rows are read in one transaction that only
//! reads, on a connection of its own, and written part by part in short ones, so that memory holds one part.
//! A worker that dies leaves a lease that runs out; who takes the run over begins anew, as the state that the
//! first one saw is gone. What a list is and which values its rows have, the API knows (`app::Lists`).
//! Called by the API (start, cancel, tell), the worker (write) and whoever serves files ([`File`]).

mod cancel;
mod file;
mod format;
mod lease;
mod purge;
mod start;
mod write;

pub use cancel::cancel;
pub use file::{File, Part, of_ticket, part_with, ticket};
pub use lease::{give_up, let_go, wake_abandoned};
pub use purge::purge;
pub use start::{MOST, NewExport, StartError, start};
pub use write::{WriteError, Written, write};

use chrono::TimeDelta;
use entity::export_run::{self, ExportState};
use entity::{ExportRunId, export_part};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

/// How long a file is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// That nothing final has happened to a run.
fn open() -> Expr {
    export_run::Column::State.is_in([ExportState::Queued, ExportState::Running])
}

async fn remove_parts(db: &impl ConnectionTrait, run: ExportRunId) -> Result<(), DbErr> {
    export_part::Entity::delete_many()
        .filter(export_part::Column::ExportRunId.eq(run))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends an open run that has no file; false when it had ended.
async fn end(
    db: &impl ConnectionTrait,
    run: ExportRunId,
    state: ExportState,
    now: entity::Instant,
    message: Option<&str>,
) -> Result<bool, DbErr> {
    let ended = export_run::Entity::update_many()
        .col_expr(export_run::Column::State, Expr::value(state))
        .col_expr(export_run::Column::FinishedAt, Expr::value(Some(now)))
        .col_expr(export_run::Column::Parts, Expr::value(0))
        .col_expr(
            export_run::Column::ErrorMessage,
            Expr::value(message.map(ToOwned::to_owned)),
        )
        .filter(export_run::Column::Id.eq(run).and(open()))
        .exec(db)
        .await?;
    if ended.rows_affected == 0 {
        return Ok(false);
    }
    remove_parts(db, run).await?;
    Ok(true)
}
