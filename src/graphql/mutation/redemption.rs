use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{CustomerId, RedemptionId, RewardId};
use macros::permissions;
use serde::Serialize;

use super::{key, key_error, permit, sale};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::graphql::types::{Customer, Redemption};
use crate::service::redemption::{self, CancelError, CancelRequest, RedeemError, RedeemRequest};

#[derive(Default)]
pub(super) struct RedemptionMutation;

/// For `redeemReward`.
#[derive(InputObject, Serialize)]
struct RedeemRewardInput {
    /// Whose points.
    customer_id: ID,
    /// For what.
    reward_id: ID,
    /// A new key for each intent: the same request again redeems nothing twice, and answers with the
    /// first redemption.
    /// It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: String,
}

/// What came of `redeemReward` or `redeemWithCode`.
#[derive(SimpleObject)]
pub(super) struct RedeemRewardPayload {
    /// The redemption. Its coupon is being made, unless its code came from a pool or the staff see to it: subscribe to
    /// `redemption` or ask for it again.
    redemption: Option<Redemption>,
    /// The customer, with the balance after the points were reserved. None without the permission
    /// `customers:read`.
    customer: Option<Customer>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// For `cancelRedemption`.
#[derive(InputObject, Serialize)]
struct CancelRedemptionInput {
    /// What is to be undone.
    redemption_id: ID,
    /// Why, in at most 500 characters. The customer's statement shows it.
    reason: Option<String>,
    /// True when somebody has made the coupon unusable in the shop by hand. Needed where its code came from a pool or from the
    /// staff and
    /// the platform cannot end it, and looked at only there.
    #[graphql(default)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    coupon_ended: bool,
    /// A new key for each intent: the same request again changes nothing, and answers with the same
    /// redemption.
    /// It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: String,
}

/// What came of `cancelRedemption`.
#[derive(SimpleObject)]
struct CancelRedemptionPayload {
    /// The redemption: cancelled at once when its coupon was never asked for, or else being cancelled:
    /// subscribe to `redemption` or ask for it again. None without the permission `coupons:read`.
    redemption: Option<Redemption>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

#[permissions]
#[Object]
impl RedemptionMutation {
    /// Exchanges a customer's points for a reward. The points are reserved at once; when the coupon
    /// exists in the shop they are spent, and when the shop refuses they come back. A code of a pool is
    /// handed out at once; what the staff see to waits for them (`Store.fulfilments`).
    #[requires("redemptions:write")]
    async fn redeem_reward(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RedeemRewardInput,
    ) -> async_graphql::Result<RedeemRewardPayload> {
        let customer = match input.customer_id.parse::<CustomerId>() {
            Ok(id) => load(ctx, id).await?,
            Err(_) => None,
        };
        let store = customer.as_ref().map(|row| row.store_id);
        let path = ("customer", "customerId");
        let (store, customer) = match (permit(ctx, store, REQUIRED, path)?, customer) {
            (Ok(store), Some(row)) => (store, row.id),
            (Err(error), _) => return Ok(refused(error)),
            (Ok(_), None) => return Ok(refused(UserError::not_found("customer", &["customerId"]))),
        };
        let Ok(reward) = input.reward_id.parse::<RewardId>() else {
            return Ok(refused(UserError::not_found("reward", &["rewardId"])));
        };
        let key = match key(ctx, &input.idempotency_key, "redeemReward", &input)? {
            Ok(key) => key,
            Err(error) => return Ok(refused(error)),
        };
        let request = RedeemRequest {
            store,
            customer,
            reward,
            actor: ctx.requester().actor(),
            request_id: ctx.request_id(),
        };
        match redemption::request(ctx.app(), request, key).await {
            Ok(id) => redeemed(ctx, id).await,
            Err(error) => Ok(refused(refusal(error)?)),
        }
    }

