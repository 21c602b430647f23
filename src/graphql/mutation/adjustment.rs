use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{AdjustmentId, CustomerId, LotId, StoreId, adjustment};
use macros::permissions;
use serde::Serialize;

use super::{key, key_error, permit};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::graphql::scalar::Points;
use crate::graphql::types::{Adjustment, Customer};
use crate::service::adjustment::{
    AdjustError, By, NewAdjustment, ReinstateError, ReverseError, adjust, reinstate, reverse,
};

#[derive(Default)]
pub(super) struct AdjustmentMutation;

/// What points by hand are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
enum AdjustPointsKind {
    /// A correction, plus or minus.
    Adjustment,
    /// A present; only plus.
    Bonus,
}

/// For `adjustPoints`.
#[derive(InputObject, Serialize)]
struct AdjustPointsInput {
    /// Whose points.
    customer_id: ID,
    /// How many to give, or, negative, to take. Only what can be spent can be taken.
    points: Points,
    /// What they are for.
    #[graphql(default_with = "AdjustPointsKind::Adjustment")]
    kind: AdjustPointsKind,
    /// Why, in 1 to 500 characters. The customer's statement shows it.
    reason: String,
    /// When given points run out. Left out: as the programme's rules say.
    expires_at: Option<DateTime<Utc>>,
    /// A new key for each intent: the same request again changes nothing, and answers with the first
    /// adjustment.
    /// It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: String,
}

/// For `reverseAdjustment`.
#[derive(InputObject, Serialize)]
struct ReverseAdjustmentInput {
    /// The adjustment to undo.
    adjustment_id: ID,
    /// Why, in 1 to 500 characters. The customer's statement shows it.
    reason: String,
    /// A new key for each intent: the same request again changes nothing, and answers with the first
    /// reversal.
    /// It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: String,
}

/// For `reinstatePoints`.
#[derive(InputObject, Serialize)]
struct ReinstatePointsInput {
    /// The lot whose points ran out.
    lot_id: ID,
    /// Why, in 1 to 500 characters. The customer's statement shows it.
    reason: String,
    /// A new key for each intent: the same request again changes nothing, and answers with the first
    /// reinstatement.
    /// It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: String,
}

/// What came of a change of points by hand.
#[derive(SimpleObject)]
struct AdjustmentPayload {
    /// What was done. None without the permission `customers:read`.
    adjustment: Option<Adjustment>,
    /// The customer, with the balance after it. None without the permission `customers:read`.
    customer: Option<Customer>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

#[permissions]
#[Object]
impl AdjustmentMutation {
    /// Gives or takes a customer's points by hand.
    #[requires("points:write")]
    async fn adjust_points(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AdjustPointsInput,
    ) -> async_graphql::Result<AdjustmentPayload> {
        let customer = match input.customer_id.parse::<CustomerId>() {
            Ok(id) => load(ctx, id).await?,
            Err(_) => None,
        };
        let named = ("customer", "customerId");
        let store = customer.as_ref().map(|row| row.store_id);
        let (store, customer) = match (permit(ctx, store, REQUIRED, named)?, customer) {
            (Ok(store), Some(row)) => (store, row.id),
            (Err(error), _) => return Ok(refused(error)),
            (Ok(_), None) => return Ok(refused(UserError::not_found("customer", &["customerId"]))),
        };
        let key = match key(ctx, &input.idempotency_key, "adjustPoints", &input)? {
            Ok(key) => key,
            Err(error) => return Ok(refused(error)),
        };
        let new = NewAdjustment {
            store,
            customer,
            kind: match input.kind {
                AdjustPointsKind::Adjustment => adjustment::AdjustmentKind::Adjustment,
                AdjustPointsKind::Bonus => adjustment::AdjustmentKind::Bonus,
            },
            points: entity::Points(input.points.0),
            expires_at: input.expires_at,
            by: by(ctx, input.reason),
        };
        match adjust(ctx.app(), new, key).await {
            Ok(id) => done(ctx, store, id).await,
            Err(AdjustError::CustomerNotFound) => Ok(refused(UserError::not_found("customer", &["customerId"]))),
            Err(AdjustError::Invalid(problems)) => Ok(refused_all(UserError::problems(problems))),
            Err(ref error @ AdjustError::NotEnoughPoints { available, required }) => {
                Ok(refused(UserError::insufficient(error.to_string(), available, required)))
            }
            Err(AdjustError::Key(error)) => Ok(refused(key_error(error)?)),
            Err(AdjustError::Database(error)) => Err(fault(error)),
        }
    }

