//! The places of a reward that can be redeemed only so often in all. A redemption takes one in its transaction, and
//! gives it back when it fails or is cancelled.
//!
//! Places are counted only while there is a limit, so that redemptions of other rewards never wait for each other. Whoever
//! takes or gives back holds the reward's key from the look to the commit, and whoever sets a first limit keeps all of
//! them out while the redemptions that stand are counted.

use entity::{RewardId, redemption, reward};
use sea_orm::sea_query::{Expr, ExprTrait as _, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
};

/// Takes a place; false when all are taken. The last thing that a transaction does, since others wait for it.
pub async fn take(db: &DatabaseTransaction, id: RewardId) -> Result<bool, DbErr> {
    let free = reward::Column::PlacesTaken
        .into_expr()
        .lt(reward::Column::TotalLimit.into_expr());
    Ok(!is_limited(db, id).await? || move_by(db, id, 1, free).await?)
}

/// Gives a place back. The last thing that a transaction does, since others wait for it.
pub async fn give_back(db: &DatabaseTransaction, id: RewardId) -> Result<(), DbErr> {
    if is_limited(db, id).await? {
        let taken = reward::Column::PlacesTaken.gt(0);
        move_by(db, id, -1, taken).await?;
    }
    Ok(())
}

/// Counts the redemptions that stand, for a reward that is about to have its first limit. None begins or ends
/// before this transaction does.
pub(super) async fn count(db: &DatabaseTransaction, id: RewardId) -> Result<i32, DbErr> {
    reward::Entity::find_by_id(id).lock(LockType::Update).one(db).await?;
    let standing = redemption::Entity::standing().filter(redemption::Column::RewardId.eq(id));
    Ok(i32::try_from(standing.count(db).await?).unwrap_or(i32::MAX))
}

async fn is_limited(db: &DatabaseTransaction, id: RewardId) -> Result<bool, DbErr> {
    let limit: Option<Option<i32>> = reward::Entity::find_by_id(id)
        .select_only()
        .column(reward::Column::TotalLimit)
        .lock(LockType::KeyShare)
        .into_tuple()
        .one(db)
        .await?;
    Ok(limit.flatten().is_some())
}

async fn move_by(db: &impl ConnectionTrait, id: RewardId, by: i32, when: Expr) -> Result<bool, DbErr> {
    let moved = reward::Entity::update_many()
        .col_expr(
            reward::Column::PlacesTaken,
            reward::Column::PlacesTaken.into_expr().add(by),
        )
        .filter(reward::Column::Id.eq(id))
        .filter(when)
        .exec(db)
        .await?;
    Ok(moved.rows_affected == 1)
}
