use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{IntegrationId, RewardId, StoreId};
use macros::permissions;
use serde::Serialize;

use super::redemption::{self as redemptions, RedeemRewardPayload, redeemed};
use super::{key, permit, sale};
use crate::access::Permission;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode};
use crate::graphql::types::Customer;
use crate::service::customer::KnownBy;
use crate::service::redemption::{self, AskCode, AskCodeError, CodeSent, RedeemError, RedeemWithCode, Sight};

#[derive(Default)]
pub(super) struct RedemptionCodeMutation;

/// A customer as a till knows them: exactly one of these.
#[derive(InputObject, Serialize)]
struct CustomerAtTillInput {
    /// The customer's id here.
    id: Option<ID>,
    /// CPF or CNPJ, with or without punctuation.
    document: Option<String>,
    /// E-mail address, in any case.
    email: Option<String>,
    /// The customer's key in the source.
    external_id: Option<String>,
}

/// For `requestRedemptionCode`.
#[derive(InputObject)]
struct RequestRedemptionCodeInput {
    /// The till: an integration of the platform `SALES_API`.
    integration_id: ID,
    /// Who is to get the code.
    customer: CustomerAtTillInput,
}

/// What came of `requestRedemptionCode`.
#[derive(SimpleObject)]
struct RequestRedemptionCodePayload {
    /// Where the code was sent, shortened: `m…a@example.com`. None without the permission `customers:read`: then the answer is
    /// the same whether there is such a customer, with an address, or not.
    sent_to: Option<String>,
    /// The code is refused from here on.
    expires_at: Option<DateTime<Utc>>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// For `redeemWithCode`.
#[derive(InputObject, Serialize)]
struct RedeemWithCodeInput {
    /// The till: an integration of the platform `SALES_API`.
    integration_id: ID,
    /// Whose points.
    customer: CustomerAtTillInput,
    /// For what.
    reward_id: ID,
    /// The code that the customer tells: six digits.
    code: String,
    /// A new key for each intent: the same request again redeems nothing twice, and answers with the
    /// first redemption.
    /// It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: String,
}

#[permissions]
#[Object]
impl RedemptionCodeMutation {
    /// Sends a customer a code of six digits by e-mail, by which a till may redeem once, within ten minutes. It takes the
    /// place of the one before. A customer gets at most five an hour.
    #[requires("redemptions:with_code")]
    async fn request_redemption_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RequestRedemptionCodeInput,
    ) -> async_graphql::Result<RequestRedemptionCodePayload> {
        let (store, integration) = match till(ctx, REQUIRED, &input.integration_id).await? {
            Ok(found) => found,
            Err(error) => return Ok(not_sent(error)),
        };
        let Some(known_by) = input.customer.known_by(integration) else {
            return Ok(not_sent(nobody()));
        };
        let wish = AskCode {
            store,
            integration,
            known_by,
            sight: sight(ctx, store),
            actor: ctx.requester().actor(),
        };
        match redemption::ask_code(ctx.app(), wish).await {
            Ok(CodeSent { to, expires_at }) => Ok(RequestRedemptionCodePayload {
                sent_to: to,
                expires_at: Some(expires_at),
                user_errors: Vec::new(),
            }),
            Err(error) => Ok(not_sent(why_not_sent(error)?)),
        }
    }

