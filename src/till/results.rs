//! What became of sales, as tills are told.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::{FieldError, Problem};
use crate::service::order;

/// What became of a sale or a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// It was not known before.
    Created,
    /// It told something new of a sale that was known.
    Updated,
    /// It told nothing new.
    Unchanged,
    /// It cannot be used; `errors` says why. The other sales of the request are not touched by it.
    Rejected,
}

impl From<order::Outcome> for Outcome {
    fn from(outcome: order::Outcome) -> Self {
        match outcome {
            order::Outcome::Created => Self::Created,
            order::Outcome::Updated => Self::Updated,
            order::Outcome::Unchanged => Self::Unchanged,
            order::Outcome::Rejected => Self::Rejected,
        }
    }
}

/// What became of a sale, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SaleResult {
    /// Its key in the source, as it was sent.
    #[schema(example = "PDV-000123")]
    external_id: String,
    /// What became of it.
    outcome: Outcome,
    /// The points that it gives after the request; 0 where it counts as a shop's order, whose points they are.
    #[schema(example = 140)]
    points: i64,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

/// What became of each sale, in the order in which they were sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SaleResults {
    /// One for each sale.
    pub(super) results: Vec<SaleResult>,
}

impl SaleResult {
    /// What the service says, with the fields named from `path` on.
    pub(super) fn of(result: order::SaleResult, path: &[String]) -> Self {
        let error = |problem: order::SaleProblem| FieldError::new(path.iter().chain(&problem.path), problem.message);
        Self {
            external_id: result.external_id,
            outcome: result.outcome.into(),
            points: result.points.0,
            errors: result.problems.into_iter().map(error).collect(),
        }
    }

    /// A sale that is none.
    pub(super) fn unreadable(external_id: &str, error: FieldError) -> Self {
        Self {
            external_id: external_id.chars().take(100).collect(),
            outcome: Outcome::Rejected,
            points: 0,
            errors: vec![error],
        }
    }

    /// The answer for a sale that was sent alone.
    pub(super) fn alone(self) -> Result<Response, Problem> {
        let status = match self.outcome {
            Outcome::Rejected => return Err(Problem::fields(self.errors)),
            Outcome::Created => StatusCode::CREATED,
            Outcome::Updated | Outcome::Unchanged => StatusCode::OK,
        };
        Ok(told(status, self))
    }
}

/// An answer that nobody keeps.
pub(super) fn told(status: StatusCode, body: impl Serialize) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
