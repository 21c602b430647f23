//! What can be redeemed now, for whoever stands at a till.

use entity::reward::{self, Column, Fulfilment};
use entity::{Instant, RewardId, StoreId, integration, pool_code};
use sea_orm::sea_query::{BinOper, Expr, Query, SelectStatement};
use sea_orm::{ColumnTrait, DbErr, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use crate::app::App;

/// A page of the rewards on offer.
#[derive(Debug, Clone)]
pub struct Offered {
    /// In the order of display.
    pub rewards: Vec<reward::Model>,
    /// Whether others come after them.
    pub has_more: bool,
}

/// The rewards of a store that can be redeemed now, in the order of display, after one of its rewards; none where the
/// store has no such reward. On offer is what is active, of an active integration, in its time and not sold out, with codes
/// in its pool if it takes them from one: what a customer may have of it is known when it is redeemed. At most two statements.
pub async fn offered(app: &App, store: StoreId, after: Option<RewardId>, most: u64) -> Result<Option<Offered>, DbErr> {
    let mut rewards = on_offer(store, app.clock.now());
    if let Some(after) = after {
        let known = reward::Entity::in_store(store).filter(Column::Id.eq(after));
        let Some(known) = known.one(&app.db).await? else {
            return Ok(None);
        };
        let place = [Expr::val(known.position), Expr::val(known.id)];
        let columns = [Column::Position, Column::Id].map(ColumnTrait::into_expr);
        rewards = rewards.filter(Expr::tuple(columns).binary(BinOper::GreaterThan, Expr::tuple(place)));
    }
    let mut rewards = rewards.limit(most + 1).all(&app.db).await?;
    let has_more = rewards.len() as u64 > most;
    if has_more {
        rewards.pop();
    }
    Ok(Some(Offered { rewards, has_more }))
}

fn on_offer(store: StoreId, now: Instant) -> Select<reward::Entity> {
    let begun = Column::AvailableFrom.is_null().or(Column::AvailableFrom.lte(now));
    let not_over = Column::AvailableUntil.is_null().or(Column::AvailableUntil.gt(now));
    let has_places = Column::TotalLimit
        .is_null()
        .or(Expr::col(Column::PlacesTaken).lt(Expr::col(Column::TotalLimit)));
    let has_codes = Column::Fulfilment.ne(Fulfilment::Pool).or(Expr::exists(codes(now)));
    reward::Entity::in_store(store)
        .filter(Column::Active.eq(true))
        .filter(begun.and(not_over).and(has_places))
        .filter(Expr::exists(active_shop()))
        .filter(has_codes)
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Id)
}

/// A reward's integration, if it is active, within a query of rewards.
fn active_shop() -> SelectStatement {
    let own = Expr::col((integration::Entity, integration::Column::Id)).equals((reward::Entity, Column::IntegrationId));
    Query::select()
        .expr(Expr::val(1))
        .from(integration::Entity)
        .and_where(own)
        .and_where(integration::Column::Active.eq(true))
        .to_owned()
}

/// The codes that a reward's pool can hand out, within a query of rewards.
fn codes(now: Instant) -> SelectStatement {
    let own = Expr::col((pool_code::Entity, pool_code::Column::PoolId)).equals((reward::Entity, Column::PoolId));
    Query::select()
        .expr(Expr::val(1))
        .from(pool_code::Entity)
        .and_where(own)
        .and_where(pool_code::Entity::is_free(now))
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::plans::plan;
    use uuid::Uuid;

    #[tokio::test]
    async fn what_is_on_offer_is_read_in_its_order() {
        let found = plan(on_offer(StoreId(Uuid::nil()), Instant::UNIX_EPOCH)).await;
        for expected in [
            "SEARCH rewards USING INDEX rewards_by_store_id_position (store_id=?)",
            "SEARCH pool_codes USING COVERING INDEX pool_codes_free (pool_id=? AND ends_at>?)",
        ] {
            assert!(found.iter().any(|step| step == expected), "{found:?}");
        }
        let slow = |step: &&String| step.starts_with("SCAN") || step.contains("TEMP B-TREE");
        assert_eq!(found.iter().find(slow), None);
    }
}
