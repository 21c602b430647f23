//! A door for tills and ERPs that speak plain HTTP and JSON and no GraphQL: sales, their changes and refunds, customers,
//! their balances, rewards and redemptions. Translation only: the services behind it are those of the API, and so are tokens, permissions,
//! idempotency and what a caller may ask for in all.
//!
//! It knows no table and no rule. What it answers when something is wrong is a problem (RFC 9457). The composition puts
//! these routes beside what `http` answers.

mod balance;
mod customers;
mod openapi;
mod problem;
mod redemptions;
mod results;
mod rewards;
mod sale;
mod sales;
mod visit;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use axum::routing::{get, patch, post};

pub use openapi::document;

use crate::app::App;
use crate::http::{Budget, RequestId};
use problem::Problem;

/// What the routes share.
#[derive(Clone)]
struct Till {
    app: App,
    budget: Option<Arc<Budget>>,
}

/// What this module answers.
pub fn routes(app: App, budget: Option<Arc<Budget>>) -> Router {
    let longest = app.config.http.settings.max_body_bytes;
    Router::new()
        .route("/api/v1/sales", post(sales::register))
        .route("/api/v1/sales/{externalId}", patch(sales::change))
        .route("/api/v1/sales/{externalId}/refunds", post(sales::refund))
        .route("/api/v1/customers", post(customers::register))
        .route("/api/v1/balances", post(balance::look_up))
        .route("/api/v1/rewards", get(rewards::list))
        .route("/api/v1/redemptions/codes", post(redemptions::ask_code))
        .route("/api/v1/redemptions", post(redemptions::redeem))
        .route("/api/v1/openapi.json", get(openapi::answer))
        .layer(DefaultBodyLimit::max(longest))
        .with_state(Till { app, budget })
}

/// Answers within the time that a request may take.
async fn answer(till: &Till, id: &RequestId, work: impl Future<Output = Result<Response, Problem>>) -> Response {
    let seconds = till.app.config.http.settings.request_timeout_seconds;
    let answered = tokio::time::timeout(Duration::from_secs(seconds), work).await;
    let answered = answered.unwrap_or_else(|_| Err(Problem::out_of_time(seconds)));
    answered.unwrap_or_else(|problem| problem.into_response(id))
}
