//! Handing out a code.

use entity::pool_code::{self, NEVER, PoolCodeState};
use entity::{Instant, RedemptionId, coupon_pool};
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect};

use super::{code, stock};
use crate::app::App;
use crate::service::event::Origin;

/// A code that was handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What the shopper types.
    pub code: String,
    /// Until when it can be used, where that is known.
    pub ends_at: Option<Instant>,
}

/// Hands a free code to a redemption that is written with it; what ends first goes first. None: the pool has none, or
/// those that it has are being handed out to others. Whoever takes the last ones leaves word for the owners.
///
/// On PostgreSQL a code that another transaction holds is passed over; SQLite has one transaction that writes.
pub async fn take(
    db: &impl ConnectionTrait,
    app: &App,
    origin: &Origin,
    pool: &coupon_pool::Model,
    redemption: RedemptionId,
) -> Result<Option<Taken>, DbErr> {
    let found = pool_code::Entity::free(pool.id, origin.at)
        .lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
        .limit(1)
        .one(db)
        .await?;
    let Some(row) = found else { return Ok(None) };
    let taken = pool_code::Entity::update_many()
        .col_expr(pool_code::Column::State, Expr::value(PoolCodeState::Taken))
        .col_expr(pool_code::Column::RedemptionId, Expr::value(Some(redemption)))
        .col_expr(pool_code::Column::ChangedAt, Expr::value(Some(origin.at)))
        .filter(
            pool_code::Column::Id
                .eq(row.id)
                .and(pool_code::Column::State.eq(PoolCodeState::Free)),
        )
        .exec(db)
        .await?;
    if taken.rows_affected == 0 {
        return Err(DbErr::RecordNotUpdated);
    }
    // Who was told already need not be told again, and only a refill changes that.
    if pool.low_stock > 0 && pool.warned_at.is_none() {
        stock::watch(db, app, origin, pool).await?;
    }
    Ok(Some(Taken {
        code: code::reveal(app, &row)?,
        ends_at: Some(row.ends_at).filter(|end| *end < NEVER),
    }))
}
