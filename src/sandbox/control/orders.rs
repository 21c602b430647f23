//! What shoppers and staff do in an imitated shop: orders placed, moved on, refunded and removed, and
//! coupons used at the checkout.

use axum::http::StatusCode;
use axum::{
    Json, Router,
    extract::{Path, State},
    routing::{delete, post},
};
use serde::Deserialize;

use super::{
    super::{
        imitation::{Checkout, ImitatedPlatform},
        server::Shared,
        truth,
        world::{Channel, NewOrder, UsedCoupon, World},
    },
    Refusal, Told, not_found, parse, unprocessable, with_platform,
};

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/orders/{platform}", post(place_order))
        .route("/orders/{platform}/{number}", delete(remove_order))
        .route("/orders/{platform}/{number}/status", post(set_status))
        .route("/orders/{platform}/{number}/refund", post(refund))
        .route("/checkout/{platform}", post(check_out))
        .route("/customers/{platform}/{id}/forget", post(forget))
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
    shop_number: Option<String>,
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
            shop_number: body.shop_number,
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
        let index = order_of(world, &number)?;
        world.set_status(index, &status);
        Ok(Json(truth::order(world, &world.orders[index])))
    })
}

async fn forget(
    State(shared): State<Shared>,
    Path((slug, external_id)): Path<(String, u64)>,
) -> Result<StatusCode, Refusal> {
    with_platform(&shared, &slug, |platform| {
        let world = platform.world_mut();
        let index = person_of(world, external_id)?;
        world.forget(index, None);
        Ok(StatusCode::NO_CONTENT)
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
        let index = order_of(world, &number)?;
        let order = &world.orders[index];
        if !(1..=order.products_cents - order.discount_cents - order.refunded_cents).contains(&body.cents) {
            return Err(unprocessable(&"only what was paid for products can be given back"));
        }
        world.refund(index, body.cents);
        Ok(Json(truth::order(world, &world.orders[index])))
    })
}

async fn remove_order(State(shared): State<Shared>, Path((slug, number)): Path<(String, String)>) -> Told {
    with_platform(&shared, &slug, |platform| {
        let world = platform.world_mut();
        let index = order_of(world, &number)?;
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
            shop_number: None,
        });
        Ok(Json(truth::order(world, &world.orders[index])))
    })
}

pub(super) fn order_of(world: &World, number: &str) -> Result<usize, Refusal> {
    world
        .order_by_number(number)
        .ok_or_else(|| not_found(&format!("no order {number}")))
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

pub(super) fn check_status(platform: &dyn ImitatedPlatform, status: Option<&str>) -> Result<(), Refusal> {
    match status {
        Some(status) if !platform.knows_status(status) => {
            Err(unprocessable(&format!("the platform has no order status {status:?}")))
        }
        _ => Ok(()),
    }
}

pub(super) fn check_amounts(products: i64, discount: i64, shipping: i64) -> Result<(), Refusal> {
    let sane = products >= 0 && shipping >= 0 && (0..=products).contains(&discount);
    if sane {
        Ok(())
    } else {
        Err(unprocessable(
            &"amounts are cents, not negative, the discount within the products",
        ))
    }
}
