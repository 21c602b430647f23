use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::reward::Fulfilment;
use entity::{Cents, CouponPoolId, IntegrationId, RewardId, StoreId};
use macros::permissions;
use serde::Serialize;

use super::reward_input::{RewardAvailabilityInput, RewardLimitsInput, parsed};
use super::{key, key_error, permit};
use crate::access::Permission;
use crate::domain::money_text::parse_machine;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::graphql::scalar::{Decimal, Points, Url};
use crate::graphql::types::{Reward, RewardFulfilment, RewardKind};
use crate::service::reward::{self, NewReward, RewardChanges, RewardError};

#[derive(Default)]
pub(super) struct RewardMutation;

/// For `createReward`.
#[derive(InputObject)]
struct CreateRewardInput {
    /// The integration in whose shop the coupon is made.
    integration_id: ID,
    /// What the coupon takes off. Rewards of products come from the feed instead.
    kind: RewardKind,
    /// Its name, 1 to 120 characters.
    name: String,
    /// More about it.
    description: Option<String>,
    /// Its picture, an https address of at most 2000 characters.
    image_url: Option<Url>,
    /// Its category, a path from the top such as `Roupas > Camisetas`, at most 500 characters.
    category: Option<String>,
    /// What it costs, at least 1.
    points: Points,
    /// Amount off, for `AMOUNT_OFF`.
    amount: Option<Decimal>,
    /// Per cent off, above 0, at most 100, for `PERCENT_OFF`.
    percent: Option<Decimal>,
    /// Smallest order for its coupon.
    minimum_order: Option<Decimal>,
    /// How long its coupon is valid, in days; left out: as the integration says.
    validity_days: Option<i32>,
    /// How what is redeemed comes into being; left out: the shop is asked to make a coupon.
    fulfilment: Option<RewardFulfilment>,
    /// The pool that its codes are taken from, for `POOL`.
    pool_id: Option<ID>,
    /// How often it can be redeemed; left out: as often as anybody likes.
    limits: Option<RewardLimitsInput>,
    /// When it can be redeemed; left out: at any time.
    availability: Option<RewardAvailabilityInput>,
    /// A new key for each intent: the same request again creates nothing twice.
    /// It is remembered for 30 days.
    idempotency_key: String,
}

/// For `updateReward`: what is left out stays as it is.
#[derive(InputObject)]
struct UpdateRewardInput {
    /// The reward.
    id: ID,
    /// The version that the change is based on.
    version: i64,
    /// Its name.
    name: Option<String>,
    /// More about it; empty clears it.
    description: Option<String>,
    /// Its picture, an https address; empty takes it away, so that a product's own is shown again.
    image_url: Option<Url>,
    /// Its category, a path from the top; empty clears it.
    category: Option<String>,
    /// What it costs.
    points: Option<Points>,
    /// How long its coupon is valid, in days.
    validity_days: Option<i32>,
    /// How what is redeemed comes into being, from now on.
    fulfilment: Option<RewardFulfilment>,
    /// The pool that its codes are taken from, for `POOL`.
    pool_id: Option<ID>,
    /// Whether it can be redeemed.
    active: Option<bool>,
    /// How often it can be redeemed, in the place of all that was set: `{}` is without limits. Redemptions that there were
    /// before count.
    limits: Option<RewardLimitsInput>,
    /// When it can be redeemed, in the place of all that was set: `{}` is at any time.
    availability: Option<RewardAvailabilityInput>,
}

/// What came of a mutation on a reward.
#[derive(SimpleObject)]
struct RewardPayload {
    /// The reward.
    reward: Option<Reward>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// What makes one request the same as another.
#[derive(Serialize)]
struct Fingerprint<'a>(
    &'a str,
    String,
    &'a str,
    Option<&'a str>,
    i64,
    [Option<&'a str>; 3],
    Option<i32>,
    // Left out where a request of an older client has nothing.
    #[serde(skip_serializing_if = "Option::is_none")] Option<(String, Option<&'a str>)>,
    #[serde(skip_serializing_if = "Option::is_none")] Option<&'a RewardLimitsInput>,
    #[serde(skip_serializing_if = "Option::is_none")] Option<&'a RewardAvailabilityInput>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")] Vec<(&'a str, &'a str)>,
);

#[permissions]
#[Object]
impl RewardMutation {
    /// Creates a reward.
    #[requires("rewards:write")]
    async fn create_reward(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CreateRewardInput,
    ) -> async_graphql::Result<RewardPayload> {
        let integration = match input.integration_id.parse::<IntegrationId>() {
            Ok(id) => load(ctx, id).await?,
            Err(_) => None,
        };
        let store = integration.as_ref().map(|row| row.store_id);
        let path = ("integration", "integrationId");
        let (store, integration) = match (permit(ctx, store, REQUIRED, path)?, integration) {
            (Ok(store), Some(row)) => (store, row.id),
            (Err(error), _) => return Ok(refused(vec![error])),
            (Ok(_), None) => return Ok(refused(vec![UserError::not_found("integration", &["integrationId"])])),
        };
        let decimals =
            [&input.amount, &input.percent, &input.minimum_order].map(|text| text.as_ref().map(|d| d.0.as_str()));
        let image = input.image_url.as_ref().map(|url| ("imageUrl", url.0.as_str()));
        let category = input.category.as_deref().map(|path| ("category", path));
        let shown = image.into_iter().chain(category).collect();
        let fingerprint = Fingerprint(
            &input.integration_id,
            format!("{:?}", input.kind),
            &input.name,
            input.description.as_deref(),
            input.points.0,
            decimals,
            input.validity_days,
            input
                .fulfilment
                .map(|how| (format!("{how:?}"), input.pool_id.as_ref().map(|id| id.as_str()))),
            input.limits.as_ref(),
            input.availability.as_ref(),
            shown,
        );
        let key = match key(ctx, &input.idempotency_key, "createReward", &fingerprint)? {
            Ok(key) => key,
            Err(error) => return Ok(refused(vec![error])),
        };
        let pool = match pool(ctx, store, input.pool_id.as_ref()).await? {
            Ok(pool) => pool,
            Err(error) => return Ok(refused(vec![error])),
        };
        let (limits, availability) = match parsed(input.limits, input.availability) {
            Ok((limits, availability)) => (limits.unwrap_or_default(), availability.unwrap_or_default()),
            Err(errors) => return Ok(refused(errors)),
        };
        let [amount, percent, minimum] = decimals.map(|text| text.and_then(parse_machine));
        let new = NewReward {
            integration,
            kind: input.kind.into(),
            name: input.name.clone(),
            description: input.description.clone(),
            image_url: input.image_url.as_ref().map(|url| url.0.clone()),
            category: input.category.clone(),
            points: entity::Points(input.points.0),
            amount: amount.map(Cents),
            // Hundredths of a per cent are to a percentage what centavos are to a real.
            percent_hundredths: percent.map(|value| i32::try_from(value).unwrap_or(i32::MAX)),
            minimum_order: minimum.map(Cents),
            validity_days: input.validity_days,
            fulfilment: input.fulfilment.map_or(Fulfilment::Automatic, Into::into),
            pool,
            limits,
            availability,
        };
        match reward::create(ctx.app(), store, new, key).await {
            Ok(id) => changed(ctx, id).await,
            Err(error) => refusal(error),
        }
    }

