//! Orders of a shop that never existed. Order `i` is always the same: every fifth is its buyer's first, the others are
//! by any of the latest 20,000 buyers, so that the mix stays the same however many orders there are.

use chrono::{DateTime, TimeDelta, Utc};
use fidelidade::platform::{Buyer, DetailLevel, OrderLine, PlatformOrder, SalesChannel};
use fidelidade::service::order::ImportedOrder;

/// A status that gives nothing yet.
pub(crate) const PENDING: &str = "1";
/// A status that awards points.
pub(crate) const PAID: &str = "4";
/// A status that takes points back.
pub(crate) const CANCELLED: &str = "2";

/// One order in five is its buyer's first.
const PER_CUSTOMER: u64 = 5;
/// Buyers who come back are among so many latest ones; the others have forgotten the shop.
const ACTIVE: u64 = 20_000;
const FIRST_ID: u64 = 5_000_001;

/// How many customers the first orders have.
pub(crate) fn customers_of(orders: u64) -> u64 {
    orders.div_ceil(PER_CUSTOMER)
}

/// Whose order it is, as a number.
pub(crate) fn customer_of(order: u64) -> u64 {
    let known = order / PER_CUSTOMER;
    let active = known.min(ACTIVE);
    if order.is_multiple_of(PER_CUSTOMER) || active == 0 {
        known
    } else {
        known - 1 - mix(order) % active
    }
}

/// The order's key on the platform, and back.
pub(crate) fn external_id(order: u64) -> String {
    (FIRST_ID + order).to_string()
}

/// Which order has this key.
pub(crate) fn order_of(external_id: &str) -> Option<u64> {
    external_id.parse::<u64>().ok()?.checked_sub(FIRST_ID)
}

/// The customer's key on the platform.
pub(crate) fn customer_external_id(customer: u64) -> String {
    (70_001 + customer).to_string()
}

/// Whether the order awards points when it is first seen: four of five.
pub(crate) fn is_paid(order: u64) -> bool {
    !mix(order ^ 0xA5).is_multiple_of(5)
}

/// Whether the order is another one when the shop is read again: one of ten.
pub(crate) fn is_changed(order: u64) -> bool {
    order % 10 == 3
}

/// The points that the order is worth once it is paid: one for each full real.
pub(crate) fn points_of(order: u64) -> i64 {
    (products_of(order) - discount_of(order)) / 100
}

/// The order as first seen; `all` orders end yesterday.
pub(crate) fn first(order: u64, all: u64, now: DateTime<Utc>) -> ImportedOrder {
    let status = if is_paid(order) { PAID } else { PENDING };
    snapshot(order, all, now, status, TimeDelta::minutes(30))
}

/// The order an hour later: what was pending is paid, what was paid is cancelled.
pub(crate) fn changed(order: u64, all: u64, now: DateTime<Utc>) -> ImportedOrder {
    let status = if is_paid(order) { CANCELLED } else { PAID };
    snapshot(order, all, now, status, TimeDelta::minutes(90))
}

/// What the list row's fingerprint is, as first seen.
pub(crate) fn fingerprint(order: u64, status: &str) -> String {
    format!(
        "{:016x}{:016x}",
        mix(order),
        mix(order ^ (u64::from(status.as_bytes()[0]) << 40))
    )
}

fn snapshot(order: u64, all: u64, now: DateTime<Utc>, status: &str, after: TimeDelta) -> ImportedOrder {
    let (products, discount) = (products_of(order), discount_of(order));
    let shipping = 1_500;
    let seconds = i64::try_from(all - order).unwrap_or(i64::MAX / 100) * 20;
    let placed_at = now - TimeDelta::days(1) - TimeDelta::seconds(seconds);
    let line = |number: i64, total: i64| OrderLine {
        sku: Some(format!("SKU-{:05}", mix(order * 2 + number.unsigned_abs()) % 4_000)),
        name: format!("Produto número {number} com nome de tamanho comum, azul, M"),
        category: None,
        quantity_milli: 1_000,
        unit_price: total,
        total,
    };
    let order = PlatformOrder {
        external_id: external_id(order),
        number: format!("{:08}", 10_000 + order),
        shop_number: None,
        status: status.to_owned(),
        placed_at,
        changed_at: Some(placed_at + after),
        buyer: buyer(customer_of(order)),
        products,
        discount,
        shipping,
        surcharge: 0,
        total: products - discount + shipping,
        credit_used: 0,
        refunded: 0,
        coupon_code: order.is_multiple_of(10).then(|| format!("PROMO{}", order % 7)),
        channel: SalesChannel::Site,
        shop_id: Some("1".to_owned()),
        lines: vec![line(1, products / 3), line(2, products - products / 3)],
        detail: DetailLevel::Full,
    };
    let fingerprint = fingerprint(order_of(&order.external_id).unwrap_or(0), status);
    ImportedOrder { order, fingerprint }
}

fn products_of(order: u64) -> i64 {
    5_000 + i64::try_from(mix(order) % 60_000).unwrap_or(0)
}

fn discount_of(order: u64) -> i64 {
    if order.is_multiple_of(3) {
        products_of(order) / 10
    } else {
        0
    }
}

fn buyer(customer: u64) -> Buyer {
    let document = cpf(customer);
    Buyer {
        external_id: Some(customer_external_id(customer)),
        name: Some(format!("Cliente Número {customer} de Souza")),
        email: Some(format!("cliente.{document}@correio.example")),
        document: Some(document),
        kind: None,
        phone: Some(format!("119{:08}", mix(customer) % 100_000_000)),
        birth_date: None,
        anonymised: false,
    }
}

/// A valid CPF for each customer, scattered over the numbers as real ones are.
fn cpf(customer: u64) -> String {
    // 3^18 has no factor in common with 10^9, so no number comes twice.
    let mut digits = format!("{:09}", (customer + 1) * 387_420_489 % 1_000_000_000);
    for weight in [10, 11] {
        let sum: u32 = digits
            .bytes()
            .zip((2..=weight).rev())
            .map(|(digit, by)| u32::from(digit - b'0') * by)
            .sum();
        digits.push(char::from_digit(sum * 10 % 11 % 10, 10).unwrap_or('0'));
    }
    digits
}

/// Numbers that look random and are always the same (splitmix64).
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
