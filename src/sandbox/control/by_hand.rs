//! What somebody does by hand in an imitated shop's panel, or deeper: coupons and orders are changed, and no list of
//! changes tells.

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::patch,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    super::{
        server::Shared,
        truth,
        world::{Line, whole_seconds},
    },
    Told, not_found,
    orders::{check_amounts, check_status, order_of},
    parse, with_platform,
};

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/orders/{platform}/{number}", patch(edit_order))
        .route("/coupons/{platform}/{code}", patch(edit_coupon))
}

/// The body of `PATCH /_sandbox/orders/{platform}/{number}`: what is left out stays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderEdit {
    products_cents: Option<i64>,
    discount_cents: Option<i64>,
    shipping_cents: Option<i64>,
    status: Option<String>,
    placed_at: Option<DateTime<Utc>>,
}

async fn edit_order(
    State(shared): State<Shared>,
    Path((slug, number)): Path<(String, String)>,
    body: axum::body::Bytes,
) -> Told {
    let edit: OrderEdit = parse(&body)?;
    with_platform(&shared, &slug, |platform| {
        check_status(platform, edit.status.as_deref())?;
        let world = platform.world_mut();
        let index = order_of(world, &number)?;
        let order = &mut world.orders[index];
        let [products, discount, shipping] = [
            edit.products_cents.unwrap_or(order.products_cents),
            edit.discount_cents.unwrap_or(order.discount_cents),
            edit.shipping_cents.unwrap_or(order.shipping_cents),
        ];
        check_amounts(products, discount, shipping)?;
        if products != order.products_cents {
            order.lines = vec![Line {
                product: 0,
                quantity: 1,
                unit_cents: products,
            }];
        }
        (order.products_cents, order.discount_cents, order.shipping_cents) = (products, discount, shipping);
        if let (Some(status), Some(last)) = (edit.status, order.timeline.last_mut()) {
            last.status = status;
        }
        if let Some(at) = edit.placed_at.map(whole_seconds) {
            let earlier = order.placed_at - at;
            order.placed_at = at;
            for change in &mut order.timeline {
                change.at -= earlier;
            }
        }
        Ok(Json(truth::order(world, &world.orders[index])))
    })
}

/// The body of `PATCH /_sandbox/coupons/{platform}/{code}`: what is left out stays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CouponEdit {
    code: Option<String>,
    amount_cents: Option<i64>,
    minimum_cents: Option<i64>,
    valid_until: Option<DateTime<Utc>>,
    active: Option<bool>,
}

async fn edit_coupon(
    State(shared): State<Shared>,
    Path((slug, code)): Path<(String, String)>,
    body: axum::body::Bytes,
) -> Told {
    let edit: CouponEdit = parse(&body)?;
    with_platform(&shared, &slug, |platform| {
        let world = platform.world_mut();
        let index = world
            .coupon_by_code(&code)
            .ok_or_else(|| not_found(&format!("no coupon {code}")))?;
        let coupon = &mut world.coupons[index];
        if let Some(code) = edit.code {
            coupon.code = code;
        }
        coupon.amount_cents = edit.amount_cents.or(coupon.amount_cents);
        coupon.minimum_cents = edit.minimum_cents.unwrap_or(coupon.minimum_cents);
        coupon.valid_until = edit.valid_until.map(whole_seconds).or(coupon.valid_until);
        coupon.active = edit.active.unwrap_or(coupon.active);
        platform.coupon_edited(index);
        Ok(Json(truth::coupon(platform.world(), &platform.world().coupons[index])))
    })
}
