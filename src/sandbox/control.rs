//! The control API under `/_sandbox`: how tests and partners steer the sandbox and learn what is
//! true in it. It is no part of any imitated platform, needs no credential, and is untouched by
//! faults and limits. It computes nothing about points.

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
    imitation::{Checkout, ImitatedPlatform, Imitation},
    server::{Shared, lock},
    state::Sandbox,
    truth,
    world::{Channel, NewOrder, UsedCoupon, World},
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
        .route("/coupons/{platform}", get(tell_coupons))
        .route("/faults", get(show_faults).put(put_faults).patch(patch_faults))
        .route(
            "/switches/{platform}",
            get(show_switches).put(put_switches).patch(patch_switches),
        )
        .route("/orders/{platform}", post(place_order))
        .route("/orders/{platform}/{number}", delete(remove_order))
        .route("/orders/{platform}/{number}/status", post(set_status))
        .route("/orders/{platform}/{number}/refund", post(refund))
        .route("/checkout/{platform}", post(check_out))
        .route("/stats", get(show_stats).delete(reset_stats))
        .route("/clock", get(show_clock).post(advance_clock))
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

/// The body of `POST /_sandbox/orders/{platform}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderBody {
    customer: u64,
    products_cents: i64,
    #[serde(default)]
    discount_cents: i64,
    #[serde(default)]
    shipping_cents: i64,
    shop_id: Option<u64>,
    channel: Option<ChannelName>,
    status: Option<String>,
}

/// [`Channel`] as it is written in bodies.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ChannelName {
    Site,
    Marketplace,
    Manual,
    PointOfSale,
}

impl From<ChannelName> for Channel {
    fn from(name: ChannelName) -> Self {
        match name {
            ChannelName::Site => Self::Site,
            ChannelName::Marketplace => Self::Marketplace,
            ChannelName::Manual => Self::Manual,
            ChannelName::PointOfSale => Self::PointOfSale,
        }
    }
}

async fn place_order(State(shared): State<Shared>, Path(slug): Path<String>, body: axum::body::Bytes) -> Told {
    let body: OrderBody = parse(&body)?;
    with_platform(&shared, &slug, |platform| {
        check_status(platform, body.status.as_deref())?;
        let world = platform.world_mut();
        let person = person_of(world, body.customer)?;
        check_amounts(body.products_cents, body.discount_cents, body.shipping_cents)?;
        let index = world.place(NewOrder {
            person,
            shop_id: known_shop(world, body.shop_id)?,
            products_cents: body.products_cents,
            discount_cents: body.discount_cents,
            shipping_cents: body.shipping_cents,
            channel: body.channel.map_or(Channel::Site, Channel::from),
            status: body.status,
            coupon: None,
        });
        Ok(Json(truth::order(world, &world.orders[index])))
    })
}

/// The body of `POST /_sandbox/orders/{platform}/{number}/status`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatusBody {
    status: StatusCodeText,
}

/// A status code, which Magazord writes as a number and others as text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum StatusCodeText {
    Number(u64),
    Text(String),
}

async fn set_status(
    State(shared): State<Shared>,
    Path((slug, number)): Path<(String, String)>,
    body: axum::body::Bytes,
) -> Told {
    let body: StatusBody = parse(&body)?;
    let status = match body.status {
        StatusCodeText::Number(code) => code.to_string(),
        StatusCodeText::Text(code) => code,
    };
    with_platform(&shared, &slug, |platform| {
        check_status(platform, Some(&status))?;
        let world = platform.world_mut();
        let index = world
            .order_by_number(&number)
            .ok_or_else(|| not_found(&format!("no order {number}")))?;
        world.set_status(index, &status);
        Ok(Json(truth::order(world, &world.orders[index])))
    })
}

/// The body of `POST /_sandbox/orders/{platform}/{number}/refund`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundBody {
    cents: i64,
}

