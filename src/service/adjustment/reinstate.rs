use entity::adjustment::{self, AdjustmentKind};
use entity::{AdjustmentId, LotId, Points, StoreId, point_lot};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::By;
use super::adjust::validity;
use super::record::{insert, posting};
use crate::app::App;
use crate::db::begin;
use crate::domain::settings::Problem;
use crate::service::audit::{self, Changes};
use crate::service::idempotency::{self, Claim, Key, KeyError};
use crate::service::points;

/// Why expired points cannot be given again.
#[derive(Debug, thiserror::Error)]
pub enum ReinstateError {
    /// There is no such lot in the store.
    #[error("there is no such lot")]
    LotNotFound,
    /// Values that cannot be used.
    #[error("some values cannot be used")]
    Invalid(Vec<Problem>),
    /// Nothing of it ran out, or what did was given again.
    #[error("no points of this lot ran out that were not given again already")]
    NothingExpired,
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Gives the points of a lot that ran out again, each once, as a new lot with the validity that the
/// programme gives today.
pub async fn reinstate(
    app: &App,
    store: StoreId,
    lot: LotId,
    by: By,
    key: Key,
) -> Result<AdjustmentId, ReinstateError> {
    if let Some(problem) = by.check() {
        return Err(ReinstateError::Invalid(vec![problem]));
    }
    let txn = begin(&app.db).await?;
    let id: AdjustmentId = app.id();
    if let Claim::Done(id) = idempotency::claim(&txn, app, &key, id.0).await? {
        return Ok(AdjustmentId(id));
    }
    let lot = point_lot::Entity::in_store(store)
        .filter(point_lot::Column::Id.eq(lot))
        .one(&txn)
        .await?
        .ok_or(ReinstateError::LotNotFound)?;
    // Before anything is counted: two that reinstate at once come one after the other.
    points::hold(&txn, store, lot.customer_id).await?;
    let now = app.clock.now();
    let cause = by.cause(now);
    points::expire_of_customer(&txn, app, &cause, (store, lot.customer_id)).await?;
    let points = points::expired(&txn, &[lot.id]).await? - given_again(&txn, lot.id).await?;
    if !points.is_positive() {
        return Err(ReinstateError::NothingExpired);
    }
    let row = adjustment::Model {
        lot_id: Some(lot.id),
        ..by.row(id, (store, lot.customer_id), AdjustmentKind::Reinstatement, points, now)
    };
    insert(&txn, row.clone()).await?;
    let (version, expires_at) = validity(&txn, store, now).await?;
    points::give_again(&txn, app, &cause, &posting(&row, version), &lot, (points, expires_at)).await?;
    let changes = Changes::none().field("points", (), points.0);
    audit::record(&txn, app, store, ("points.reinstate", id), changes).await?;
    txn.commit().await?;
    Ok(id)
}

/// Points of a lot that were given again before, whether or not that was undone.
async fn given_again(db: &impl ConnectionTrait, lot: LotId) -> Result<Points, DbErr> {
    let before = adjustment::Entity::find()
        .filter(adjustment::Column::LotId.eq(lot))
        .all(db)
        .await?;
    Ok(before.iter().map(|row| row.points).sum())
}
