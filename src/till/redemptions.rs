//! Redeeming at the till, with a code that the customer is sent by e-mail.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use entity::coupon::CouponState;
use entity::redemption::RedemptionState;
use entity::{IntegrationId, RewardId, StoreId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::{Problem, ProblemBody};
use super::results::told;
use super::visit::Visit;
use super::{Till, answer};
use crate::access::Permission;
use crate::http::RequestId;
use crate::service::customer::KnownBy;
use crate::service::redemption::{self, AskCode, RedeemWithCode, Redeemed, Sight};

/// What a code costs of what a caller may ask for, in sales: it is an e-mail.
const COST: usize = 2;

/// Whose code: exactly one of these.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Holder {
    /// CPF or CNPJ, with or without punctuation.
    document: Option<String>,
    /// E-mail address, in any case.
    email: Option<String>,
    /// The customer's key in the source.
    external_id: Option<String>,
    /// The customer's id in the GraphQL API, as `/balances` tells it.
    customer_id: Option<String>,
}

/// Whose code, with the source that asks.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is described only: the source is read by itself")]
pub(super) struct CodeBody {
    /// Your integration of the platform `SALES_API`.
    source: String,
    #[serde(flatten)]
    holder: Holder,
}

/// A code is on its way.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CodeAnswer {
    /// Where it was sent, shortened. Left out without the permission `customers:read`: then the answer is the same whether
    /// there is such a customer, with an address, or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "m…a@exemplo.com.br")]
    sent_to: Option<String>,
    /// The code is refused from here on.
    expires_at: DateTime<Utc>,
}

/// Send a customer a code to redeem with
///
/// Six digits by e-mail. They serve once, for ten minutes, and bear five wrong tries; a new code takes the place of the one
/// before. A customer gets at most five an hour. Permission: `redemptions:with_code`.
#[utoipa::path(
    post,
    path = "/api/v1/redemptions/codes",
    tag = "redemptions",
    request_body = CodeBody,
    responses(
        (status = 200, description = "The code is on its way.", body = CodeAnswer),
        (status = 422, description = "Fields at fault.", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "4XX", description = "401 no valid token, 403 it lacks the scope, 404 no such source or customer, 409 the source \
         is off or the customer has no e-mail address, 429 too much, or too many codes: see Retry-After.", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now: ask again.", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(super) async fn ask_code(State(till): State<Till>, id: RequestId, request: Request) -> Response {
    let work = Box::pin(async {
        let visit = Visit::of(&till, request, &id).await?;
        visit.charge(&till, COST)?;
        let whose: Holder = visit.read()?;
        let (store, integration) = visit.source(Permission::RedeemWithCode).await?;
        let wish = AskCode {
            store,
            integration,
            known_by: whose.known_by(integration)?,
            sight: visit.sight(store),
            actor: visit.requester.actor(),
        };
        let sent = redemption::ask_code(&visit.app, wish).await?;
        let answer = CodeAnswer {
            sent_to: sent.to,
            expires_at: sent.expires_at,
        };
        Ok(told(StatusCode::OK, answer))
    });
    answer(&till, &id, work).await
}

/// What is redeemed, and for whom: exactly one of `document`, `email`, `externalId` and `customerId`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Redeeming {
    /// CPF or CNPJ, with or without punctuation.
    document: Option<String>,
    /// E-mail address, in any case.
    email: Option<String>,
    /// The customer's key in the source.
    external_id: Option<String>,
    /// The customer's id in the GraphQL API, as `/balances` tells it.
    customer_id: Option<String>,
    /// The reward's id in the GraphQL API.
    #[schema(example = "reward_01J000000000000000000000000")]
    reward_id: String,
    /// The code that the customer tells: six digits.
    #[schema(example = "042917")]
    code: String,
}

/// What is redeemed, with the source that asks.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is described only: the source is read by itself")]
pub(super) struct RedemptionBody {
    /// Your integration of the platform `SALES_API`.
    source: String,
    #[serde(flatten)]
    redeeming: Redeeming,
}

/// Where a redemption stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Standing {
    /// The points are reserved, the coupon is being made or people see to it.
    Requested,
    /// The points are spent, the coupon can be used.
    Completed,
    /// It was refused; the points are back.
    Failed,
    /// The coupon is being made unusable; then the points come back.
    Cancelling,
    /// The points are back, and nobody can use the coupon.
    Cancelled,
}

/// A coupon that can be used.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RedeemedCoupon {
    /// What the customer shows or types. It is worth money: show it to its customer only.
    #[schema(example = "FIELABCD234567")]
    code: String,
    /// The last instant at which it works.
    valid_until: DateTime<Utc>,
}

