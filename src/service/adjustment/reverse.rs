use entity::adjustment::{self, AdjustmentKind};
use entity::ledger_entry::{self, EntryKind, SourceKind};
use entity::programme_version::DebtPolicy;
use entity::{AdjustmentId, Points, StoreId};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, SqlErr};

use super::By;
use super::record::{insert, posting};
use crate::app::App;
use crate::db::begin;
use crate::domain::settings::Problem;
use crate::service::audit::{self, Changes};
use crate::service::idempotency::{self, Claim, Key, KeyError};
use crate::service::points::{self, Posting};
use crate::service::programme;

/// Why an adjustment cannot be undone.
#[derive(Debug, thiserror::Error)]
pub enum ReverseError {
    /// There is no such adjustment in the store.
    #[error("there is no such adjustment")]
    NotFound,
    /// Values that cannot be used.
    #[error("some values cannot be used")]
    Invalid(Vec<Problem>),
    /// It was undone before.
    #[error("this adjustment was reversed before; an adjustment is reversed once")]
    AlreadyReversed,
    /// It undid another itself.
    #[error("a reversal is not reversed; make a new adjustment instead")]
    IsReversal,
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Undoes an adjustment, once. What was given is taken from its own lot first, then from others; what
/// nothing covers follows the debt policy in force. What was taken goes back to the lots it came from.
pub async fn reverse(
    app: &App,
    store: StoreId,
    adjustment: AdjustmentId,
    by: By,
    key: Key,
) -> Result<AdjustmentId, ReverseError> {
    if let Some(problem) = by.check() {
        return Err(ReverseError::Invalid(vec![problem]));
    }
    let txn = begin(&app.db).await?;
    let id: AdjustmentId = app.id();
    if let Claim::Done(id) = idempotency::claim(&txn, app, &key, id.0).await? {
        return Ok(AdjustmentId(id));
    }
    let undone = adjustment::Entity::in_store(store)
        .filter(adjustment::Column::Id.eq(adjustment))
        .one(&txn)
        .await?
        .ok_or(ReverseError::NotFound)?;
    if undone.kind == AdjustmentKind::Reversal {
        return Err(ReverseError::IsReversal);
    }
    points::hold(&txn, store, undone.customer_id).await?;
    let now = app.clock.now();
    let row = adjustment::Model {
        reverses_id: Some(undone.id),
        ..by.row(
            id,
            (store, undone.customer_id),
            AdjustmentKind::Reversal,
            -undone.points,
            now,
        )
    };
    insert(&txn, row.clone()).await.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => ReverseError::AlreadyReversed,
        _ => error.into(),
    })?;
    undo(&txn, app, &undone, &row, &by).await?;
    let changes = Changes::none().field("reverses", (), undone.id.to_string());
    audit::record(&txn, app, store, ("points.reverse", id), changes).await?;
    txn.commit().await?;
    Ok(id)
}

async fn undo(
    db: &impl ConnectionTrait,
    app: &App,
    undone: &adjustment::Model,
    row: &adjustment::Model,
    by: &By,
) -> Result<(), DbErr> {
    let own = ledger_entry::Column::SourceKind
        .eq(SourceKind::Adjustment)
        .and(ledger_entry::Column::SourceId.eq(undone.id.0));
    let entry = ledger_entry::Entity::find()
        .filter(own)
        .order_by_asc(ledger_entry::Column::Sequence)
        .one(db)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(format!("the entry of {}", undone.id)))?;
    let now = row.created_at;
    let version = programme::find_in_force(db, row.store_id, now).await?;
    let posting = posting(row, version.as_ref().map(|version| version.id));
    if undone.points > Points::ZERO {
        let policy = version.map_or(DebtPolicy::AllowDebt, |version| version.debt_policy);
        let posting = Posting {
            kind: EntryKind::Revoke,
            ..posting
        };
        points::take_back(db, app, &by.cause(now), &posting, (entry.id, policy)).await?;
    } else {
        points::give_back(db, app, &by.cause(now), &posting, entry.id).await?;
    }
    Ok(())
}
