use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{FulfilmentId, StoreId, fulfilment};
use macros::permissions;
use sea_orm::EntityTrait;
use serde::Serialize;

use super::{key, key_error, permit};
use crate::access::Permission;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::graphql::types::Fulfilment;
use crate::service::idempotency::Key;
use crate::service::redemption::{self, ByHand, ByHandError, Handed};

#[derive(Default)]
pub(super) struct FulfilmentMutation;

/// For `fulfilRedemption`.
#[derive(InputObject, Serialize)]
struct FulfilRedemptionInput {
    /// What waits: the id of the fulfilment.
    id: ID,
    /// The version that was seen.
    version: i64,
    /// The code of a coupon that somebody made in the shop. Give this or `note`.
    code: Option<String>,
    /// Until when the code can be used; left out: as the reward says.
    valid_until: Option<DateTime<Utc>>,
    /// How the customer gets what was redeemed, in at most 500 characters; it is in the e-mail. Give this or `code`.
    note: Option<String>,
    /// A new key for each intent: the same request again changes nothing and answers alike.
    /// It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: String,
}

/// For `refuseFulfilment`.
#[derive(InputObject, Serialize)]
struct RefuseFulfilmentInput {
    /// What waits: the id of the fulfilment.
    id: ID,
    /// The version that was seen.
    version: i64,
    /// Why, in at most 500 characters; it is in the e-mail to the customer.
    reason: String,
    /// A new key for each intent: the same request again changes nothing and answers alike.
    /// It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: String,
}

/// What came of seeing to a redemption.
#[derive(SimpleObject)]
struct FulfilmentPayload {
    /// What waited; none without the permission `coupons:read`.
    fulfilment: Option<Fulfilment>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

#[permissions]
#[Object]
impl FulfilmentMutation {
    /// Gives a customer what was redeemed and waits for the staff: a code that somebody made in the shop, or words on how
    /// to get it. The points are spent and the customer gets an e-mail. Possible once.
    #[requires("redemptions:write")]
    async fn fulfil_redemption(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: FulfilRedemptionInput,
    ) -> async_graphql::Result<FulfilmentPayload> {
        let own = match own(ctx, REQUIRED, &input.id).await? {
            Ok(own) => own,
            Err(error) => return Ok(refused(error)),
        };
        let key = match key(ctx, &input.idempotency_key, "fulfilRedemption", &input)? {
            Ok(key) => key,
            Err(error) => return Ok(refused(error)),
        };
        let (handed, place) = match (input.code, input.note) {
            (Some(code), None) => {
                let ends_at = input.valid_until;
                (Handed::Code { code, ends_at }, "code")
            }
            (None, Some(note)) => (Handed::Note(note), "note"),
            _ => {
                let message = "give code or note, and not both";
                return Ok(refused(UserError::new(UserErrorCode::Required, message, &["code"])));
            }
        };
        see_to(ctx, own, (input.version, handed), key, place).await
    }

    /// Refuses a redemption that waits for the staff: the points come back and the customer gets an e-mail with the
    /// reason.
    #[requires("redemptions:write")]
    async fn refuse_fulfilment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RefuseFulfilmentInput,
    ) -> async_graphql::Result<FulfilmentPayload> {
        let own = match own(ctx, REQUIRED, &input.id).await? {
            Ok(own) => own,
            Err(error) => return Ok(refused(error)),
        };
        let key = match key(ctx, &input.idempotency_key, "refuseFulfilment", &input)? {
            Ok(key) => key,
            Err(error) => return Ok(refused(error)),
        };
        see_to(ctx, own, (input.version, Handed::Refusal(input.reason)), key, "reason").await
    }
}

async fn see_to(
    ctx: &Context<'_>,
    (store, id): (StoreId, FulfilmentId),
    (version, handed): (i64, Handed),
    key: Key,
    place: &str,
) -> async_graphql::Result<FulfilmentPayload> {
    let request = ByHand {
        store,
        id,
        version,
        handed,
        actor: ctx.requester().actor(),
        request_id: ctx.request_id(),
    };
    match redemption::see_to(ctx.app(), request, key).await {
        Ok(id) => {
            let seen = ctx.demand(store, Fulfilment::REQUIRED).is_ok();
            // Read again: the loader has what it was before.
            let row = fulfilment::Entity::find_by_id(id).one(&ctx.app().db).await;
            Ok(FulfilmentPayload {
                fulfilment: row.map_err(fault)?.filter(|_| seen).map(Fulfilment),
                user_errors: Vec::new(),
            })
        }
        Err(error) => Ok(refused(refusal(error, place)?)),
    }
}

/// What is named, where the requester may see to it.
async fn own(
    ctx: &Context<'_>,
    permission: Permission,
    id: &ID,
) -> async_graphql::Result<Result<(StoreId, FulfilmentId), UserError>> {
    let row = match id.parse::<FulfilmentId>() {
        Ok(id) => load(ctx, id).await?,
        Err(_) => None,
    };
    let store = row.as_ref().map(|row| row.store_id);
    Ok(match (permit(ctx, store, permission, ("fulfilment", "id"))?, row) {
        (Ok(store), Some(row)) => Ok((store, row.id)),
        (Ok(_), None) => Err(UserError::not_found("fulfilment", &["id"])),
        (Err(error), _) => Err(error),
    })
}

fn refused(error: UserError) -> FulfilmentPayload {
    FulfilmentPayload {
        fulfilment: None,
        user_errors: vec![error],
    }
}

fn refusal(error: ByHandError, place: &str) -> async_graphql::Result<UserError> {
    let invalid = |error: ByHandError, path: &str| UserError::new(UserErrorCode::Invalid, error, &[path]);
    Ok(match error {
        ByHandError::NotFound => UserError::not_found("fulfilment", &["id"]),
        error @ ByHandError::Done => UserError::new(UserErrorCode::FulfilmentDone, error, &["id"]),
        error @ ByHandError::Conflict { current } => UserError::conflict(error.to_string(), current),
        error @ (ByHandError::Code(_) | ByHandError::Taken(_)) => invalid(error, "code"),
        error @ ByHandError::Ended => invalid(error, "validUntil"),
        error @ ByHandError::Words => invalid(error, place),
        ByHandError::Key(error) => key_error(error)?,
        ByHandError::Database(error) => return Err(fault(error)),
    })
}
