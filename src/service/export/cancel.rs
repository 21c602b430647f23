use entity::export_run::{self, ExportState};
use entity::{ExportRunId, StoreId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use super::{end, open};
use crate::app::App;
use crate::db::begin;
use crate::service::audit::{self, Changes};

/// Cancels a run of a store: at once while no worker holds it, else before its next part. One that has ended stays
/// as it is. `None` when the store has no such run.
pub async fn cancel(app: &App, store: StoreId, run: ExportRunId) -> Result<Option<export_run::Model>, DbErr> {
    let now = app.clock.now();
    let own = export_run::Column::Id
        .eq(run)
        .and(export_run::Column::StoreId.eq(store));
    let txn = begin(&app.db).await?;
    let wished = export_run::Entity::update_many()
        .col_expr(export_run::Column::CancelRequestedAt, Expr::value(Some(now)))
        .filter(
            own.clone()
                .and(open())
                .and(export_run::Column::CancelRequestedAt.is_null()),
        )
        .exec(&txn)
        .await?;
    let unheld = export_run::Column::LeaseUntil
        .is_null()
        .or(export_run::Column::LeaseUntil.lt(now));
    let row = export_run::Entity::find()
        .filter(own.clone().and(open()).and(unheld))
        .one(&txn)
        .await?;
    if row.is_some() {
        end(&txn, run, ExportState::Cancelled, now, None).await?;
    }
    if wished.rows_affected == 1 {
        audit::record(&txn, app, store, ("export.cancel", run), Changes::none()).await?;
    }
    let row = export_run::Entity::find().filter(own).one(&txn).await?;
    txn.commit().await?;
    Ok(row)
}
