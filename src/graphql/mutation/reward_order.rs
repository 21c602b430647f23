use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{RewardId, StoreId};
use macros::permissions;

use super::permit;
use super::reward::why_not;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode};
use crate::graphql::types::Reward;
use crate::service::reward::{self, RewardError};

#[derive(Default)]
pub(super) struct RewardOrderMutation;

/// For `setRewardPositions`.
#[derive(InputObject)]
struct SetRewardPositionsInput {
    /// The store.
    store_id: ID,
    /// The rewards that are placed, 1 to 500, each once. The others stay where they are.
    rewards: Vec<RewardPositionInput>,
}

/// Where a reward is placed.
#[derive(InputObject)]
struct RewardPositionInput {
    /// The reward.
    reward_id: ID,
    /// Its position, 0 to 1000000000. Of two with the same one, the older comes first.
    position: i64,
}

/// What came of `setRewardPositions`.
#[derive(SimpleObject)]
struct RewardPositionsPayload {
    /// The rewards that were placed, as they were named.
    rewards: Vec<Reward>,
    /// What was wrong; then no reward was placed.
    user_errors: Vec<UserError>,
}

#[permissions]
#[Object]
impl RewardOrderMutation {
    /// Places rewards in the order in which they are shown (`Store.rewards(orderBy: POSITION_ASC)`), all of them or none.
    /// Doing it again changes nothing. New rewards come at the end. The versions of rewards do not change.
    #[requires("rewards:write")]
    async fn set_reward_positions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: SetRewardPositionsInput,
    ) -> async_graphql::Result<RewardPositionsPayload> {
        let store = input.store_id.parse::<StoreId>().ok();
        let store = match permit(ctx, store, REQUIRED, ("store", "storeId"))? {
            Ok(store) => store,
            Err(error) => return Ok(refused(vec![error])),
        };
        let place = |wanted: &RewardPositionInput| Some((wanted.reward_id.parse().ok()?, wanted.position));
        let Some(places) = input
            .rewards
            .iter()
            .map(place)
            .collect::<Option<Vec<(RewardId, i64)>>>()
        else {
            return Ok(refused(vec![unknown()]));
        };
        match reward::arrange(ctx.app(), store, &places).await {
            Ok(()) => {
                let mut rewards = Vec::with_capacity(places.len());
                let found = futures_util::future::join_all(places.iter().map(|(id, _)| load(ctx, *id))).await;
                for row in found {
                    rewards.extend(row?.map(Reward));
                }
                Ok(RewardPositionsPayload {
                    rewards,
                    user_errors: Vec::new(),
                })
            }
            Err(RewardError::NotFound) => Ok(refused(vec![unknown()])),
            Err(error) => Ok(refused(why_not(error)?)),
        }
    }
}

fn unknown() -> UserError {
    let message = "one of the rewards is not the store's";
    UserError::new(UserErrorCode::NotFound, message, &["rewards"])
}

fn refused(user_errors: Vec<UserError>) -> RewardPositionsPayload {
    RewardPositionsPayload {
        rewards: Vec::new(),
        user_errors,
    }
}
