//! How many codes a pool has, and telling the store when few are left.

use std::collections::HashMap;

use entity::event::EventKind;
use entity::letter::LetterKind;
use entity::membership::Role;
use entity::pool_code::PoolCodeState;
use entity::{CouponPoolId, Instant, PoolCodeId, coupon_pool, pool_code};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect, Select};

use crate::app::App;
use crate::queue::Whose;
use crate::service::event::{self, Origin};
use crate::service::{email, member};

/// A pool's codes, by where they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stock {
    /// Can be handed out.
    pub free: i64,
    /// Were not handed out before they ended.
    pub ended: i64,
    /// Handed out.
    pub taken: i64,
    /// Taken out of the pool.
    pub withdrawn: i64,
}

/// What pools have, with two statements however many there are. It reads what it counts.
pub async fn stocks(
    db: &impl ConnectionTrait,
    pools: &[CouponPoolId],
    now: Instant,
) -> Result<HashMap<CouponPoolId, Stock>, DbErr> {
    let by_state: Vec<(CouponPoolId, PoolCodeState, i64)> = of(pools)
        .select_only()
        .column(pool_code::Column::PoolId)
        .column(pool_code::Column::State)
        .column_as(pool_code::Column::Id.count(), "codes")
        .group_by(pool_code::Column::PoolId)
        .group_by(pool_code::Column::State)
        .into_tuple()
        .all(db)
        .await?;
    let ended: Vec<(CouponPoolId, i64)> = of(pools)
        .filter(Expr::cust("state = 'free'"))
        .filter(pool_code::Column::EndsAt.lte(now))
        .select_only()
        .column(pool_code::Column::PoolId)
        .column_as(pool_code::Column::Id.count(), "codes")
        .group_by(pool_code::Column::PoolId)
        .into_tuple()
        .all(db)
        .await?;
    let mut stocks: HashMap<CouponPoolId, Stock> = pools.iter().map(|pool| (*pool, Stock::default())).collect();
    for (pool, state, count) in by_state {
        let stock = stocks.entry(pool).or_default();
        match state {
            PoolCodeState::Free => stock.free = count,
            PoolCodeState::Taken => stock.taken = count,
            PoolCodeState::Withdrawn => stock.withdrawn = count,
        }
    }
    for (pool, count) in ended {
        let stock = stocks.entry(pool).or_default();
        stock.free -= count;
        stock.ended = count;
    }
    Ok(stocks)
}

fn of(pools: &[CouponPoolId]) -> Select<pool_code::Entity> {
    pool_code::Entity::find().filter(pool_code::Column::PoolId.is_in(pools.iter().copied()))
}

/// Whether a pool has a code to hand out.
pub async fn has_free(db: &impl ConnectionTrait, pool: CouponPoolId, now: Instant) -> Result<bool, DbErr> {
    has_at_least(db, pool, 1, now).await
}

/// Whether a pool has so many codes to hand out: reads no more of the index than that.
async fn has_at_least(db: &impl ConnectionTrait, pool: CouponPoolId, codes: u64, now: Instant) -> Result<bool, DbErr> {
    let last: Option<PoolCodeId> = pool_code::Entity::free(pool, now)
        .select_only()
        .column(pool_code::Column::Id)
        .offset(codes.saturating_sub(1))
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.is_some())
}

/// Tells the store's owners when a pool has fewer codes left than they want, once: again only after it had enough in
/// the meantime. Called with every change of what a pool has, within its transaction.
pub(super) async fn watch(
    db: &impl ConnectionTrait,
    app: &App,
    origin: &Origin,
    pool: &coupon_pool::Model,
) -> Result<(), DbErr> {
    let wanted = u64::try_from(pool.low_stock).unwrap_or(0);
    let has_enough = wanted == 0 || has_at_least(db, pool.id, wanted, origin.at).await?;
    if has_enough && pool.warned_at.is_none() {
        return Ok(());
    }
    let warned = coupon_pool::Column::WarnedAt;
    let (before, after) = if has_enough {
        (warned.is_not_null(), None)
    } else {
        (warned.is_null(), Some(origin.at))
    };
    let changed = coupon_pool::Entity::update_many()
        .col_expr(warned, Expr::value(after))
        .filter(coupon_pool::Column::Id.eq(pool.id).and(before))
        .exec(db)
        .await?;
    if has_enough || changed.rows_affected == 0 {
        return Ok(());
    }
    event::write(db, origin, [(EventKind::CouponPoolLow, pool.id.0)]).await?;
    let owners = member::with_roles(db, pool.store_id, &[Role::Owner]).await?;
    let whose = Whose::of(pool.store_id, pool.id);
    email::letters(db, app, whose, (LetterKind::PoolLow, pool.id.0), owners).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::plans::plan;

    #[tokio::test]
    async fn free_codes_are_found_by_the_index_of_just_these_in_its_order() {
        let found = plan(pool_code::Entity::free(
            CouponPoolId(uuid::Uuid::nil()),
            Instant::UNIX_EPOCH,
        ))
        .await;
        assert_eq!(
            found,
            ["SEARCH pool_codes USING INDEX pool_codes_free (pool_id=? AND ends_at>?)"]
        );
    }
}
