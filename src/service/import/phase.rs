use chrono::TimeDelta;
use entity::import_run::{self, ImportPhase};
use entity::{Instant, IntegrationId, integration, order};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect, Select};

use super::{ImportContext, Lease};
use crate::app::App;
use crate::db::begin;
use crate::service::order::DETAIL_PATIENCE;

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
        _ => None,
    };
    let import = &app.config.import;
    let overlap = TimeDelta::minutes(import.overlap_minutes.into());
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
        Some(cursor) => (cursor - overlap, false),
    };
    let unfinished = match context.run.phase {
        ImportPhase::Orders if !by_creation => oldest_unfinished(&app.db, context.integration.id, now).await?,
        _ => None,
    };
    let since = unfinished.map_or(since, |changed| std::cmp::min(since, changed - overlap));
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

/// When the oldest of the orders changed whose detail could not be had. They are read again until it
/// can, for as long as their points may wait for it and once more, also when they lie before the window.
async fn oldest_unfinished(
    db: &impl ConnectionTrait,
    integration: IntegrationId,
    now: Instant,
) -> Result<Option<Instant>, DbErr> {
    let changed = Expr::col(order::Column::ChangedAt).if_null(Expr::col(order::Column::PlacedAt));
    let oldest: Option<Option<Instant>> = unfinished(integration, now - DETAIL_PATIENCE * 2)
        .select_only()
        .column_as(changed.min(), "oldest")
        .into_tuple()
        .one(db)
        .await?;
    Ok(oldest.flatten())
}

/// Orders whose detail is still to be read, first seen or changed since.
fn unfinished(integration: IntegrationId, since: Instant) -> Select<order::Entity> {
    let recent = order::Column::CreatedAt
        .gt(since)
        .or(order::Column::ChangedAt.gt(since));
    order::Entity::unfinished().filter(order::Column::IntegrationId.eq(integration).and(recent))
}

async fn write(
    db: &impl ConnectionTrait,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::plans::plan;

    #[tokio::test]
    async fn orders_without_their_detail_are_found_by_the_index_of_just_these() {
        let query = unfinished(IntegrationId(uuid::Uuid::nil()), Instant::UNIX_EPOCH);
        let found = plan(query).await;
        assert_eq!(
            found,
            ["SEARCH orders USING INDEX orders_unfinished (integration_id=?)"]
        );
    }
}
