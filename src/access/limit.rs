//! Limits on attempts, counted in the database: they hold for all processes together.

use chrono::TimeDelta;
use entity::attempt_count::{Column, Entity, Model};
use sea_orm::sea_query::{CaseStatement, Expr, OnConflict};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel};

use crate::app::App;
use crate::secrets::sha256_hex;

/// Counts an attempt at something for somebody; false when there were more than `most` within `period`, which
/// begins with the first. Whom it is for is kept as a hash only.
pub async fn admit(app: &App, what: &str, whom: &str, most: u32, period: TimeDelta) -> Result<bool, DbErr> {
    let now = app.clock.now();
    let row = Model {
        key: sha256_hex(format!("{what}\n{whom}")),
        since: now,
        seen: 1,
    };
    let still = |then: Expr, otherwise: Expr| {
        CaseStatement::new()
            .case(Column::Since.into_expr().gt(now - period), then)
            .finally(otherwise)
    };
    let column = |column: Column| Expr::col((Entity, column));
    let count = OnConflict::column(Column::Key)
        .value(Column::Seen, still(column(Column::Seen).add(1), Expr::value(1)))
        .value(Column::Since, still(column(Column::Since), Expr::value(now)))
        .to_owned();
    let row = Entity::insert(row.into_active_model())
        .on_conflict(count)
        .exec_with_returning(&app.db)
        .await?;
    Ok(row.seen <= most.into())
}