    /// Undoes an adjustment, once. Points that it gave are taken back, first those that are left of
    /// them, then others; what nothing covers follows the programme's debt policy. Points that it took
    /// come back as what they were.
    #[requires("points:write")]
    async fn reverse_adjustment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ReverseAdjustmentInput,
    ) -> async_graphql::Result<AdjustmentPayload> {
        let row = match input.adjustment_id.parse::<AdjustmentId>() {
            Ok(id) => load(ctx, id).await?,
            Err(_) => None,
        };
        let named = ("adjustment", "adjustmentId");
        let store = row.as_ref().map(|row| row.store_id);
        let (store, id) = match (permit(ctx, store, REQUIRED, named)?, row) {
            (Ok(store), Some(row)) => (store, row.id),
            (Err(error), _) => return Ok(refused(error)),
            (Ok(_), None) => return Ok(refused(UserError::not_found("adjustment", &["adjustmentId"]))),
        };
        let key = match key(ctx, &input.idempotency_key, "reverseAdjustment", &input)? {
            Ok(key) => key,
            Err(error) => return Ok(refused(error)),
        };
        match reverse(ctx.app(), store, id, by(ctx, input.reason), key).await {
            Ok(id) => done(ctx, store, id).await,
            Err(ReverseError::NotFound) => Ok(refused(UserError::not_found("adjustment", &["adjustmentId"]))),
            Err(ReverseError::Invalid(problems)) => Ok(refused_all(UserError::problems(problems))),
            Err(error @ ReverseError::AlreadyReversed) => Ok(refused(UserError::new(
                UserErrorCode::AlreadyReversed,
                error,
                &["adjustmentId"],
            ))),
            Err(error @ ReverseError::IsReversal) => Ok(refused(UserError::new(
                UserErrorCode::Invalid,
                error,
                &["adjustmentId"],
            ))),
            Err(ReverseError::Key(error)) => Ok(refused(key_error(error)?)),
            Err(ReverseError::Database(error)) => Err(fault(error)),
        }
    }

    /// Gives points that ran out again, each once, with the validity that the programme gives today.
    #[requires("points:write")]
    async fn reinstate_points(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ReinstatePointsInput,
    ) -> async_graphql::Result<AdjustmentPayload> {
        let lot = match input.lot_id.parse::<LotId>() {
            Ok(id) => load(ctx, id).await?,
            Err(_) => None,
        };
        let named = ("lot", "lotId");
        let store = lot.as_ref().map(|row| row.store_id);
        let (store, lot) = match (permit(ctx, store, REQUIRED, named)?, lot) {
            (Ok(store), Some(row)) => (store, row.id),
            (Err(error), _) => return Ok(refused(error)),
            (Ok(_), None) => return Ok(refused(UserError::not_found("lot", &["lotId"]))),
        };
        let key = match key(ctx, &input.idempotency_key, "reinstatePoints", &input)? {
            Ok(key) => key,
            Err(error) => return Ok(refused(error)),
        };
        match reinstate(ctx.app(), store, lot, by(ctx, input.reason), key).await {
            Ok(id) => done(ctx, store, id).await,
            Err(ReinstateError::LotNotFound) => Ok(refused(UserError::not_found("lot", &["lotId"]))),
            Err(ReinstateError::Invalid(problems)) => Ok(refused_all(UserError::problems(problems))),
            Err(error @ ReinstateError::NothingExpired) => Ok(refused(UserError::new(
                UserErrorCode::NothingExpired,
                error,
                &["lotId"],
            ))),
            Err(ReinstateError::Key(error)) => Ok(refused(key_error(error)?)),
            Err(ReinstateError::Database(error)) => Err(fault(error)),
        }
    }
}

pub(super) fn by(ctx: &Context<'_>, reason: String) -> By {
    By {
        actor: ctx.requester().actor(),
        request_id: ctx.request_id(),
        reason,
    }
}

async fn done(ctx: &Context<'_>, store: StoreId, id: AdjustmentId) -> async_graphql::Result<AdjustmentPayload> {
    let mut payload = refused_all(Vec::new());
    if ctx.demand(store, Customer::REQUIRED).is_ok()
        && let Some(row) = load(ctx, id).await?
    {
        payload.customer = load(ctx, row.customer_id).await?.map(Customer);
        payload.adjustment = Some(Adjustment(row));
    }
    Ok(payload)
}

fn refused(error: UserError) -> AdjustmentPayload {
    refused_all(vec![error])
}

fn refused_all(user_errors: Vec<UserError>) -> AdjustmentPayload {
    AdjustmentPayload {
        adjustment: None,
        customer: None,
        user_errors,
    }
}
