//! Customers whom a till registers without a sale.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::{FieldError, Problem, ProblemBody};
use super::results::{Outcome, told};
use super::sale::Customer;
use super::visit::Visit;
use super::{Till, answer};
use crate::access::Permission;
use crate::http::RequestId;
use crate::service::customer::{self, RegisterCustomers};
use crate::service::order;

/// A customer, with a source of the store. One of `document`, `email` and `externalId` is needed.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is described only: the source is read by itself")]
pub(super) struct CustomerBody {
    /// Your integration of the platform `SALES_API`.
    #[schema(example = "integration_01J000000000000000000000000")]
    source: String,
    #[serde(flatten)]
    customer: Customer,
}

/// What became of the customer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CustomerAnswer {
    /// What became of the customer; never `rejected`, which is a problem.
    outcome: Outcome,
}

/// Register a customer
///
/// Creates a customer, or corrects what is known of one; what is left out stays as it is. The same again changes nothing, so
/// there is no key. Permission: `customers:write`.
#[utoipa::path(
    post,
    path = "/api/v1/customers",
    tag = "customers",
    request_body = CustomerBody,
    responses(
        (status = 200, description = "The customer was known.", body = CustomerAnswer),
        (status = 201, description = "The customer was not known.", body = CustomerAnswer),
        (status = 422, description = "Fields at fault. Nothing was registered.", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "4XX", description = "401 no valid token, 403 it lacks the scope, 404 no such source, 409 the source is off, \
         413 too long, 429 too much: see Retry-After.", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now: repeat it.", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(super) async fn register(State(till): State<Till>, id: RequestId, request: Request) -> Response {
    let work = Box::pin(async { registered(&till, Visit::of(&till, request, &id).await?).await });
    answer(&till, &id, work).await
}

async fn registered(till: &Till, visit: Visit) -> Result<Response, Problem> {
    visit.charge(till, 1)?;
    let sent: Customer = visit.read()?;
    let (store, integration) = visit.source(Permission::RegisterCustomers).await?;
    let request = RegisterCustomers {
        store,
        integration,
        customers: vec![sent.into_buyer()],
        actor: visit.requester.actor(),
        request_id: Some(visit.request_id.clone()),
    };
    let results = customer::register(&visit.app, request).await?;
    let result = results
        .into_iter()
        .next()
        .ok_or_else(|| Problem::not_found("customer"))?;
    let status = match result.outcome {
        order::Outcome::Created => StatusCode::CREATED,
        order::Outcome::Updated | order::Outcome::Unchanged => StatusCode::OK,
        order::Outcome::Rejected => {
            let problems = result.problems.into_iter();
            let errors = problems.map(|problem| FieldError::new(&problem.path, problem.message));
            return Err(Problem::fields(errors.collect()));
        }
    };
    let outcome = result.outcome.into();
    Ok(told(status, CustomerAnswer { outcome }))
}
