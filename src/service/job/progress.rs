use entity::store_job::{Column, Entity, JobState};
use entity::{Instant, JobId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, UpdateMany};

use crate::app::App;
use crate::db::begin;
use crate::queue::{Enqueue, Job, Whose, enqueue};

/// Most letters of an error that are kept.
const ERROR: usize = 1000;

/// Notes that a worker has taken a job.
pub async fn begun(app: &App, id: JobId, attempt: u32) -> Result<(), DbErr> {
    changed(app, id, JobState::Running)
        .col_expr(Column::Attempt, Expr::value(number(attempt)))
        .exec(&app.db)
        .await?;
    Ok(())
}

/// Notes that a job is done.
pub async fn done(app: &App, id: JobId) -> Result<(), DbErr> {
    changed(app, id, JobState::Done)
        .col_expr(Column::FinishedAt, Expr::value(Some(app.clock.now())))
        .exec(&app.db)
        .await?;
    Ok(())
}

/// Notes that a job was given up, and why, without personal data.
pub async fn given_up(app: &App, id: JobId, reason: &str) -> Result<(), DbErr> {
    changed(app, id, JobState::Failed)
        .col_expr(Column::Error, Expr::value(Some(kept(reason))))
        .col_expr(Column::FinishedAt, Expr::value(Some(app.clock.now())))
        .exec(&app.db)
        .await?;
    Ok(())
}

/// Writes the next attempt of a job, and with it why there is one; none: the process is stopping.
pub async fn put_off<J: Job>(app: &App, next: Enqueue<J>, reason: Option<&str>) -> Result<(), DbErr> {
    let Whose::Again(id) = next.whose else {
        return enqueue(&app.db, app, next).await;
    };
    let (attempt, run_at): (u32, Instant) = (next.attempt, next.run_at);
    let txn = begin(&app.db).await?;
    enqueue(&txn, app, next).await?;
    let mut waits = changed(app, id, JobState::Waiting)
        .col_expr(Column::Attempt, Expr::value(number(attempt)))
        .col_expr(Column::RunAt, Expr::value(run_at));
    if let Some(reason) = reason {
        waits = waits.col_expr(Column::Error, Expr::value(Some(kept(reason))));
    }
    waits.exec(&txn).await?;
    txn.commit().await
}

fn changed(app: &App, id: JobId, state: JobState) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::UpdatedAt, Expr::value(app.clock.now()))
        .filter(Column::Id.eq(id))
}

fn number(attempt: u32) -> i32 {
    i32::try_from(attempt).unwrap_or(i32::MAX)
}

/// As much of a reason as is kept, without what a database does not take.
fn kept(reason: &str) -> String {
    reason.chars().filter(|letter| *letter != '\0').take(ERROR).collect()
}
