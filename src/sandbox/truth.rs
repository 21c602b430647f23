//! The world in plain words: what the control API tells as true, in no platform's shape.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::world::{Coupon, Order, Product, World};

/// Every order once, every customer and every product.
pub(super) fn everything(world: &World) -> Value {
    let customers: Vec<_> = (0..world.people.len()).map(|index| person(world, index)).collect();
    let orders: Vec<_> = world.orders.iter().map(|one| order(world, one)).collect();
    let products: Vec<_> = world
        .products
        .iter()
        .map(|product| {
            let category = product.category_path();
            json!({ "sku": product.sku, "name": product.name, "category": category, "cents": product.cents })
        })
        .collect();
    json!({ "now": world.now, "customers": customers, "orders": orders, "products": products })
}

/// One order.
pub(super) fn order(world: &World, order: &Order) -> Value {
    let lines: Vec<_> = order
        .lines
        .iter()
        .map(|line| {
            let sku = world.products.get(line.product).map(|product| product.sku.as_str());
            let category = world.products.get(line.product).map(Product::category_path);
            json!({ "sku": sku, "category": category, "quantity": line.quantity, "unit_cents": line.unit_cents })
        })
        .collect();
    let history: Vec<_> = order
        .timeline
        .iter()
        .map(|change| json!({ "status": change.status, "at": change.at }))
        .collect();
    json!({
        "id": order.id,
        "number": order.number,
        "shop_number": order.shop_number,
        "shop_id": order.shop_id,
        "status": order.status(),
        "placed_at": order.placed_at,
        "changed_at": order.changed_at(),
        "history": history,
        "products_cents": order.products_cents,
        "discount_cents": order.discount_cents,
        "shipping_cents": order.shipping_cents,
        "total_cents": order.total_cents(),
        "store_credit_cents": order.store_credit_cents,
        "refunded_cents": order.refunded_cents,
        "lines": lines,
        "channel": order.channel,
        "payment": order.payment,
        "person": person(world, order.person),
        "coupon_code": order.coupon.as_ref().map(|used| used.code.as_str()),
        "coupon_cents": order.coupon.as_ref().map(|used| used.cents),
    })
}

fn person(world: &World, index: usize) -> Value {
    world.people.get(index).map_or(Value::Null, |person| {
        json!({
            "external_id": person.external_id,
            "name": person.name,
            "company": person.company,
            "document": person.document,
            "email": person.email,
            "phone": person.phone,
            "birth_date": person.birth_date,
            "registered_at": person.registered_at,
            "updated_at": person.updated_at,
        })
    })
}

/// Per code: how often its creation was asked for, how many coupons there are, and what they are.
pub(super) fn coupons(world: &World) -> Value {
    let mut codes: BTreeMap<String, Vec<&Coupon>> = BTreeMap::new();
    for coupon in &world.coupons {
        codes.entry(coupon.code.to_ascii_uppercase()).or_default().push(coupon);
    }
    for code in world.coupon_posts.keys() {
        codes.entry(code.clone()).or_default();
    }
    let told: Vec<_> = codes
        .into_iter()
        .map(|(code, coupons)| {
            json!({
                "code": code,
                "posts": world.coupon_posts.get(&code).copied().unwrap_or_default(),
                "created": coupons.len(),
                "coupons": coupons.into_iter().map(|one| coupon(world, one)).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "coupons": told })
}

pub(super) fn coupon(world: &World, coupon: &Coupon) -> Value {
    let person = coupon
        .person
        .and_then(|index| world.people.get(index))
        .map(|person| person.external_id);
    let uses: Vec<_> = coupon.uses.iter().map(|(number, _)| number).collect();
    json!({
        "id": coupon.id,
        "code": coupon.code,
        "amount_cents": coupon.amount_cents,
        "basis_points": coupon.basis_points,
        "minimum_cents": coupon.minimum_cents,
        "valid_from": coupon.valid_from,
        "valid_until": coupon.valid_until,
        "customer": person,
        "shop_id": coupon.shop_id,
        "active": coupon.active,
        "created_at": coupon.created_at,
        "orders": uses,
        "own": coupon.own,
    })
}