    /// Exchanges a customer's points for a reward, as `redeemReward` does, with the code that the customer was sent. The
    /// code is used up with the redemption; when that is refused, the code can be used again. After five wrong tries it
    /// cannot.
    #[requires("redemptions:with_code")]
    async fn redeem_with_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RedeemWithCodeInput,
    ) -> async_graphql::Result<RedeemRewardPayload> {
        let (store, integration) = match till(ctx, REQUIRED, &input.integration_id).await? {
            Ok(found) => found,
            Err(error) => return Ok(redemptions::refused(error)),
        };
        let Some(known_by) = input.customer.known_by(integration) else {
            return Ok(redemptions::refused(nobody()));
        };
        // Before the code is looked at: an id of another store's takes no try.
        let reward = match input.reward_id.parse::<RewardId>() {
            Ok(id) => load(ctx, id).await?.filter(|row| row.store_id == store),
            Err(_) => None,
        };
        let Some(reward) = reward.map(|row| row.id) else {
            return Ok(redemptions::refused(UserError::not_found("reward", &["rewardId"])));
        };
        let key = match key(ctx, &input.idempotency_key, "redeemWithCode", &input)? {
            Ok(key) => key,
            Err(error) => return Ok(redemptions::refused(error)),
        };
        let wish = RedeemWithCode {
            store,
            integration,
            known_by,
            reward,
            code: input.code,
            sight: sight(ctx, store),
            actor: ctx.requester().actor(),
            request_id: ctx.request_id(),
        };
        match redemption::redeem_with_code(ctx.app(), wish, key).await {
            Ok(id) => redeemed(ctx, id).await,
            Err(RedeemError::CustomerNotFound) => {
                Ok(redemptions::refused(UserError::not_found("customer", &["customer"])))
            }
            Err(error) => Ok(redemptions::refused(redemptions::refusal(error)?)),
        }
    }
}

impl CustomerAtTillInput {
    /// None unless exactly one is told.
    fn known_by(&self, till: IntegrationId) -> Option<KnownBy> {
        match (&self.id, &self.document, &self.email, &self.external_id) {
            (Some(id), None, None, None) => Some(KnownBy::Id(id.to_string())),
            (None, Some(document), None, None) => Some(KnownBy::Document(document.clone())),
            (None, None, Some(email), None) => Some(KnownBy::Email(email.clone())),
            (None, None, None, Some(key)) => Some(KnownBy::ExternalId(till, key.clone())),
            _ => None,
        }
    }
}

fn nobody() -> UserError {
    let message = "name the customer by exactly one of id, document, email and externalId";
    UserError::new(UserErrorCode::Invalid, message, &["customer"])
}

fn sight(ctx: &Context<'_>, store: StoreId) -> Sight {
    match ctx.demand(store, Customer::REQUIRED) {
        Ok(()) => Sight::Sees,
        Err(_) => Sight::Blind,
    }
}

/// The till that is named, in the caller's store.
async fn till(
    ctx: &Context<'_>,
    permission: Permission,
    id: &str,
) -> async_graphql::Result<Result<(StoreId, IntegrationId), UserError>> {
    let row = match id.parse::<IntegrationId>() {
        Ok(id) => load(ctx, id).await?,
        Err(_) => None,
    };
    let store = row.as_ref().map(|row| row.store_id);
    let path = ("integration", "integrationId");
    Ok(match (permit(ctx, store, permission, path)?, row) {
        (Ok(store), Some(row)) => Ok((store, row.id)),
        (Err(error), _) => Err(error),
        (Ok(_), None) => Err(UserError::not_found("integration", &["integrationId"])),
    })
}

fn not_sent(error: UserError) -> RequestRedemptionCodePayload {
    RequestRedemptionCodePayload {
        sent_to: None,
        expires_at: None,
        user_errors: vec![error],
    }
}

fn why_not_sent(error: AskCodeError) -> async_graphql::Result<UserError> {
    let path = &["customer"];
    Ok(match error {
        AskCodeError::Source(error) => sale::refusal(error)?,
        AskCodeError::NoCustomer => UserError::not_found("customer", path),
        AskCodeError::NoEmail => UserError::new(UserErrorCode::NoEmail, error, path),
        AskCodeError::TooManyOfCustomer(_) => UserError::new(UserErrorCode::TooManyAttempts, error, path),
        AskCodeError::TooManyOfCaller(_) => UserError::new(UserErrorCode::TooManyAttempts, error, &[]),
    })
}
