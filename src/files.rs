//! Files over plain HTTP, which are too large for a request of the API: those of exports are fetched here, and those of
//! sales and of codes are sent here.
//!
//! An address is asked for through the API, short-lived, and cannot be made up, so that a browser or a script uses it
//! without a header. It names the file and nothing else; whose it is, the services know. The composition puts these
//! routes beside what `http` answers.

mod export;
mod upload;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::App;

/// What this module answers.
pub fn routes(app: App) -> Router {
    export::routes(app.clone()).merge(upload::routes(app))
}

fn refuse(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({ "errors": [{ "message": message, "extensions": { "code": code } }] });
    (status, [(header::CACHE_CONTROL, "no-store")], axum::Json(body)).into_response()
}
