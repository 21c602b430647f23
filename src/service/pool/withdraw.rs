//! Taking codes out of a pool that were not handed out.

use std::collections::{HashMap, HashSet};

use entity::pool_code::{self, PoolCodeState};
use entity::{CouponPoolId, PoolCodeId, StoreId, coupon_pool};
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};

use super::{code, stock};
use crate::app::App;
use crate::db::begin;
use crate::domain::coupon_code::PoolCode;
use crate::service::audit::{self, Changes};
use crate::service::event::Origin;

/// Most codes that are named at once.
const MOST_NAMED: usize = 500;
/// Most codes that are withdrawn at once.
pub const WITHDRAWN_AT_ONCE: u64 = 10_000;

/// Which codes.
#[derive(Debug, Clone)]
pub enum Which {
    /// These.
    Named(Vec<String>),
    /// All that are free, as many as are withdrawn at once.
    AllFree,
}

/// What was withdrawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Withdrawn {
    /// How many codes.
    pub codes: u64,
    /// Those that stay, each with its place among those named and the reason.
    pub kept: Vec<(usize, &'static str)>,
    /// Whether free codes are left that were meant too.
    pub more: bool,
}

/// Why nothing is withdrawn.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawError {
    /// There is no such pool in the store.
    #[error("there is no such pool")]
    NotFound,
    /// Too many, or none.
    #[error("name 1 to {MOST_NAMED} codes")]
    Named,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Withdraws codes: they are never handed out, nor taken when a file brings them again. Withdrawing one twice changes
/// nothing.
pub async fn withdraw(
    app: &App,
    (store, id): (StoreId, CouponPoolId),
    which: Which,
) -> Result<Withdrawn, WithdrawError> {
    if let Which::Named(codes) = &which
        && !(1..=MOST_NAMED).contains(&codes.len())
    {
        return Err(WithdrawError::Named);
    }
    let txn = begin(&app.db).await?;
    let pool = coupon_pool::Entity::in_store(store)
        .filter(coupon_pool::Column::Id.eq(id))
        .one(&txn)
        .await?
        .ok_or(WithdrawError::NotFound)?;
    let origin = Origin::asked(app, store);
    let (free, kept, more) = match which {
        Which::AllFree => {
            let mut free = free(&txn, &pool, &origin, None).await?;
            let more = free.len() as u64 > WITHDRAWN_AT_ONCE;
            free.truncate(usize::try_from(WITHDRAWN_AT_ONCE).unwrap_or(usize::MAX));
            (free, Vec::new(), more)
        }
        Which::Named(codes) => {
            let (free, kept) = named(&txn, app, &pool, &origin, &codes).await?;
            (free, kept, false)
        }
    };
    let mut withdrawn = 0;
    for some in free.chunks(1_000) {
        let done = pool_code::Entity::update_many()
            .col_expr(pool_code::Column::State, Expr::value(PoolCodeState::Withdrawn))
            .col_expr(pool_code::Column::ChangedAt, Expr::value(Some(origin.at)))
            .filter(pool_code::Column::Id.is_in(some.iter().copied()))
            .exec(&txn)
            .await?;
        withdrawn += done.rows_affected;
    }
    if withdrawn > 0 {
        if pool.low_stock > 0 && pool.warned_at.is_none() {
            stock::watch(&txn, app, &origin, &pool).await?;
        }
        let changes = Changes::none().field("codes", (), withdrawn);
        audit::record(&txn, app, store, ("pool.withdraw", id), changes).await?;
    }
    txn.commit().await?;
    Ok(Withdrawn {
        codes: withdrawn,
        kept,
        more,
    })
}

/// Free codes of a pool, held; all of them or those with these fingerprints. Codes that have ended are free too.
async fn free(
    db: &DatabaseTransaction,
    pool: &coupon_pool::Model,
    origin: &Origin,
    fingerprints: Option<&[Vec<u8>]>,
) -> Result<Vec<PoolCodeId>, DbErr> {
    let mut free = match fingerprints {
        None => pool_code::Entity::free(pool.id, entity::Instant::UNIX_EPOCH),
        Some(some) => pool_code::Entity::in_store(origin.store)
            .filter(pool_code::Column::Fingerprint.is_in(some.iter().cloned()))
            .filter(pool_code::Column::PoolId.eq(pool.id))
            .filter(pool_code::Column::State.eq(PoolCodeState::Free)),
    };
    free = free.limit(WITHDRAWN_AT_ONCE + 1);
    free.select_only()
        .column(pool_code::Column::Id)
        .lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
        .into_tuple()
        .all(db)
        .await
}

/// The free ones of some codes, held, and why the others stay.
async fn named(
    db: &DatabaseTransaction,
    app: &App,
    pool: &coupon_pool::Model,
    origin: &Origin,
    codes: &[String],
) -> Result<(Vec<PoolCodeId>, Vec<(usize, &'static str)>), DbErr> {
    let print = |text: &String| {
        let code = PoolCode::parse(text).ok()?;
        Some(code::fingerprint(app, origin.store, code.as_str()))
    };
    let prints: Vec<Option<Vec<u8>>> = codes.iter().map(print).collect();
    let asked: Vec<Vec<u8>> = prints.iter().flatten().cloned().collect();
    let held: HashSet<PoolCodeId> = free(db, pool, origin, Some(&asked)).await?.into_iter().collect();
    let known: HashMap<Vec<u8>, pool_code::Model> = pool_code::Entity::in_store(origin.store)
        .filter(pool_code::Column::Fingerprint.is_in(asked))
        .filter(pool_code::Column::PoolId.eq(pool.id))
        .all(db)
        .await?
        .into_iter()
        .map(|row| (row.fingerprint.clone(), row))
        .collect();
    let kept = prints.iter().enumerate().filter_map(|(place, print)| {
        let why = match print.as_ref().and_then(|print| known.get(print)) {
            None => "it is not in this pool",
            Some(row) if held.contains(&row.id) => return None,
            Some(row) if row.state == PoolCodeState::Withdrawn => "it was withdrawn before",
            Some(row) if row.state == PoolCodeState::Taken => "it was handed out; cancel its redemption instead",
            Some(_) => "it is being handed out just now",
        };
        Some((place, why))
    });
    let kept = kept.collect();
    Ok((held.into_iter().collect(), kept))
}
