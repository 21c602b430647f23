//! What can be redeemed now, for the person at the till to choose from.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use entity::{RewardId, StoreId, reward};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::{Problem, ProblemBody};
use super::results::told;
use super::visit::Visit;
use super::{Till, answer};
use crate::access::Permission;
use crate::domain::money_text::percent_machine;
use crate::http::RequestId;
use crate::service::reward::{Offered, offered};

/// Rewards of an answer, at most and unless fewer are asked for.
const PAGE: u64 = 100;

/// Which page. In an address everything is text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Page {
    first: Option<String>,
    after: Option<String>,
}

/// What it takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// An amount.
    AmountOff,
    /// A percentage.
    PercentOff,
    /// The shipping.
    FreeShipping,
    /// All that a product costs.
    Product,
}

/// How what is redeemed comes into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Fulfilment {
    /// A coupon is made in the shop: seconds, mostly.
    Automatic,
    /// A code is taken from a pool: at once.
    Pool,
    /// The store's staff see to it.
    Manual,
}

/// A reward that can be redeemed now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Offer {
    /// Its id, for `/redemptions`.
    #[schema(example = "reward_01J000000000000000000000000")]
    reward_id: String,
    /// Its name.
    #[schema(example = "R$ 5 de desconto")]
    name: String,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// A picture of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    image_url: Option<String>,
    /// Its category.
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    /// What it costs.
    #[schema(example = 100)]
    points: i64,
    /// What it takes off.
    kind: Kind,
    /// How much, where it is an amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "5.00")]
    amount: Option<String>,
    /// How many per cent, where it is a percentage.
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<String>,
    /// What a purchase has to come to for it, at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_order: Option<String>,
    /// How what is redeemed comes into being.
    fulfilment: Fulfilment,
    /// How often it can still be redeemed in all, where that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    places_left: Option<i32>,
    /// From this instant on it cannot be redeemed.
    #[serde(skip_serializing_if = "Option::is_none")]
    available_until: Option<DateTime<Utc>>,
}

/// Rewards that can be redeemed now, in the order of display.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RewardsAnswer {
    /// The rewards.
    rewards: Vec<Offer>,
    /// `after` of the next page, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// List the rewards that can be redeemed now
///
/// Active, in their time, not sold out and with codes in their pool if they are given from one, in the order of display.
/// Whether a customer can have one – the points, the limits of each customer – is told when it is redeemed. Permission:
/// `redemptions:with_code`.
#[utoipa::path(
    get,
    path = "/api/v1/rewards",
    tag = "redemptions",
    params(
        ("source" = String, Query, description = "Your integration of the platform `SALES_API`."),
        ("first" = Option<u64>, Query, description = "How many, 1 to 100; 100 unless it is told."),
        ("after" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses(
        (status = 200, description = "A page of rewards.", body = RewardsAnswer),
        (status = 422, description = "Parameters at fault.", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "4XX", description = "401 no valid token, 403 it lacks the scope, 404 no such source or reward, 429 too \
         much: see Retry-After.", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now: ask again.", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(super) async fn list(State(till): State<Till>, id: RequestId, request: Request) -> Response {
    let work = async {
        let visit = Visit::by_address(&till, request, &id).await?;
        visit.charge(&till, 1)?;
        let page: Page = visit.read()?;
        let (store, _) = visit.source(Permission::RedeemWithCode).await?;
        let answer = listed(&visit, store, page).await?;
        Ok(told(StatusCode::OK, answer))
    };
    answer(&till, &id, work).await
}

async fn listed(visit: &Visit, store: StoreId, page: Page) -> Result<RewardsAnswer, Problem> {
    let most = match page.first.as_deref().map(str::parse) {
        None => PAGE,
        Some(Ok(first)) if (1..=PAGE).contains(&first) => first,
        Some(_) => return Err(Problem::field("first", "send a number from 1 to 100, or leave it out")),
    };
    let after: Option<RewardId> = match page.after.as_deref().map(str::parse) {
        None => None,
        Some(Ok(after)) => Some(after),
        Some(Err(_)) => return Err(Problem::not_found("reward")),
    };
    let found = offered(&visit.app, store, after, most).await;
    let Offered { rewards, has_more } = found
        .map_err(|error| Problem::fault(&error))?
        .ok_or_else(|| Problem::not_found("reward"))?;
    Ok(RewardsAnswer {
        next: rewards.last().filter(|_| has_more).map(|last| last.id.to_string()),
        rewards: rewards.into_iter().map(Offer::from).collect(),
    })
}

impl From<reward::Model> for Offer {
    fn from(row: reward::Model) -> Self {
        Self {
            reward_id: row.id.to_string(),
            image_url: row.picture().map(str::to_owned),
            places_left: row.places_left(),
            points: row.points.0,
            kind: match row.kind {
                reward::RewardKind::AmountOff => Kind::AmountOff,
                reward::RewardKind::PercentOff => Kind::PercentOff,
                reward::RewardKind::FreeShipping => Kind::FreeShipping,
                reward::RewardKind::Product => Kind::Product,
            },
            amount: row.amount_cents.map(entity::Cents::to_decimal),
            percent: row.percent_hundredths.map(percent_machine),
            minimum_order: row.minimum_order_cents.map(entity::Cents::to_decimal),
            fulfilment: match row.fulfilment {
                reward::Fulfilment::Automatic => Fulfilment::Automatic,
                reward::Fulfilment::Pool => Fulfilment::Pool,
                reward::Fulfilment::Manual => Fulfilment::Manual,
            },
            available_until: row.available_until,
            name: row.name,
            description: row.description,
            category: row.category,
        }
    }
}