async fn refund(
    State(shared): State<Shared>,
    Path((slug, number)): Path<(String, String)>,
    body: axum::body::Bytes,
) -> Told {
    let body: RefundBody = parse(&body)?;
    with_platform(&shared, &slug, |platform| {
        let world = platform.world_mut();
        let index = world
            .order_by_number(&number)
            .ok_or_else(|| not_found(&format!("no order {number}")))?;
        let order = &world.orders[index];
        if !(1..=order.products_cents - order.discount_cents).contains(&body.cents) {
            return Err(unprocessable(&"only what was paid for products can be given back"));
        }
        world.refund(index, body.cents);
        Ok(Json(truth::order(world, &world.orders[index])))
    })
}

async fn remove_order(State(shared): State<Shared>, Path((slug, number)): Path<(String, String)>) -> Told {
    with_platform(&shared, &slug, |platform| {
        let world = platform.world_mut();
        let index = world
            .order_by_number(&number)
            .ok_or_else(|| not_found(&format!("no order {number}")))?;
        let removed = world.remove_order(index);
        Ok(Json(truth::order(world, &removed)))
    })
}

/// The body of `POST /_sandbox/checkout/{platform}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckoutBody {
    coupon_code: String,
    customer: u64,
    products_cents: i64,
    #[serde(default)]
    shipping_cents: i64,
    shop_id: Option<u64>,
    status: Option<String>,
}

async fn check_out(State(shared): State<Shared>, Path(slug): Path<String>, body: axum::body::Bytes) -> Told {
    let body: CheckoutBody = parse(&body)?;
    with_platform(&shared, &slug, |platform| {
        check_status(platform, body.status.as_deref())?;
        check_amounts(body.products_cents, 0, body.shipping_cents)?;
        let world = platform.world();
        let person = person_of(world, body.customer)?;
        let shop_id = known_shop(world, body.shop_id)?;
        let checkout = Checkout {
            person,
            products_cents: body.products_cents,
            shipping_cents: body.shipping_cents,
            shop_id: shop_id.unwrap_or_else(|| world.shape().shops.first().copied().unwrap_or(1)),
        };
        let coupon = world
            .coupon_by_code(&body.coupon_code)
            .map(|index| world.coupons[index].clone())
            .ok_or_else(|| unprocessable(&"there is no coupon with this code"))?;
        let cents = platform
            .redeem(&coupon, checkout)
            .map_err(|error| unprocessable(&error))?;
        let world = platform.world_mut();
        let index = world.place(NewOrder {
            person,
            shop_id,
            products_cents: body.products_cents,
            discount_cents: cents,
            shipping_cents: body.shipping_cents,
            channel: Channel::Site,
            status: body.status,
            coupon: Some(UsedCoupon {
                id: coupon.id,
                code: coupon.code,
                cents,
            }),
        });
        Ok(Json(truth::order(world, &world.orders[index])))
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

fn person_of(world: &World, external_id: u64) -> Result<usize, Refusal> {
    world
        .person_by_id(external_id)
        .ok_or_else(|| unprocessable(&format!("there is no customer {external_id}")))
}

fn known_shop(world: &World, shop_id: Option<u64>) -> Result<Option<u64>, Refusal> {
    match shop_id {
        Some(id) if !world.shape().shops.contains(&id) => Err(unprocessable(&format!("there is no shop {id}"))),
        shop_id => Ok(shop_id),
    }
}

fn check_status(platform: &dyn ImitatedPlatform, status: Option<&str>) -> Result<(), Refusal> {
    match status {
        Some(status) if !platform.knows_status(status) => {
            Err(unprocessable(&format!("the platform has no order status {status:?}")))
        }
        _ => Ok(()),
    }
}

fn check_amounts(products: i64, discount: i64, shipping: i64) -> Result<(), Refusal> {
    let sane = products >= 0 && shipping >= 0 && (0..=products).contains(&discount);
    if sane {
        Ok(())
    } else {
        Err(unprocessable(
            &"amounts are cents, not negative, the discount within the products",
        ))
    }
}
