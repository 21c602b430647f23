//! The shop's checkout: whether a coupon may be used, what it takes off, and how uses count.
//!
//! Nothing is stored about uses but the orders that carry the coupon; the counters are worked out
//! from them under the present switches.

use super::{
    super::{
        imitation::Checkout,
        world::{Coupon, Order},
    },
    shop::{Shop, group_of},
    status::Status,
    switches::{CancelledUse, FixedAboveSubtotal, Quantity, Switches, UseCounted},
    terms::{Kind, Scope, Terms, number_of},
};

/// `quantidade_usada`.
pub(super) fn times_used(coupon: &Coupon, shop: &Shop, switches: &Switches) -> i64 {
    let orders = coupon
        .uses
        .iter()
        .filter_map(|(number, _)| shop.world.orders.iter().find(|order| order.number == *number));
    i64::try_from(orders.filter(|order| counts(order, switches)).count()).unwrap_or(i64::MAX)
}

/// `quantidade`.
pub(super) fn quantity(coupon: &Coupon, terms: &Terms, shop: &Shop, switches: &Switches) -> i64 {
    match switches.quantity {
        Quantity::Fixed => terms.quantity,
        Quantity::Decremented => (terms.quantity - times_used(coupon, shop, switches)).max(0),
    }
}

/// What the coupon takes off in cents, or why it may not be used.
pub(super) fn redeem(coupon: &Coupon, sale: Checkout, shop: &Shop, switches: &Switches) -> Result<i64, String> {
    let refuse = |text: &str| Err(text.to_owned());
    let Some(terms) = Terms::of(coupon) else {
        return refuse("the coupon has no terms");
    };
    if !coupon.active {
        return refuse("the coupon is not active");
    }
    if coupon.valid_until.is_some_and(|end| end < shop.world.now) {
        return refuse("the coupon has expired");
    }
    if times_used(coupon, shop, switches) >= terms.quantity {
        return refuse("the coupon is exhausted");
    }
    // Orders of any status count here, cancelled ones too, whatever the switches say of counters.
    let by_person = coupon.uses.iter().filter(|(_, person)| *person == sale.person).count();
    if terms.per_customer > 0 && i64::try_from(by_person).unwrap_or(i64::MAX) >= terms.per_customer {
        return refuse("the customer has used the coupon already");
    }
    if sale.products_cents < coupon.minimum_cents {
        return refuse("the products cost less than the coupon's minimum");
    }
    if !admits(&terms, sale.person, shop) {
        return refuse("the coupon is not for this customer");
    }
    Ok(discount(&terms, sale, switches))
}

fn counts(order: &Order, switches: &Switches) -> bool {
    let paid = || {
        let approved = |code: &str| Status::by_code(code).is_some_and(Status::approved);
        order.timeline.iter().any(|change| approved(&change.status))
    };
    let cancelled = Status::by_code(order.status()).is_some_and(Status::cancelled);
    let counted = switches.use_counted == UseCounted::Placed || paid();
    counted && !(cancelled && switches.cancelled_use == CancelledUse::Returned)
}

fn admits(terms: &Terms, person: usize, shop: &Shop) -> bool {
    let listed = |ids: &[serde_json::Value], id: u64| ids.iter().any(|known| number_of(known) == Some(id));
    match terms.customers {
        Scope::GruposSelecionados => listed(&terms.groups, group_of(person).0),
        Scope::ClientesSelecionados => shop
            .world
            .people
            .get(person)
            .is_some_and(|person| listed(&terms.clients, person.external_id)),
        _ => true,
    }
}

fn discount(terms: &Terms, sale: Checkout, switches: &Switches) -> i64 {
    match terms.kind {
        Kind::FreteGratis => sale.shipping_cents,
        Kind::Fixo => {
            let whole = terms.value / 100;
            match switches.fixed_above_subtotal {
                FixedAboveSubtotal::Capped => whole.min(sale.products_cents),
                FixedAboveSubtotal::Full => whole,
            }
        }
        Kind::Porcentagem => {
            let base = sale.products_cents + if terms.on_total { sale.shipping_cents } else { 0 };
            let off = base.saturating_mul(terms.value) / 1_000_000;
            terms.cap.map_or(off, |cap| off.min(cap / 100))
        }
    }
}
