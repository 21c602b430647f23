//! The order in which rewards are shown: each has a position, and new ones come at the end.

use std::collections::HashMap;

use entity::{RewardId, StoreId, reward};
use sea_orm::sea_query::{CaseStatement, Expr};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::RewardError;
use crate::app::App;
use crate::db::begin;
use crate::domain::settings::Problem;
use crate::service::audit::{self, Changes};
use crate::service::import::hold_store;

/// Most rewards that are placed at once.
const MOST: usize = 500;
/// The last position that can be set.
const LAST: i64 = 1_000_000_000;

/// The position after all of a store's rewards.
pub(super) async fn end(db: &impl ConnectionTrait, store: StoreId) -> Result<i64, DbErr> {
    let last: Option<i64> = reward::Entity::in_store(store)
        .select_only()
        .column(reward::Column::Position)
        .order_by_desc(reward::Column::Position)
        .order_by_desc(reward::Column::Id)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.unwrap_or(0) + 1)
}

/// Gives rewards of a store their positions, all of them or none. Two may have the same one: the older comes first.
pub async fn arrange(app: &App, store: StoreId, places: &[(RewardId, i64)]) -> Result<(), RewardError> {
    let wanted: HashMap<RewardId, i64> = places.iter().copied().collect();
    let problem = |message: String| {
        let (field, code) = ("rewards", "OUT_OF_RANGE");
        RewardError::Invalid(vec![Problem { field, code, message }])
    };
    if !(1..=MOST).contains(&places.len()) || wanted.len() != places.len() {
        return Err(problem(format!("name 1 to {MOST} rewards, each once")));
    }
    if wanted.values().any(|position| !(0..=LAST).contains(position)) {
        return Err(problem(format!("a position is 0 to {LAST}")));
    }
    let txn = begin(&app.db).await?;
    // Feeds write many rewards at once too: one after the other, so that none waits in a circle.
    hold_store(&txn, store).await?;
    let before: HashMap<RewardId, i64> = reward::Entity::in_store(store)
        .filter(reward::Column::Id.is_in(wanted.keys().copied()))
        .select_only()
        .column(reward::Column::Id)
        .column(reward::Column::Position)
        .into_tuple()
        .all(&txn)
        .await?
        .into_iter()
        .collect();
    if before.len() != wanted.len() {
        return Err(RewardError::NotFound);
    }
    let mut position = CaseStatement::new();
    for (id, place) in places {
        position = position.case(reward::Column::Id.eq(*id), Expr::value(*place));
    }
    reward::Entity::update_many()
        .col_expr(
            reward::Column::Position,
            position.finally(reward::Column::Position.into_expr()).into(),
        )
        .filter(reward::Column::Id.is_in(wanted.keys().copied()))
        .exec(&txn)
        .await?;
    let changes = places.iter().fold(Changes::none(), |changes, (id, place)| {
        changes.field(&id.to_string(), before.get(id).copied(), *place)
    });
    audit::record(&txn, app, store, ("reward.arrange", store), changes).await?;
    txn.commit().await?;
    Ok(())
}
