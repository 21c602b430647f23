use entity::export_part;
use entity::export_run;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::app::App;

/// Parts removed by one statement: some megabytes.
const BATCH: u64 = 50;

/// Removes the files that have expired, and leaves the runs: they tell that there was one.
pub async fn purge(app: &App) -> Result<(), DbErr> {
    let expired = export_run::Column::ExpiresAt
        .lt(app.clock.now())
        .and(export_run::Column::Parts.gt(0));
    loop {
        let run = export_run::Entity::find()
            .filter(expired.clone())
            .order_by_asc(export_run::Column::ExpiresAt)
            .limit(1)
            .one(&app.db)
            .await?;
        let Some(run) = run else { return Ok(()) };
        while remove_some(app, &run).await? == BATCH {}
        export_run::Entity::update_many()
            .col_expr(export_run::Column::Parts, Expr::value(0))
            .filter(export_run::Column::Id.eq(run.id))
            .exec(&app.db)
            .await?;
    }
}

async fn remove_some(app: &App, run: &export_run::Model) -> Result<u64, DbErr> {
    let its = export_part::Column::ExportRunId.eq(run.id);
    let some = Query::select()
        .column(export_part::Column::Position)
        .from(export_part::Entity)
        .and_where(its.clone())
        .limit(BATCH)
        .to_owned();
    let delete = Query::delete()
        .from_table(export_part::Entity)
        .and_where(its)
        .and_where(export_part::Column::Position.in_subquery(some))
        .to_owned();
    Ok(app.db.execute(&delete).await?.rows_affected())
}
