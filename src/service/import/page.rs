use entity::event::EventKind;
use entity::import_run::{self, ImportState};
use entity::{Instant, import_reject, store};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};

use super::{ImportContext, Lease, statistics};
use crate::app::App;
use crate::platform::{PageToken, Reject};
use crate::service::event::{self, Origin};
use crate::service::points::Cause;
use crate::service::rows;

/// What became of a page's records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// New here.
    pub created: i64,
    /// Changed.
    pub updated: i64,
    /// Known already.
    pub unchanged: i64,
    /// Known, and no longer there.
    pub gone: i64,
}

/// A page's part in its run's progress.
#[derive(Debug, Clone, Default)]
pub struct PageProgress {
    /// Where the phase goes on; `None` after its last page.
    pub next: Option<PageToken>,
    /// How many records the phase has, where told.
    pub total: Option<u64>,
    /// The records that could not be used.
    pub rejects: Vec<Reject>,
    /// How many more there were, of which nothing is kept.
    pub more_rejected: i64,
    /// The line that each of them stands on, where a file is imported.
    pub lines: Vec<u64>,
    /// What they are: `customer`, `order`, `product`.
    pub resource: &'static str,
    /// The latest change on the page, by the platform's clock.
    pub newest_change: Option<Instant>,
    /// How long the page's newest sale had been in the shop.
    pub lag_seconds: Option<i64>,
}

impl PageProgress {
    fn rejected(&self) -> i64 {
        i64::try_from(self.rejects.len())
            .unwrap_or(i64::MAX)
            .saturating_add(self.more_rejected)
    }
}

/// Takes hold of the store for the rest of the transaction: imports into one store write one after
/// the other, whatever process they run in.
pub(crate) async fn hold_store(db: &DatabaseTransaction, store: entity::StoreId) -> Result<(), DbErr> {
    store::Entity::find_by_id(store)
        .lock(sea_orm::sea_query::LockType::NoKeyUpdate)
        .one(db)
        .await?;
    Ok(())
}

/// Ends a page's transaction: writes its progress and its rejects, and commits. The lease is part of
/// the condition: a worker that lost its run writes nothing.
pub async fn commit_page(
    txn: DatabaseTransaction,
    app: &App,
    context: &ImportContext,
    lease: &Lease,
    counts: Counts,
    progress: PageProgress,
) -> Result<(), DbErr> {
    let rejected = progress.rejected();
    let page = counts.created + counts.updated + counts.unchanged + rejected;
    let done = record(&txn, app, context, lease, counts, progress).await?;
    txn.commit().await?;
    statistics::keep_up(&app.db, done - page..done).await;
    Ok(())
}

/// Writes progress and rejects inside its caller's transaction, and tells how many records the run has dealt with.
pub(crate) async fn record(
    db: &impl ConnectionTrait,
    app: &App,
    context: &ImportContext,
    lease: &Lease,
    counts: Counts,
    progress: PageProgress,
) -> Result<i64, DbErr> {
    let now = app.clock.now();
    let rejected = progress.rejected();
    let lines = progress.lines.into_iter().map(|line| i64::try_from(line).ok());
    let lines = lines.chain(std::iter::repeat(None));
    let rejects = progress.rejects.into_iter().zip(lines).map(|(reject, line)| {
        import_reject::Model {
            id: app.id(),
            store_id: context.store.id,
            import_run_id: context.run.id,
            resource: progress.resource.to_owned(),
            line,
            external_id: reject.external_id,
            field: reject.field,
            message: reject.message,
            record: reject.record,
            created_at: now,
        }
        .into_active_model()
    });
    rows::insert(db, rejects.collect(), None).await?;

    let add = |column: import_run::Column, more: i64| Expr::col(column).add(more);
    let done = counts.created + counts.updated + counts.unchanged + rejected;
    let mut update = import_run::Entity::update_many()
        .col_expr(import_run::Column::Done, add(import_run::Column::Done, done))
        .col_expr(
            import_run::Column::Created,
            add(import_run::Column::Created, counts.created),
        )
        .col_expr(
            import_run::Column::Updated,
            add(import_run::Column::Updated, counts.updated),
        )
        .col_expr(
            import_run::Column::Unchanged,
            add(import_run::Column::Unchanged, counts.unchanged),
        )
        .col_expr(import_run::Column::Gone, add(import_run::Column::Gone, counts.gone))
        .col_expr(
            import_run::Column::Rejected,
            add(import_run::Column::Rejected, rejected),
        )
        .col_expr(
            import_run::Column::PageToken,
            Expr::value(progress.next.map(|token| token.0)),
        )
        .col_expr(import_run::Column::LeaseUntil, Expr::value(now + lease.duration));
    if let Some(total) = progress.total {
        let total = i64::try_from(total)
            .unwrap_or(i64::MAX)
            .saturating_add(context.run.phase_offset);
        update = update.col_expr(import_run::Column::Total, Expr::value(total));
    }
    if let Some(newest) = progress.newest_change {
        let known = Expr::col(import_run::Column::NewestChange);
        let later = Expr::case(known.clone().is_null().or(known.clone().lt(newest)), newest).finally(known);
        update = update.col_expr(import_run::Column::NewestChange, later.into());
    }
    if let Some(lag) = progress.lag_seconds {
        // The newest sale of the run, in whatever order its pages come.
        let known = Expr::col(import_run::Column::LagSeconds);
        let shorter = Expr::case(known.clone().is_null().or(known.clone().gt(lag)), lag).finally(known);
        update = update.col_expr(import_run::Column::LagSeconds, shorter.into());
    }
    let mine = import_run::Column::Id
        .eq(context.run.id)
        .and(import_run::Column::LeaseHolder.eq(&lease.holder))
        .and(import_run::Column::State.eq(ImportState::Running));
    let updated = update.filter(mine).exec_with_returning(db).await?;
    let done = updated.first().map(|run| run.done).ok_or(DbErr::RecordNotUpdated)?;
    let origin = Origin::of(&Cause::import(context.run.id, now), context.store.id);
    event::write(db, &origin, [(EventKind::ImportProgressed, context.run.id.0)]).await?;
    Ok(done)
}
