//! Sales: registering them, changing their status, giving money back.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::problem::{FieldError, Problem, ProblemBody};
use super::results::{SaleResult, SaleResults, told};
use super::sale::{Decimal, Sale, Status};
use super::visit::{Visit, read};
use super::{Till, answer};
use crate::access::Permission;
use crate::http::RequestId;
use crate::service::order::{self, AmendRequest, Amendment, PushedSale, RegisterRequest};

/// 1 to 100 sales.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is described only: each sale is read by itself")]
pub(super) struct Batch {
    /// Your integration of the platform `SALES_API`.
    #[schema(example = "integration_01J000000000000000000000000")]
    source: String,
    /// The sales, 1 to 100.
    #[schema(min_items = 1, max_items = 100)]
    sales: Vec<Sale>,
}

/// One sale.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is described only: the source is read by itself")]
pub(super) struct Single {
    /// Your integration of the platform `SALES_API`.
    #[schema(example = "integration_01J000000000000000000000000")]
    source: String,
    #[serde(flatten)]
    sale: Sale,
}

/// One sale, or several.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is described only")]
pub(super) enum SalesBody {
    Single(Box<Single>),
    Batch(Batch),
}

/// What became of the sale that was sent alone, or of each of several.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is described only")]
pub(super) enum Registered {
    Single(SaleResult),
    Batch(SaleResults),
}

/// Register a sale, or up to 100
///
/// New sales, and changes of known ones. Of several, each is judged by itself: one that is rejected does not touch the
/// others. The same request with the same key gives the first answer again. Permission: `orders:write`.
#[utoipa::path(
    post,
    path = "/api/v1/sales",
    tag = "sales",
    params(("Idempotency-Key" = String, Header, description = "A new UUID for each intent; remembered for 30 days.")),
    request_body = SalesBody,
    responses(
        (status = 200, description = "Several: what became of each. One that was known: what became of it.", body = Registered),
        (status = 201, description = "One that was not known: it is registered.", body = SaleResult),
        (status = 422, description = "What was sent cannot be used: fields at fault. Nothing was registered.", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "4XX", description = "401 no valid token, 403 it lacks the scope, 404 no such source, 409 the key was used \
         with another body or the source is off, 413 too long, 429 too much: see Retry-After.", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now: repeat it with the same key.", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(super) async fn register(State(till): State<Till>, id: RequestId, request: Request) -> Response {
    let work = Box::pin(async { registered(&till, Visit::of(&till, request, &id).await?).await });
    answer(&till, &id, work).await
}

async fn registered(till: &Till, visit: Visit) -> Result<Response, Problem> {
    let several = match visit.body.get("sales") {
        None => None,
        Some(Value::Array(sales)) => Some(sales),
        Some(_) => return Err(Problem::field("sales", "it is not a list of sales")),
    };
    let count = several.map_or(1, Vec::len);
    visit.charge(till, count)?;
    if let Some(other) = visit
        .body
        .keys()
        .find(|name| several.is_some() && !["source", "sales"].contains(&name.as_str()))
    {
        return Err(Problem::field(other, "there is no such field beside 'sales'"));
    }
    if !(1..=order::MAX_SALES).contains(&count) {
        return Err(order::RegisterError::Count(count).into());
    }
    let (store, integration) = visit.source(Permission::RegisterSales).await?;
    let key = visit.key("POST /api/v1/sales", "")?;
    let sent: Vec<Value> = match several {
        Some(sales) => sales.clone(),
        None => vec![visit.alone()],
    };
    let read: Vec<Result<PushedSale, SaleResult>> = sent
        .into_iter()
        .enumerate()
        .map(|(place, sale)| read_sale(sale, &path(several.is_some(), place)))
        .collect();
    let good: Vec<PushedSale> = read.iter().filter_map(|sale| sale.as_ref().ok()).cloned().collect();
    let mut registered = Vec::new().into_iter();
    if !good.is_empty() {
        let request = RegisterRequest {
            store,
            integration,
            sales: good,
            actor: visit.requester.actor(),
            request_id: Some(visit.request_id.clone()),
        };
        registered = order::register(&visit.app, request, key).await?.into_iter();
    }
    let results = read.into_iter().enumerate().filter_map(|(place, sale)| match sale {
        Err(rejected) => Some(rejected),
        Ok(_) => Some(SaleResult::of(registered.next()?, &path(several.is_some(), place))),
    });
    let mut results: Vec<SaleResult> = results.collect();
    match results.pop() {
        Some(only) if several.is_none() => only.alone(),
        last => {
            results.extend(last);
            Ok(told(StatusCode::OK, SaleResults { results }))
        }
    }
}

/// Where a sale stands in what was sent.
fn path(is_batch: bool, place: usize) -> Vec<String> {
    if is_batch {
        vec!["sales".to_owned(), place.to_string()]
    } else {
        Vec::new()
    }
}

/// A sale in the service's words, or why it is none.
fn read_sale(sent: Value, path: &[String]) -> Result<PushedSale, SaleResult> {
    let external_id = sent["externalId"].as_str().unwrap_or_default().to_owned();
    read::<Sale>(sent).map(Sale::into_sale).map_err(|(within, detail)| {
        let error = FieldError::new(path.iter().chain(&within), detail);
        SaleResult::unreadable(&external_id, error)
    })
}

/// A change of a sale's status.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StatusChange {
    /// Where the sale stands now.
    status: Status,
    /// When it came there, with its zone; left out: now.
    changed_at: Option<DateTime<Utc>>,
}

