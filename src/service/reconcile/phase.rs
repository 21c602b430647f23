use entity::difference::{self, DifferenceState};
use entity::event::EventKind;
use entity::import_run::{self, ImportKind, ImportPhase, ImportState};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use super::first_phase;
use crate::app::App;
use crate::db::begin;
use crate::service::event::{self, Origin};
use crate::service::import::{ImportContext, Lease};

/// The phase after the current one, if any.
pub fn next_phase(context: &ImportContext) -> Option<ImportPhase> {
    match context.run.phase {
        ImportPhase::Orders => Some(ImportPhase::MissingOrders),
        ImportPhase::MissingOrders => first_phase(&context.integration, ImportKind::Coupons),
        ImportPhase::Coupons => Some(ImportPhase::MissingCoupons),
        ImportPhase::MissingCoupons | ImportPhase::Customers | ImportPhase::Feed | ImportPhase::File => None,
    }
}

/// Ends a phase: the run goes to the next, or succeeds. What earlier runs left open is then obsolete: this one has looked
/// since, and has told of what is still so.
pub async fn finish(app: &App, context: &ImportContext, lease: &Lease) -> Result<Option<ImportPhase>, DbErr> {
    let now = app.clock.now();
    let next = next_phase(context);
    let txn = begin(&app.db).await?;
    let mut update = import_run::Entity::update_many()
        .col_expr(import_run::Column::PageToken, Expr::value(Option::<String>::None))
        .col_expr(import_run::Column::PhaseOffset, Expr::col(import_run::Column::Done));
    update = match next {
        Some(phase) => update.col_expr(import_run::Column::Phase, Expr::value(phase)),
        None => update
            .col_expr(import_run::Column::State, Expr::value(ImportState::Succeeded))
            .col_expr(import_run::Column::Total, Expr::col(import_run::Column::Done))
            .col_expr(import_run::Column::FinishedAt, Expr::value(Some(now))),
    };
    let mine = import_run::Column::Id
        .eq(context.run.id)
        .and(import_run::Column::LeaseHolder.eq(&lease.holder))
        .and(import_run::Column::State.eq(ImportState::Running));
    if update.filter(mine).exec(&txn).await?.rows_affected == 0 {
        return Err(DbErr::RecordNotUpdated);
    }
    if next.is_none() && context.run.kind == ImportKind::Reconciliation {
        supersede(&txn, context, now).await?;
    }
    let happened = match next {
        Some(_) => EventKind::ImportProgressed,
        None => EventKind::ImportFinished,
    };
    let origin = Origin::work(context.run.store_id, now);
    event::write(&txn, &origin, [(happened, context.run.id.0)]).await?;
    txn.commit().await?;
    Ok(next)
}

async fn supersede(db: &impl ConnectionTrait, context: &ImportContext, now: entity::Instant) -> Result<(), DbErr> {
    let earlier = difference::Column::IntegrationId
        .eq(context.integration.id)
        .and(difference::Column::ImportRunId.ne(context.run.id))
        .and(Expr::cust("state = 'open'"));
    difference::Entity::update_many()
        .col_expr(difference::Column::State, Expr::value(DifferenceState::Obsolete))
        .col_expr(difference::Column::ChangedAt, Expr::value(now))
        .filter(earlier)
        .exec(db)
        .await?;
    Ok(())
}
