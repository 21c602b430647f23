//! A customer's balance, by what the person at the till tells. It is asked for in a body: documents in addresses end up
//! in logs.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::{Problem, ProblemBody};
use super::results::told;
use super::visit::Visit;
use super::{Till, answer};
use crate::access::Permission;
use crate::http::RequestId;
use crate::service::customer::{self, KnownBy};
use crate::service::points;

/// Whose balance: one of both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Whose {
    /// CPF or CNPJ, with or without punctuation.
    document: Option<String>,
    /// E-mail address, in any case.
    email: Option<String>,
}

/// Whose balance, with a source of the store.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is described only: the source is read by itself")]
pub(super) struct BalanceBody {
    /// Your integration of the platform `SALES_API`.
    source: String,
    #[serde(flatten)]
    whose: Whose,
}

/// A customer's points now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct BalanceAnswer {
    /// The customer's id in the GraphQL API.
    customer_id: String,
    /// Points that can be spent.
    available: i64,
    /// Points that are given, but not spendable yet.
    pending: i64,
    /// Points held for redemptions under way.
    reserved: i64,
    /// Points owed: taken back after they were spent.
    debt: i64,
}

/// Look up a customer's balance
///
/// Permission: `customers:read`.
#[utoipa::path(
    post,
    path = "/api/v1/balances",
    tag = "customers",
    request_body = BalanceBody,
    responses(
        (status = 200, description = "The customer's points.", body = BalanceAnswer),
        (status = 422, description = "Fields at fault.", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "4XX", description = "401 no valid token, 403 it lacks the scope, 404 no such source or customer, 429 too \
         much: see Retry-After.", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now: ask again.", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(super) async fn look_up(State(till): State<Till>, id: RequestId, request: Request) -> Response {
    let work = async {
        let visit = Visit::of(&till, request, &id).await?;
        visit.charge(&till, 1)?;
        let whose: Whose = visit.read()?;
        let known_by = match (whose.document, whose.email) {
            (Some(document), None) => KnownBy::Document(document),
            (None, Some(email)) => KnownBy::Email(email),
            _ => return Err(Problem::field("document", "send either 'document' or 'email'")),
        };
        let (store, _) = visit.source(Permission::ReadCustomers).await?;
        let found = customer::find(&visit.app, store, known_by).await;
        let customer = found.map_err(|error| Problem::fault(&error))?;
        let customer = customer.ok_or_else(|| Problem::not_found("customer"))?;
        let balance = points::balance_of(&visit.app, customer).await;
        let balance = balance.map_err(|error| Problem::fault(&error))?;
        let answer = BalanceAnswer {
            customer_id: customer.to_string(),
            available: balance.available.0,
            pending: balance.pending.0,
            reserved: balance.reserved.0,
            debt: balance.debt.0,
        };
        Ok(told(StatusCode::OK, answer))
    };
    answer(&till, &id, work).await
}