    /// Changes a reward. What its coupon takes off never changes: create another reward instead. Of a reward that stands
    /// for a product, the picture, the limits and the time can be changed; the rest follows the feed.
    #[requires("rewards:write")]
    async fn update_reward(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: UpdateRewardInput,
    ) -> async_graphql::Result<RewardPayload> {
        let (store, id) = match own(ctx, REQUIRED, &input.id).await? {
            Ok(own) => own,
            Err(error) => return Ok(refused(vec![error])),
        };
        let pool = match pool(ctx, store, input.pool_id.as_ref()).await? {
            Ok(pool) => pool,
            Err(error) => return Ok(refused(vec![error])),
        };
        let (limits, availability) = match parsed(input.limits, input.availability) {
            Ok(parsed) => parsed,
            Err(errors) => return Ok(refused(errors)),
        };
        let changes = RewardChanges {
            name: input.name,
            description: input.description,
            image_url: input.image_url.map(|url| url.0),
            category: input.category,
            points: input.points.map(|points| entity::Points(points.0)),
            validity_days: input.validity_days,
            fulfilment: input.fulfilment.map(Into::into),
            pool,
            active: input.active,
            limits,
            availability,
        };
        match reward::update(ctx.app(), store, id, input.version, changes).await {
            Ok(()) => changed(ctx, id).await,
            Err(error) => refusal(error),
        }
    }
}

async fn own(
    ctx: &Context<'_>,
    permission: Permission,
    id: &ID,
) -> async_graphql::Result<Result<(StoreId, RewardId), UserError>> {
    let row = match id.parse::<RewardId>() {
        Ok(id) => load(ctx, id).await?,
        Err(_) => None,
    };
    let store = row.as_ref().map(|row| row.store_id);
    Ok(match (permit(ctx, store, permission, ("reward", "id"))?, row) {
        (Ok(store), Some(row)) => Ok((store, row.id)),
        (Ok(_), None) => Err(UserError::not_found("reward", &["id"])),
        (Err(error), _) => Err(error),
    })
}

/// The pool that is named, if one is: one of the store.
async fn pool(
    ctx: &Context<'_>,
    store: StoreId,
    id: Option<&ID>,
) -> async_graphql::Result<Result<Option<CouponPoolId>, UserError>> {
    let Some(id) = id else { return Ok(Ok(None)) };
    let row = match id.parse::<CouponPoolId>() {
        Ok(id) => load(ctx, id).await?,
        Err(_) => None,
    };
    let found = row.filter(|row| row.store_id == store).map(|row| row.id);
    Ok(match found {
        Some(id) => Ok(Some(id)),
        None => Err(UserError::not_found("pool", &["poolId"])),
    })
}

fn refused(user_errors: Vec<UserError>) -> RewardPayload {
    RewardPayload {
        reward: None,
        user_errors,
    }
}

async fn changed(ctx: &Context<'_>, id: RewardId) -> async_graphql::Result<RewardPayload> {
    Ok(RewardPayload {
        reward: load(ctx, id).await?.map(Reward),
        user_errors: Vec::new(),
    })
}

fn refusal(error: RewardError) -> async_graphql::Result<RewardPayload> {
    why_not(error).map(refused)
}

pub(super) fn why_not(error: RewardError) -> async_graphql::Result<Vec<UserError>> {
    Ok(match error {
        RewardError::Invalid(problems) => UserError::problems(problems),
        RewardError::IntegrationNotFound => vec![UserError::not_found("integration", &["integrationId"])],
        RewardError::PoolNotFound => vec![UserError::not_found("pool", &["poolId"])],
        RewardError::NotFound => vec![UserError::not_found("reward", &["id"])],
        error @ RewardError::FollowsFeed => vec![UserError::new(UserErrorCode::FollowsFeed, error, &["id"])],
        error @ RewardError::Conflict { current } => vec![UserError::conflict(error.to_string(), current)],
        RewardError::Key(error) => vec![key_error(error)?],
        RewardError::Database(error) => return Err(fault(error)),
    })
}
