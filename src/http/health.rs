//! `/health/live` says that the process runs, `/health/ready` that it can answer.
//!
//! Orchestrators restart on the first and stop sending requests on the second. What is checked is
//! the [`Door`]'s matter.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use super::door::{Check, Door};

/// A check that hangs is a check that failed.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn routes<D: Door>(door: Arc<D>) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready::<D>))
        .with_state(door)
}

async fn live() -> Response {
    report(StatusCode::OK, &[])
}

async fn ready<D: Door>(State(door): State<Arc<D>>) -> Response {
    let checks = tokio::time::timeout(PATIENCE, door.ready()).await.unwrap_or_else(|_| {
        vec![Check {
            name: "checks".to_owned(),
            ok: false,
            detail: format!("no answer within {} s", PATIENCE.as_secs()),
        }]
    });
    let status = if checks.iter().all(|check| check.ok) {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    report(status, &checks)
}

fn report(status: StatusCode, checks: &[Check]) -> Response {
    let body = json!({ "ok": status.is_success(), "checks": checks });
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
