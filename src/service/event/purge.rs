use chrono::TimeDelta;
use entity::event::{self, Column};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use crate::app::App;

/// Events looked at with one statement.
const AT_ONCE: u64 = 5_000;
/// Statements of one run; the next goes on.
const BATCHES: usize = 100;

/// Removes events that are older than the days that they are kept, the oldest first, in short statements.
pub async fn purge(app: &App) -> Result<(), DbErr> {
    let before = app.clock.now() - TimeDelta::days(app.config.events.keep_days.into());
    for _ in 0..BATCHES {
        // By the primary key, which goes with time: no index on the time is needed.
        let oldest = event::Entity::find()
            .select_only()
            .column(Column::Id)
            .order_by_asc(Column::Id)
            .limit(AT_ONCE)
            .into_query();
        let removed = event::Entity::delete_many()
            .filter(Column::Id.in_subquery(oldest))
            .filter(Column::CreatedAt.lt(before))
            .exec(&app.db)
            .await?;
        if removed.rows_affected < AT_ONCE {
            return Ok(());
        }
    }
    Ok(())
}
