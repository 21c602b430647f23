use chrono::TimeDelta;
use entity::import_run::{self, ImportPhase};
use entity::{Instant, integration};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use super::{ImportContext, Lease};
use crate::app::App;
use crate::db::begin;

/// Decides how far back a phase goes, once: a run that resumes keeps its window, or its page tokens
/// would mean other pages.
pub async fn begin_phase(app: &App, context: &mut ImportContext, lease: &Lease) -> Result<(), DbErr> {
    if context.run.since.is_some() {
        return Ok(());
    }
    let now = app.clock.now();
    let cursor = match context.run.phase {
        ImportPhase::Customers => context.integration.customers_cursor,
        ImportPhase::Orders => context.integration.orders_cursor,
        ImportPhase::Feed => None,
    };
    let import = &app.config.import;
    let deep_is_due = context
        .integration
        .deep_import_at
        .is_none_or(|last| now - last >= TimeDelta::days(1));
    let (since, by_creation) = match cursor {
        None => (now - TimeDelta::days(context.integration.import_days_back.into()), true),
        Some(cursor) if deep_is_due => (
            std::cmp::min(cursor, now) - TimeDelta::days(import.deep_days.into()),
            false,
        ),
        Some(cursor) => (cursor - TimeDelta::minutes(import.overlap_minutes.into()), false),
    };
    let txn = begin(&app.db).await?;
    write(&txn, context, lease, since, by_creation).await?;
    // The sales come last: with them the deep import of this day is under way.
    if deep_is_due && context.run.phase == ImportPhase::Orders {
        integration::Entity::update_many()
            .col_expr(integration::Column::DeepImportAt, Expr::value(Some(now)))
            .filter(integration::Column::Id.eq(context.integration.id))
            .exec(&txn)
            .await?;
    }
    txn.commit().await?;
    context.run.since = Some(since);
    context.run.by_creation = by_creation;
    Ok(())
}

async fn write(
    db: &impl sea_orm::ConnectionTrait,
    context: &ImportContext,
    lease: &Lease,
    since: Instant,
    by_creation: bool,
) -> Result<(), DbErr> {
    let mine = import_run::Column::Id
        .eq(context.run.id)
        .and(import_run::Column::LeaseHolder.eq(&lease.holder));
    let updated = import_run::Entity::update_many()
        .col_expr(import_run::Column::Since, Expr::value(Some(since)))
        .col_expr(import_run::Column::ByCreation, Expr::value(by_creation))
        .filter(mine)
        .exec(db)
        .await?;
    if updated.rows_affected == 1 {
        Ok(())
    } else {
        Err(DbErr::RecordNotUpdated)
    }
}

/// Brings the context to a phase that [`super::finish_phase`] has written.
pub async fn enter_phase(app: &App, context: &mut ImportContext, phase: ImportPhase) -> Result<(), DbErr> {
    let row = import_run::Entity::find_by_id(context.run.id).one(&app.db).await?;
    if let Some(row) = row {
        context.run = row;
    }
    context.run.phase = phase;
    Ok(())
}
