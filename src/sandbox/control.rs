//! The control API under `/_sandbox`: how tests and partners steer the sandbox and learn what is
//! true in it. It is no part of any imitated platform, needs no credential, and is untouched by
//! faults and limits. It computes nothing about points.

mod by_hand;
mod feed;
mod hooks;
mod orders;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    credentials::{self, Credentials},
    faults::Faults,
    imitation::{ImitatedPlatform, Imitation},
    server::{Shared, lock},
    state::Sandbox,
    truth,
};

/// A refusal of the control API: a status and a sentence.
pub(super) struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

type Told = Result<Json<Value>, Refusal>;

fn bad_request(message: &impl ToString) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, message.to_string())
}

fn not_found(message: &impl ToString) -> Refusal {
    Refusal(StatusCode::NOT_FOUND, message.to_string())
}

fn unprocessable(message: &impl ToString) -> Refusal {
    Refusal(StatusCode::UNPROCESSABLE_ENTITY, message.to_string())
}

/// The routes, without their prefix.
pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/credentials", get(show_credentials))
        .route("/truth/{platform}", get(tell_truth))
        .route("/feed/{platform}", get(feed::serve))
        .route("/coupons/{platform}", get(tell_coupons))
        .route("/coupons/{platform}/{code}", delete(remove_coupon))
        .route("/faults", get(show_faults).put(put_faults).patch(patch_faults))
        .route(
            "/switches/{platform}",
            get(show_switches).put(put_switches).patch(patch_switches),
        )
        .route("/consents/{platform}/{act}", post(act_on_consents))
        .route("/stats", get(show_stats).delete(reset_stats))
        .route("/clock", get(show_clock).post(advance_clock))
        .merge(orders::router())
        .merge(by_hand::router())
        .merge(hooks::router())
}

fn platform_of(slug: &str) -> Result<Imitation, Refusal> {
    slug.parse().map_err(|error| not_found(&error))
}

/// Runs with the platform that the path names, its world's clock set.
fn with_platform<T>(
    shared: &Shared,
    slug: &str,
    act: impl FnOnce(&mut dyn ImitatedPlatform) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let platform = platform_of(slug)?;
    let mut sandbox = lock(shared);
    sandbox.set_time();
    act(sandbox.hosted_mut(platform).platform.as_mut())
}

/// A body read by hand: the framework's refusals are plain text, ours are JSON.
fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| bad_request(&format!("the body does not do: {error}")))
}

/// The first value with the second's keys put over its own.
fn overlay(mut base: Value, over: Value) -> Result<Value, Refusal> {
    match (&mut base, over) {
        (Value::Object(base), Value::Object(over)) => base.extend(over),
        _ => return Err(bad_request(&"the body must be a JSON object")),
    }
    Ok(base)
}

async fn show_credentials() -> Json<Credentials> {
    Json(credentials::credentials())
}

async fn tell_truth(State(shared): State<Shared>, Path(slug): Path<String>) -> Told {
    with_platform(&shared, &slug, |platform| Ok(Json(truth::everything(platform.world()))))
}

async fn tell_coupons(State(shared): State<Shared>, Path(slug): Path<String>) -> Told {
    with_platform(&shared, &slug, |platform| Ok(Json(truth::coupons(platform.world()))))
}

async fn act_on_consents(State(shared): State<Shared>, Path((slug, act)): Path<(String, String)>) -> Told {
    with_platform(&shared, &slug, |platform| {
        let told = platform.consents(&act);
        told.map(Json)
            .ok_or_else(|| not_found(&"no such act on consents of this platform"))
    })
}

async fn remove_coupon(State(shared): State<Shared>, Path((slug, code)): Path<(String, String)>) -> Told {
    with_platform(&shared, &slug, |platform| {
        let world = platform.world_mut();
        let index = world
            .coupon_by_code(&code)
            .ok_or_else(|| not_found(&format!("no coupon {code}")))?;
        let removed = world.coupons.remove(index);
        Ok(Json(json!({ "code": removed.code })))
    })
}

async fn show_faults(State(shared): State<Shared>) -> Json<Faults> {
    Json(lock(&shared).faults.clone())
}

async fn put_faults(State(shared): State<Shared>, body: axum::body::Bytes) -> Result<Json<Faults>, Refusal> {
    let faults: Faults = parse(&body)?;
    lock(&shared).set_faults(faults.clone());
    Ok(Json(faults))
}

async fn patch_faults(State(shared): State<Shared>, body: axum::body::Bytes) -> Result<Json<Faults>, Refusal> {
    let mut sandbox = lock(&shared);
    let now = serde_json::to_value(&sandbox.faults).map_err(|error| bad_request(&error))?;
    let faults: Faults = serde_json::from_value(overlay(now, parse(&body)?)?).map_err(|error| bad_request(&error))?;
    sandbox.set_faults(faults.clone());
    Ok(Json(faults))
}

async fn show_switches(State(shared): State<Shared>, Path(slug): Path<String>) -> Told {
    with_platform(&shared, &slug, |platform| Ok(Json(platform.switches())))
}

async fn put_switches(State(shared): State<Shared>, Path(slug): Path<String>, body: axum::body::Bytes) -> Told {
    with_platform(&shared, &slug, |platform| {
        platform
            .set_switches(parse(&body)?)
            .map_err(|error| bad_request(&error))?;
        Ok(Json(platform.switches()))
    })
}

async fn patch_switches(State(shared): State<Shared>, Path(slug): Path<String>, body: axum::body::Bytes) -> Told {
    with_platform(&shared, &slug, |platform| {
        let changed = overlay(platform.switches(), parse(&body)?)?;
        platform.set_switches(changed).map_err(|error| bad_request(&error))?;
        Ok(Json(platform.switches()))
    })
}

async fn show_stats(State(shared): State<Shared>) -> Json<Value> {
    let mut sandbox = lock(&shared);
    Json(
        Imitation::ALL
            .into_iter()
            .map(|which| (which.slug().to_owned(), stats_of(&mut sandbox, which)))
            .collect(),
    )
}

fn stats_of(sandbox: &mut Sandbox, which: Imitation) -> Value {
    serde_json::to_value(sandbox.hosted_mut(which).ledger.stats()).unwrap_or_default()
}

async fn reset_stats(State(shared): State<Shared>) -> StatusCode {
    let mut sandbox = lock(&shared);
    for platform in Imitation::ALL {
        sandbox.hosted_mut(platform).ledger.reset();
    }
    StatusCode::NO_CONTENT
}

async fn show_clock(State(shared): State<Shared>) -> Json<Value> {
    Json(json!({ "now": lock(&shared).set_time() }))
}

/// The body of `POST /_sandbox/clock`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockBody {
    advance_seconds: u32,
}

async fn advance_clock(State(shared): State<Shared>, body: axum::body::Bytes) -> Told {
    let body: ClockBody = parse(&body)?;
    let mut sandbox = lock(&shared);
    sandbox
        .clock
        .advance(TimeDelta::seconds(i64::from(body.advance_seconds)));
    Ok(Json(json!({ "now": sandbox.set_time() })))
}
