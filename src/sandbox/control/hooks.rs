//! Who is told of what happens: the address that a merchant enters in the platform's panel.

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::server::{Shared, lock};
use super::{Refusal, Told, parse, platform_of};

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/hooks/{platform}", get(show).put(subscribe))
        .route("/hooks/{platform}/send", post(send))
}

/// The body of `PUT /_sandbox/hooks/{platform}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HookBody {
    /// Where to send; `null` stops it.
    url: Option<String>,
    /// What to sign with, where the platform's panel asks for it.
    #[serde(default)]
    secret: Option<String>,
}

async fn show(State(shared): State<Shared>, Path(slug): Path<String>) -> Told {
    let platform = platform_of(&slug)?;
    let mut sandbox = lock(&shared);
    let told = serde_json::to_value(&sandbox.hosted_mut(platform).hooks);
    Ok(Json(told.unwrap_or_default()))
}

async fn subscribe(State(shared): State<Shared>, Path(slug): Path<String>, body: axum::body::Bytes) -> Told {
    let body: HookBody = parse(&body)?;
    let platform = platform_of(&slug)?;
    let mut sandbox = lock(&shared);
    sandbox.set_time();
    let hosted = sandbox.hosted_mut(platform);
    // What happened before is nobody's business.
    hosted.platform.hooks();
    let trial = hosted.platform.trial_hook();
    hosted.hooks.outbox.extend(trial.filter(|_| body.url.is_some()));
    hosted.hooks.url = body.url;
    hosted.hooks.secret = body.secret;
    Ok(Json(json!({ "url": hosted.hooks.url })))
}

/// Sends any body, as somebody does who knows the address, or as a platform does that changes its ways.
async fn send(
    State(shared): State<Shared>,
    Path(slug): Path<String>,
    body: axum::body::Bytes,
) -> Result<Json<Value>, Refusal> {
    let body: Value = parse(&body)?;
    let platform = platform_of(&slug)?;
    lock(&shared).hosted_mut(platform).hooks.outbox.push(body.clone());
    Ok(Json(body))
}