/// A redemption as it is now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RedemptionAnswer {
    /// Its id in the GraphQL API.
    redemption_id: String,
    /// Where it stands.
    state: Standing,
    /// How many points.
    #[schema(example = 100)]
    points: i64,
    /// Its coupon, once it can be used. One of a pool is there at once; for another, repeat the request with the same key.
    #[serde(skip_serializing_if = "Option::is_none")]
    coupon: Option<RedeemedCoupon>,
}

/// Redeem a reward with the customer's code
///
/// The code is used up with the redemption; when that is refused, it can be used again. The same request with the same key
/// gives the first redemption, as it is by then. Permission: `redemptions:with_code`.
#[utoipa::path(
    post,
    path = "/api/v1/redemptions",
    tag = "redemptions",
    params(("Idempotency-Key" = String, Header, description = "A new UUID for each intent; remembered for 30 days.")),
    request_body = RedemptionBody,
    responses(
        (status = 201, description = "It is redeemed, now or by the first request with this key.", body = RedemptionAnswer),
        (status = 422, description = "Fields at fault, or another code (`INVALID_CODE`).", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "4XX", description = "401 no valid token, 403 it lacks the scope, 404 no such source, customer or reward, 409 the \
         key was used with another body, the source is off, or the reward cannot be redeemed: the code says why, for instance \
         `INSUFFICIENT_POINTS`; 429 too much: see Retry-After.", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now: repeat it with the same key.", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(super) async fn redeem(State(till): State<Till>, id: RequestId, request: Request) -> Response {
    let work = Box::pin(async { redeemed(&till, Visit::of(&till, request, &id).await?).await });
    answer(&till, &id, work).await
}

async fn redeemed(till: &Till, visit: Visit) -> Result<Response, Problem> {
    visit.charge(till, COST)?;
    let sent: Redeeming = visit.read()?;
    let (store, integration) = visit.source(Permission::RedeemWithCode).await?;
    let key = visit.key("POST /api/v1/redemptions", "")?;
    let holder = Holder {
        document: sent.document,
        email: sent.email,
        external_id: sent.external_id,
        customer_id: sent.customer_id,
    };
    let reward = sent.reward_id.parse::<RewardId>();
    let wish = RedeemWithCode {
        store,
        integration,
        known_by: holder.known_by(integration)?,
        reward: reward.map_err(|_| Problem::not_found("reward"))?,
        code: sent.code,
        sight: visit.sight(store),
        actor: visit.requester.actor(),
        request_id: Some(visit.request_id.clone()),
    };
    let id = redemption::redeem_with_code(&visit.app, wish, key).await?;
    let now = redemption::look(&visit.app, store, id).await;
    let now = now.map_err(|error| Problem::fault(&error))?;
    let now = now.ok_or_else(|| Problem::not_found("redemption"))?;
    Ok(told(StatusCode::CREATED, RedemptionAnswer::of(now)))
}

impl Holder {
    fn known_by(self, source: IntegrationId) -> Result<KnownBy, Problem> {
        match (self.document, self.email, self.external_id, self.customer_id) {
            (Some(document), None, None, None) => Ok(KnownBy::Document(document)),
            (None, Some(email), None, None) => Ok(KnownBy::Email(email)),
            (None, None, Some(key), None) => Ok(KnownBy::ExternalId(source, key)),
            (None, None, None, Some(id)) => Ok(KnownBy::Id(id)),
            _ => Err(Problem::field(
                "document",
                "send exactly one of 'document', 'email', 'externalId' and 'customerId'",
            )),
        }
    }
}

impl Visit {
    /// Whether the caller may see customers.
    fn sight(&self, store: StoreId) -> Sight {
        match self.requester.demand(store, Permission::ReadCustomers) {
            Ok(()) => Sight::Sees,
            Err(_) => Sight::Blind,
        }
    }
}

impl RedemptionAnswer {
    fn of(now: Redeemed) -> Self {
        let usable = |state| matches!(state, CouponState::Active | CouponState::Used);
        let coupon = now.coupon.filter(|coupon| usable(coupon.state));
        Self {
            redemption_id: now.redemption.id.to_string(),
            state: match now.redemption.state {
                RedemptionState::Requested => Standing::Requested,
                RedemptionState::Completed => Standing::Completed,
                RedemptionState::Failed => Standing::Failed,
                RedemptionState::Cancelling => Standing::Cancelling,
                RedemptionState::Cancelled => Standing::Cancelled,
            },
            points: now.redemption.points.0,
            coupon: coupon.map(|coupon| RedeemedCoupon {
                code: coupon.code,
                valid_until: coupon.valid_until,
            }),
        }
    }
}
