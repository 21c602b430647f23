//! Files that have served are removed: a day after their import has ended, or, where nobody imported them, a day
//! after they were asked for.

use entity::import_run::{self, ImportState};
use entity::{Instant, UploadId, import_run as run, upload, upload_part};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::upload::{KEPT, runs};
use crate::app::App;
use crate::db::begin;

/// Files removed at once; each may have a hundred parts.
const BATCH: u64 = 10;
/// How often, before others have their turn.
const BATCHES: u32 = 20;

/// Removes files that have served, a few with each transaction. Any number of processes may do so at once.
pub async fn purge(app: &App) -> Result<(), DbErr> {
    for _ in 0..BATCHES {
        let txn = begin(&app.db).await?;
        let served: Vec<UploadId> = served(app.clock.now())
            .select_only()
            .column(upload::Column::Id)
            .into_tuple()
            .all(&txn)
            .await?;
        if served.is_empty() {
            return Ok(());
        }
        upload_part::Entity::delete_many()
            .filter(upload_part::Column::UploadId.is_in(served.clone()))
            .exec(&txn)
            .await?;
        upload::Entity::delete_many()
            .filter(upload::Column::Id.is_in(served))
            .exec(&txn)
            .await?;
        txn.commit().await?;
    }
    Ok(())
}

fn served(now: Instant) -> Select<upload::Entity> {
    let open = Expr::col((run::Entity, import_run::Column::State)).is_in([ImportState::Queued, ImportState::Running]);
    let ended_lately = Expr::col((run::Entity, import_run::Column::FinishedAt)).gte(now - KEPT);
    let mut wanted = runs();
    wanted.and_where(open.or(ended_lately));
    upload::Entity::find()
        .filter(upload::Column::CreatedAt.lt(now - KEPT))
        .filter(Expr::exists(wanted).not())
        .order_by_asc(upload::Column::CreatedAt)
        .limit(BATCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::plans::plan;

    #[tokio::test]
    async fn files_that_have_served_are_found_by_their_age() {
        let found = plan(served(Instant::UNIX_EPOCH)).await;
        assert_eq!(
            found[0],
            "SEARCH uploads USING INDEX uploads_by_created_at (created_at<?)"
        );
        assert!(
            found.iter().any(|step| step.contains("import_runs_by_upload_id")),
            "{found:?}"
        );
    }
}
