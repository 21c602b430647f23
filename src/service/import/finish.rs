use chrono::TimeDelta;
use entity::event::EventKind;
use entity::import_run::{self, ImportKind, ImportPhase, ImportState};
use entity::integration::{self, CredentialsState};
use entity::{ImportRunId, Instant, StoreId};
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, QueryFilter};

use super::{ImportContext, Lease};
use crate::app::App;
use crate::db::begin;
use crate::service::audit::{self, Changes};
use crate::service::event::{self, Origin};

/// The phase after the current one, if any.
pub fn next_phase(context: &ImportContext) -> Option<ImportPhase> {
    match context.run.phase {
        ImportPhase::Customers if context.integration.register_sales => Some(ImportPhase::Orders),
        _ => None,
    }
}

/// Ends a phase: the integration's cursor moves to where the next import begins, and the run goes
/// to its next phase or succeeds.
///
/// The cursor never passes the start of this walk nor the newest change that it saw, by the
/// platform's own clock: whatever changed while the walk was under way is read again.
pub async fn finish_phase(app: &App, context: &ImportContext, lease: &Lease) -> Result<(), DbErr> {
    let txn = begin(&app.db).await?;
    end_phase(&txn, app, context, lease).await?;
    txn.commit().await
}

/// The same inside its caller's transaction.
pub(crate) async fn end_phase(
    txn: &DatabaseTransaction,
    app: &App,
    context: &ImportContext,
    lease: &Lease,
) -> Result<(), DbErr> {
    let run = import_run::Entity::find_by_id(context.run.id)
        .one(txn)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(context.run.id.to_string()))?;
    let now = app.clock.now();
    let started = run.started_at.unwrap_or(now);
    let walked_until = run
        .newest_change
        .map_or(started, |newest| std::cmp::min(newest, started));
    let mut integration = integration::Entity::update_many().filter(integration::Column::Id.eq(run.integration_id));
    integration = match run.phase {
        ImportPhase::Customers => {
            integration.col_expr(integration::Column::CustomersCursor, Expr::value(Some(walked_until)))
        }
        ImportPhase::Orders => integration.col_expr(integration::Column::OrdersCursor, Expr::value(Some(walked_until))),
        ImportPhase::Feed => {
            let next = next_catalogue(app, context.integration.version, now);
            integration.col_expr(integration::Column::CatalogueDueAt, next)
        }
        // Of the others nothing is noted: a file is read once, and a comparison changes nothing.
        _ => integration,
    };
    let next = next_phase(context);
    let mut update = import_run::Entity::update_many()
        .col_expr(import_run::Column::PageToken, Expr::value(Option::<String>::None))
        .col_expr(import_run::Column::Since, Expr::value(Option::<Instant>::None))
        .col_expr(import_run::Column::NewestChange, Expr::value(Option::<Instant>::None));
    if let Some(phase) = next {
        update = update
            .col_expr(import_run::Column::Phase, Expr::value(phase))
            .col_expr(import_run::Column::PhaseOffset, Expr::value(run.done));
    } else {
        update = update
            .col_expr(import_run::Column::State, Expr::value(ImportState::Succeeded))
            .col_expr(import_run::Column::Total, Expr::value(run.done))
            .col_expr(import_run::Column::FinishedAt, Expr::value(Some(now)));
        if run.kind == ImportKind::Shop {
            integration = integration
                .col_expr(integration::Column::SyncedAt, Expr::value(Some(started)))
                .col_expr(
                    integration::Column::CredentialsState,
                    Expr::value(CredentialsState::Accepted),
                )
                .col_expr(
                    integration::Column::CredentialsError,
                    Expr::value(Option::<String>::None),
                );
            if let Some(lag) = run.lag_seconds {
                integration = integration.col_expr(integration::Column::OrderLagSeconds, Expr::value(Some(lag)));
            }
        }
    }
    let mine = import_run::Column::Id
        .eq(run.id)
        .and(import_run::Column::LeaseHolder.eq(&lease.holder))
        .and(import_run::Column::State.eq(ImportState::Running));
    if update.filter(mine).exec(txn).await?.rows_affected == 0 {
        return Err(DbErr::RecordNotUpdated);
    }
    // A file has no cursor: it is read once.
    if run.phase != ImportPhase::File {
        integration.exec(txn).await?;
    }
    let happened = match next {
        Some(_) => EventKind::ImportProgressed,
        None => EventKind::ImportFinished,
    };
    event::write(txn, &Origin::work(run.store_id, now), [(happened, run.id.0)]).await
}