/// A change of a sale's status, with its source.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is described only: the source is read by itself")]
pub(super) struct StatusBody {
    /// Your integration of the platform `SALES_API`.
    source: String,
    #[serde(flatten)]
    change: StatusChange,
}

/// Change a sale's status
///
/// Whoever has the whole sale at hand registers it again instead. A change that is older than the newest known changes
/// nothing. Permission: `orders:write`.
#[utoipa::path(
    patch,
    path = "/api/v1/sales/{externalId}",
    tag = "sales",
    params(
        ("externalId" = String, Path, description = "The sale's key in the source."),
        ("Idempotency-Key" = String, Header, description = "A new UUID for each intent; remembered for 30 days."),
    ),
    request_body = StatusBody,
    responses(
        (status = 200, description = "What became of the sale.", body = SaleResult),
        (status = 422, description = "Fields at fault.", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "4XX", description = "As when a sale is registered; 404 where the source has told of no such sale.", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now: repeat it with the same key.", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(super) async fn change(
    State(till): State<Till>,
    Path(external_id): Path<String>,
    id: RequestId,
    request: Request,
) -> Response {
    let work = Box::pin(async {
        let visit = Visit::of(&till, request, &id).await?;
        visit.charge(&till, 1)?;
        let change: StatusChange = visit.read()?;
        let amendment = Amendment::Status(change.status.into());
        let operation = "PATCH /api/v1/sales/{externalId}";
        amended(
            &visit,
            operation,
            external_id,
            (amendment, change.changed_at),
            "changedAt",
        )
        .await
    });
    answer(&till, &id, work).await
}

/// Money of a sale that is given back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Refund {
    /// Product money that is given back now, as a positive amount. For all of a sale, change its status to `returned`.
    amount: Decimal,
    /// When it was, with its zone; left out: now.
    refunded_at: Option<DateTime<Utc>>,
}

/// Money of a sale that is given back, with the source of the sale.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is described only: the source is read by itself")]
pub(super) struct RefundBody {
    /// Your integration of the platform `SALES_API`.
    source: String,
    #[serde(flatten)]
    refund: Refund,
}

/// Give back a part of a sale
///
/// It is added to what was given back before, and the points are taken back in proportion. The key makes it count once.
/// Whoever registers whole sales tells the sum of all refunds there instead: the whole sale that is told last holds.
/// Permission: `orders:write`.
#[utoipa::path(
    post,
    path = "/api/v1/sales/{externalId}/refunds",
    tag = "sales",
    params(
        ("externalId" = String, Path, description = "The sale's key in the source."),
        ("Idempotency-Key" = String, Header, description = "A new UUID for each refund; remembered for 30 days."),
    ),
    request_body = RefundBody,
    responses(
        (status = 200, description = "What became of the sale.", body = SaleResult),
        (status = 422, description = "Fields at fault: more than is left of the sale, for instance.", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "4XX", description = "As when a sale is registered; 404 where the source has told of no such sale.", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now: repeat it with the same key.", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(super) async fn refund(
    State(till): State<Till>,
    Path(external_id): Path<String>,
    id: RequestId,
    request: Request,
) -> Response {
    let work = Box::pin(async {
        let visit = Visit::of(&till, request, &id).await?;
        visit.charge(&till, 1)?;
        let refund: Refund = visit.read()?;
        let cents = refund.amount.cents();
        if cents <= 0 {
            return Err(Problem::field(
                "amount",
                "it must be an amount above 0, such as \"10.00\"",
            ));
        }
        let operation = "POST /api/v1/sales/{externalId}/refunds";
        amended(
            &visit,
            operation,
            external_id,
            (Amendment::Refund(cents), refund.refunded_at),
            "refundedAt",
        )
        .await
    });
    answer(&till, &id, work).await
}

async fn amended(
    visit: &Visit,
    operation: &'static str,
    external_id: String,
    (amendment, at): (Amendment, Option<DateTime<Utc>>),
    field_of_time: &str,
) -> Result<Response, Problem> {
    let (store, integration) = visit.source(Permission::RegisterSales).await?;
    let key = visit.key(operation, &external_id)?;
    let request = AmendRequest {
        store,
        integration,
        external_id,
        amendment,
        at: at.unwrap_or_else(|| visit.app.clock.now()),
        actor: visit.requester.actor(),
        request_id: Some(visit.request_id.clone()),
    };
    let mut result = order::amend(&visit.app, request, key).await?;
    // What the service calls a part of the whole sale, as it was sent here.
    for problem in &mut result.problems {
        for part in &mut problem.path {
            match part.as_str() {
                "refundedAmount" => "amount".clone_into(part),
                "changedAt" => field_of_time.clone_into(part),
                _ => {}
            }
        }
    }
    SaleResult::of(result, &[]).alone()
}

impl Visit {
    /// The sale that was sent alone.
    fn alone(&self) -> Value {
        let mut sale = self.body.clone();
        sale.remove("source");
        Value::Object(sale)
    }
}
