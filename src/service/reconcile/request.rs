use std::collections::HashMap;

use entity::difference::{self, DifferenceState, Repair};
use entity::{DifferenceId, ImportRunId, StoreId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect};

use crate::app::App;
use crate::db::begin;
use crate::queue::{Enqueue, RepairDifference, Whose, enqueue_all};
use crate::service::audit::{self, Changes};

/// Most repairs that are asked for at once.
pub const MAX_REPAIRS: usize = 50;

/// Why repairs cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// None, or too many.
    #[error("name 1 to {MAX_REPAIRS} differences")]
    Count,
    /// The run has found no such difference.
    #[error("the run has found no such difference")]
    NotFound {
        /// Which of those that were named.
        index: usize,
    },
    /// People have to look.
    #[error("this difference has no repair: look in the shop and mend it by hand there")]
    NoRepair {
        /// Which of those that were named.
        index: usize,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Asks for the repairs of differences that a run found: all or none. A job carries out each; one that was asked for
/// before, or is obsolete, stays as it is. Gives the differences in the order in which they were named.
pub async fn apply(
    app: &App,
    (store, run): (StoreId, ImportRunId),
    ids: &[DifferenceId],
    actor: String,
) -> Result<Vec<difference::Model>, ApplyError> {
    if ids.is_empty() || ids.len() > MAX_REPAIRS {
        return Err(ApplyError::Count);
    }
    let now = app.clock.now();
    let txn = begin(&app.db).await?;
    let own = difference::Column::ImportRunId
        .eq(run)
        .and(difference::Column::Id.is_in(ids.iter().copied()));
    let known: HashMap<DifferenceId, difference::Model> = difference::Entity::in_store(store)
        .filter(own)
        .lock_exclusive()
        .all(&txn)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    for (index, id) in ids.iter().enumerate() {
        match known.get(id) {
            None => return Err(ApplyError::NotFound { index }),
            Some(row) if row.repair == Repair::LookByHand => return Err(ApplyError::NoRepair { index }),
            Some(_) => {}
        }
    }
    let open = difference::Column::Id
        .is_in(ids.iter().copied())
        .and(difference::Column::State.eq(DifferenceState::Open));
    let asked = difference::Entity::update_many()
        .col_expr(difference::Column::State, Expr::value(DifferenceState::Applying))
        .col_expr(difference::Column::Actor, Expr::value(Some(actor)))
        .col_expr(difference::Column::Message, Expr::value(Option::<String>::None))
        .col_expr(difference::Column::ChangedAt, Expr::value(now))
        .filter(open)
        .exec_with_returning(&txn)
        .await?;
    if !asked.is_empty() {
        let jobs = asked.iter().map(|row| {
            let whose = Whose::of(store, row.id);
            // One for each time that it is asked for.
            let key = format!("{}:{}", row.id, now.timestamp_micros());
            Enqueue::now(app, whose, RepairDifference { difference: row.id }, key)
        });
        enqueue_all(&txn, app, jobs.collect()).await?;
        let mut named: Vec<String> = asked.iter().map(|row| row.id.to_string()).collect();
        named.sort_unstable();
        let changes = Changes::none().field("differences", serde_json::Value::Null, named);
        audit::record(&txn, app, store, ("reconciliation.apply", run), changes).await?;
    }
    txn.commit().await?;
    let mut rows = known;
    rows.extend(asked.into_iter().map(|row| (row.id, row)));
    Ok(ids.iter().filter_map(|id| rows.get(id).cloned()).collect())
}
