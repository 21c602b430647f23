//! Magazord's rules for using a coupon at checkout: dates, minimum, shop, person, and the eight
//! kinds of limit. Orders of every situation count as uses.

use serde_json::Value;

use super::{
    coupons::{self, CREDIT},
    switches::{CreditRemainder, Switches},
    wire,
};
use crate::sandbox::{
    imitation::Checkout,
    world::{Coupon, World},
};

/// What the coupon takes off in cents, or why it may not be used.
pub(super) fn redeem(world: &World, switches: Switches, coupon: &Coupon, checkout: Checkout) -> Result<i64, String> {
    check_terms(world, coupon, checkout)?;
    let used_cents = used_cents(world, coupon);
    let splits = coupons::kind(coupon) == CREDIT && switches.credit_remainder == CreditRemainder::Kept;
    if !splits {
        check_limit(world, coupon, checkout.person, used_cents)?;
    }
    let cents = match (coupon.amount_cents, coupon.basis_points) {
        (Some(amount), _) if splits => amount - used_cents,
        (Some(amount), _) => amount,
        (None, Some(basis_points)) => checkout.products_cents * basis_points / 10_000,
        (None, None) => return Err("this kind of coupon is not played at checkout".to_owned()),
    };
    if cents <= 0 {
        Err("the credit is used up".to_owned())
    } else {
        Ok(cents.min(checkout.products_cents))
    }
}

fn check_terms(world: &World, coupon: &Coupon, checkout: Checkout) -> Result<(), String> {
    let refused = |reason: &str| Err(reason.to_owned());
    if !coupon.active {
        return refused("the coupon is not active");
    }
    if coupon.valid_from.is_some_and(|from| world.now < from) {
        return refused("the coupon is not valid yet");
    }
    if coupon.valid_until.is_some_and(|until| world.now > until) {
        return refused("the coupon has expired");
    }
    if checkout.products_cents < coupon.minimum_cents {
        return refused("the products are below the coupon's minimum");
    }
    if coupon.shop_id.is_some_and(|shop| shop != checkout.shop_id) {
        return refused("the coupon belongs to another shop");
    }
    if coupon.person.is_some_and(|person| person != checkout.person) {
        return refused("the coupon belongs to another customer");
    }
    Ok(())
}

fn check_limit(world: &World, coupon: &Coupon, person: usize, used_cents: i64) -> Result<(), String> {
    let number = |name| coupon.own.get(name).and_then(Value::as_u64);
    let uses = coupon.uses.len() as u64;
    let used_by_person = coupon.uses.iter().any(|(_, user)| *user == person);
    let bought_before = world.orders.iter().any(|order| order.person == person);
    let allowed = match number("tipoLimite").unwrap_or(1) {
        2 => !used_by_person,
        3 => uses == 0,
        4 => uses < number("valorLimite").unwrap_or(0),
        5 => used_cents < coupon.own.get("valorLimite").and_then(wire::read_cents).unwrap_or(0),
        6 => !bought_before,
        7 => bought_before,
        8 => bought_before && !used_by_person,
        _ => true,
    };
    if allowed {
        Ok(())
    } else {
        Err("the coupon's limit is reached".to_owned())
    }
}

/// What the coupon has taken off so far, in cents.
fn used_cents(world: &World, coupon: &Coupon) -> i64 {
    let carried = world
        .orders
        .iter()
        .filter_map(|order| order.coupon.as_ref())
        .filter(|used| used.id == coupon.id);
    carried.map(|used| used.cents).sum()
}
