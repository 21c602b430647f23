//! What the worker needs of a file that is imported.

use entity::{Instant, import_run, store, upload, upload_part};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use super::read::{FileLimits, Judge};
use crate::app::App;
use crate::service::import::Lease;

/// How much of a file is read.
pub fn limits(app: &App) -> FileLimits {
    FileLimits {
        bytes: app.config.uploads.max_unpacked_bytes,
        lines: app.config.uploads.max_lines,
    }
}

/// What the sales of a store's file are judged by.
pub(super) fn judge(store: &store::Model, now: Instant) -> Judge {
    Judge {
        zone: store.time_zone.parse().unwrap_or(chrono_tz::America::Sao_Paulo),
        currency: store.currency.clone(),
        now,
    }
}

/// The file of a run, and what its sales are judged by: the same whenever the run goes on. None when the file is gone.
pub async fn of_run(app: &App, run: &import_run::Model) -> Result<Option<(upload::Model, Judge)>, DbErr> {
    let Some(id) = run.upload_id else { return Ok(None) };
    let upload = upload::Entity::find_by_id(id).one(&app.db).await?;
    let store = store::Entity::find_by_id(run.store_id).one(&app.db).await?;
    Ok(upload
        .zip(store)
        .map(|(upload, store)| (upload, judge(&store, run.created_at))))
}

/// A part of a file; none after the last, and for a file that did not come.
pub async fn part(app: &App, upload: &upload::Model, position: i32) -> Result<Option<Vec<u8>>, DbErr> {
    let Some(file) = upload.file.filter(|_| position < upload.parts) else {
        return Ok(None);
    };
    let part = upload_part::Entity::find_by_id((upload.id, file, position))
        .one(&app.db)
        .await?;
    let part = part.ok_or_else(|| DbErr::RecordNotFound(format!("part {position} of {}", upload.id)))?;
    Ok(Some(part.content))
}

/// Notes how many lines a run has, once its file is known to be whole.
pub async fn survey_done(app: &App, run: &import_run::Model, lease: &Lease, lines: u64) -> Result<(), DbErr> {
    let mine = import_run::Column::Id
        .eq(run.id)
        .and(import_run::Column::LeaseHolder.eq(&lease.holder));
    let total = i64::try_from(lines).unwrap_or(i64::MAX);
    let noted = import_run::Entity::update_many()
        .col_expr(import_run::Column::Total, Expr::value(Some(total)))
        .filter(mine)
        .exec(&app.db)
        .await?;
    if noted.rows_affected == 1 {
        Ok(())
    } else {
        Err(DbErr::RecordNotUpdated)
    }
}