/// When the feed is read next: a period later, or at once where settings changed since they were read.
fn next_catalogue(app: &App, version: i64, now: Instant) -> SimpleExpr {
    let later = now + TimeDelta::hours(app.config.import.catalogue_every_hours.into());
    Expr::case(integration::Column::Version.eq(version), later)
        .finally(now)
        .into()
}

/// Ends a run that cannot go on, with the reason for the merchant.
pub async fn fail(
    app: &App,
    run: ImportRunId,
    code: &str,
    message: &str,
    credentials: Option<CredentialsState>,
) -> Result<(), DbErr> {
    let txn = begin(&app.db).await?;
    end(&txn, app, run, ImportState::Failed, Some((code, message))).await?;
    if let Some(state) = credentials
        && let Some(run) = import_run::Entity::find_by_id(run).one(&txn).await?
    {
        integration::Entity::update_many()
            .col_expr(integration::Column::CredentialsState, Expr::value(state))
            .col_expr(
                integration::Column::CredentialsError,
                Expr::value(Some(message.to_owned())),
            )
            .filter(integration::Column::Id.eq(run.integration_id))
            .exec(&txn)
            .await?;
    }
    txn.commit().await
}

/// Asks for a run to be cancelled. One that no worker holds ends at once, one under way after its
/// current page. `None` when the store has no such run.
pub async fn cancel(app: &App, store: StoreId, run: ImportRunId) -> Result<Option<import_run::Model>, DbErr> {
    let now = app.clock.now();
    let txn = begin(&app.db).await?;
    let own = import_run::Column::Id
        .eq(run)
        .and(import_run::Column::StoreId.eq(store));
    let open = import_run::Column::State.is_in([ImportState::Queued, ImportState::Running]);
    let wished = import_run::Entity::update_many()
        .col_expr(import_run::Column::CancelRequestedAt, Expr::value(Some(now)))
        .filter(
            own.clone()
                .and(open)
                .and(import_run::Column::CancelRequestedAt.is_null()),
        )
        .exec(&txn)
        .await?;
    let unheld = import_run::Column::LeaseUntil
        .is_null()
        .or(import_run::Column::LeaseUntil.lt(now));
    let asked = import_run::Entity::find()
        .filter(own.clone().and(unheld))
        .one(&txn)
        .await?;
    if asked.is_some_and(|row| !row.state.is_final()) {
        end(&txn, app, run, ImportState::Cancelled, None).await?;
    }
    if wished.rows_affected == 1 {
        audit::record(&txn, app, store, ("import.cancel", run), Changes::none()).await?;
    }
    let row = import_run::Entity::find().filter(own).one(&txn).await?;
    txn.commit().await?;
    Ok(row)
}

/// Ends a run that its worker saw cancelled.
pub async fn end_cancelled(app: &App, run: ImportRunId) -> Result<(), DbErr> {
    let txn = begin(&app.db).await?;
    end(&txn, app, run, ImportState::Cancelled, None).await?;
    txn.commit().await
}

async fn end(
    db: &impl sea_orm::ConnectionTrait,
    app: &App,
    run: ImportRunId,
    state: ImportState,
    error: Option<(&str, &str)>,
) -> Result<(), DbErr> {
    let now = app.clock.now();
    let open = import_run::Column::State.is_in([ImportState::Queued, ImportState::Running]);
    let ended = import_run::Entity::update_many()
        .col_expr(import_run::Column::State, Expr::value(state))
        .col_expr(import_run::Column::FinishedAt, Expr::value(Some(now)))
        .col_expr(
            import_run::Column::ErrorCode,
            Expr::value(error.map(|(code, _)| code.to_owned())),
        )
        .col_expr(
            import_run::Column::ErrorMessage,
            Expr::value(error.map(|(_, message)| message.to_owned())),
        )
        .filter(import_run::Column::Id.eq(run).and(open))
        .exec_with_returning(db)
        .await?;
    match ended.first() {
        Some(run) => {
            event::write(
                db,
                &Origin::work(run.store_id, now),
                [(EventKind::ImportFinished, run.id.0)],
            )
            .await
        }
        None => Ok(()),
    }
}