    /// Undoes a redemption. The coupon is made unusable in the shop first; when that is certain, and no
    /// sale used it, the points come back to what they were. Points whose time has run out meanwhile can be
    /// spent for the programme's days of grace.
    #[requires("redemptions:write")]
    async fn cancel_redemption(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CancelRedemptionInput,
    ) -> async_graphql::Result<CancelRedemptionPayload> {
        let row = match input.redemption_id.parse::<RedemptionId>() {
            Ok(id) => load(ctx, id).await?,
            Err(_) => None,
        };
        let named = ("redemption", "redemptionId");
        let store = row.as_ref().map(|row| row.store_id);
        let (store, id) = match (permit(ctx, store, REQUIRED, named)?, row) {
            (Ok(store), Some(row)) => (store, row.id),
            (Err(error), _) => return Ok(not_cancelled(error)),
            (Ok(_), None) => return Ok(not_cancelled(UserError::not_found("redemption", &["redemptionId"]))),
        };
        let key = match key(ctx, &input.idempotency_key, "cancelRedemption", &input)? {
            Ok(key) => key,
            Err(error) => return Ok(not_cancelled(error)),
        };
        let request = CancelRequest {
            store,
            redemption: id,
            reason: input.reason,
            coupon_ended: input.coupon_ended,
            actor: ctx.requester().actor(),
            request_id: ctx.request_id(),
        };
        match redemption::cancel(ctx.app(), request, key).await {
            Ok(id) => {
                let redemption = match ctx.demand(store, Redemption::REQUIRED) {
                    Ok(()) => load::<RedemptionId>(ctx, id).await?.map(Redemption),
                    Err(_) => None,
                };
                Ok(CancelRedemptionPayload {
                    redemption,
                    user_errors: Vec::new(),
                })
            }
            Err(error) => Ok(not_cancelled(why_not_cancelled(error)?)),
        }
    }
}

/// The redemption, and the customer for whoever may see customers.
pub(super) async fn redeemed(ctx: &Context<'_>, id: RedemptionId) -> async_graphql::Result<RedeemRewardPayload> {
    let row = load::<RedemptionId>(ctx, id).await?;
    let customer = match &row {
        Some(row) if ctx.demand(row.store_id, Customer::REQUIRED).is_ok() => {
            load(ctx, row.customer_id).await?.map(Customer)
        }
        _ => None,
    };
    Ok(RedeemRewardPayload {
        redemption: row.map(Redemption),
        customer,
        user_errors: Vec::new(),
    })
}

fn not_cancelled(error: UserError) -> CancelRedemptionPayload {
    CancelRedemptionPayload {
        redemption: None,
        user_errors: vec![error],
    }
}

fn why_not_cancelled(error: CancelError) -> async_graphql::Result<UserError> {
    let path = &["redemptionId"];
    Ok(match error {
        CancelError::NotFound => UserError::not_found("redemption", path),
        CancelError::Reason => UserError::new(UserErrorCode::Invalid, error, &["reason"]),
        CancelError::Failed => UserError::new(UserErrorCode::RedemptionFailed, error, path),
        CancelError::CouponUsed => UserError::new(UserErrorCode::CouponUsed, error, path),
        CancelError::EndByHand { .. } => UserError::new(UserErrorCode::ConfirmationRequired, error, &["couponEnded"]),
        CancelError::CannotDisable { .. } | CancelError::UsesUnseen => {
            UserError::new(UserErrorCode::Unsupported, error, path)
        }
        CancelError::Key(error) => key_error(error)?,
        CancelError::Database(error) => return Err(fault(error)),
    })
}

pub(super) fn refused(error: UserError) -> RedeemRewardPayload {
    RedeemRewardPayload {
        redemption: None,
        customer: None,
        user_errors: vec![error],
    }
}

pub(super) fn refusal(error: RedeemError) -> async_graphql::Result<UserError> {
    Ok(match error {
        RedeemError::CustomerNotFound => UserError::not_found("customer", &["customerId"]),
        RedeemError::RewardNotFound => UserError::not_found("reward", &["rewardId"]),
        RedeemError::NotEnoughPoints { available, required } => {
            UserError::insufficient(error.to_string(), available, required)
        }
        RedeemError::RewardInactive => UserError::new(UserErrorCode::RewardInactive, error, &["rewardId"]),
        RedeemError::NotAvailable { from, until } => UserError::not_available(error.to_string(), [from, until]),
        RedeemError::SoldOut => UserError::new(UserErrorCode::RewardSoldOut, error, &["rewardId"]),
        RedeemError::LimitReached(used) => UserError::limit_reached(error.to_string(), used),
        RedeemError::IntegrationInactive => UserError::new(UserErrorCode::IntegrationInactive, error, &["rewardId"]),
        RedeemError::Unsupported => UserError::new(UserErrorCode::Unsupported, error, &["rewardId"]),
        RedeemError::PoolEmpty => UserError::new(UserErrorCode::PoolEmpty, error, &["rewardId"]),
        RedeemError::Code => UserError::new(UserErrorCode::InvalidCode, error, &["code"]),
        RedeemError::Source(error) => sale::refusal(error)?,
        RedeemError::Key(error) => key_error(error)?,
        RedeemError::Database(error) => return Err(fault(error)),
    })
}
