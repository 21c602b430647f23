//! What a snapshot of an order changes about what is known of it.

use entity::order::{self, Channel};
use entity::order_status::StatusClass;
use entity::{Cents, CustomerId, Instant, Points};

use super::Source;
use super::link::as_told;
use crate::app::App;
use crate::platform::{DetailLevel, PlatformOrder, SalesChannel};

/// The order after a snapshot.
///
/// A snapshot older than the newest seen only adds what can be added at any time: that the order
/// was once in a status that awards points, and what only a detail tells where none was read yet. So
/// snapshots end in the same order whatever their sequence. What the order has from other sources is left
/// out: [`super::link`] adds it again.
pub(super) fn merge(
    app: &App,
    source: &Source,
    known: Option<&order::Model>,
    snapshot: &PlatformOrder,
    fingerprint: &str,
    customer: Option<CustomerId>,
) -> order::Model {
    let now = app.clock.now();
    let known = known.map(as_told);
    let known = known.as_ref();
    let mut order = match known {
        Some(known) if is_outdated(known, snapshot) => with_late_detail(known, snapshot, now),
        _ => from_snapshot(app, source, known, snapshot, fingerprint, now),
    };
    // A detail has said who bought, or that nobody knows: a row's bare id adds nothing to that.
    let row_after_detail = snapshot.detail != DetailLevel::Full && known.is_some_and(|known| known.complete);
    order.customer_id = order.customer_id.or(customer.filter(|_| !row_after_detail));
    let class = source.class_of(&snapshot.status);
    if source.awarding.contains(&snapshot.status) && class != StatusClass::Revoking {
        // By the platform's clock, so that it does not depend on when the snapshot came.
        note_awarding(source, &mut order, snapshot.changed_at.unwrap_or(snapshot.placed_at));
    }
    order
}

/// Notes that the order was in an awarding status, and the rules that were in force when it first was.
///
/// Once judged, an order keeps its rules, also when a platform's clock runs ahead of ours or ours was put
/// back, so that newer rules seem to be older than the sale. Only rules that are in force since always,
/// made before the store gave any points, judge it anew.
fn note_awarding(source: &Source, order: &mut order::Model, seen: Instant) {
    let first = order.awarded_at.map_or(seen, |known| known.min(seen));
    let rules = source.version_at(first);
    let since_always = rules.is_some_and(|version| version.starts_at <= Instant::UNIX_EPOCH);
    let is_judged = order.awarded_at == Some(first) && order.programme_version_id.is_some();
    if since_always || !is_judged {
        order.programme_version_id = rules.map(|version| version.id);
    }
    order.awarded_at = Some(first);
}

/// Whether a snapshot is older than what is known.
pub(super) fn is_outdated(known: &order::Model, snapshot: &PlatformOrder) -> bool {
    matches!((snapshot.changed_at, known.changed_at), (Some(snapshot), Some(known)) if snapshot < known)
}

/// What is known, with what only a detail tells, if this snapshot is the first that has it.
fn with_late_detail(known: &order::Model, snapshot: &PlatformOrder, now: Instant) -> order::Model {
    let mut order = known.clone();
    if known.complete || snapshot.detail != DetailLevel::Full {
        return order;
    }
    if is_nobody_after_all(known, snapshot) {
        order.customer_id = None;
    }
    order.complete = true;
    order.channel = channel(snapshot.channel);
    order.credit_cents = Cents(snapshot.credit_used);
    order.buyer_external_id = snapshot.buyer.external_id.clone().or(order.buyer_external_id);
    order.shop_id = snapshot.shop_id.clone().or(order.shop_id);
    order.coupon_code = order.coupon_code.or_else(|| coupon_code(snapshot));
    order.updated_at = now;
    order
}

/// The number of the shop's order, as the shop writes it.
fn shop_number(snapshot: &PlatformOrder) -> Option<String> {
    let number = snapshot.shop_number.as_deref().map(str::trim);
    number.filter(|number| !number.is_empty()).map(str::to_owned)
}

fn coupon_code(snapshot: &PlatformOrder) -> Option<String> {
    snapshot.coupon_code.as_ref().map(|code| code.trim().to_uppercase())
}

/// A list row names its buyer by an id alone; the detail may be the first to tell that the platform has
/// forgotten who that was.
fn is_nobody_after_all(known: &order::Model, snapshot: &PlatformOrder) -> bool {
    !known.complete && known.points == Points::ZERO && snapshot.buyer.anonymised
}

fn from_snapshot(
    app: &App,
    source: &Source,
    known: Option<&order::Model>,
    snapshot: &PlatformOrder,
    fingerprint: &str,
    now: Instant,
) -> order::Model {
    let complete = snapshot.detail == DetailLevel::Full;
    // A list row lacks what only the detail tells: there, what the detail told before stays.
    let told = known.filter(|known| known.complete && !complete);
    let amounts = told.filter(|_| snapshot.detail == DetailLevel::RowWithoutAmounts);
    let amount = |told: fn(&order::Model) -> Cents, snapshot| amounts.map_or(Cents(snapshot), told);
    order::Model {
        id: known.map_or_else(|| app.id(), |known| known.id),
        store_id: source.store.id,
        integration_id: source.integration.id,
        external_id: snapshot.external_id.clone(),
        number: snapshot.number.trim().to_owned(),
        shop_number: shop_number(snapshot),
        counted_as_id: None,
        customer_of_id: None,
        customer_id: known
            .filter(|known| !is_nobody_after_all(known, snapshot))
            .and_then(|known| known.customer_id),
        buyer_external_id: told
            .and_then(|known| known.buyer_external_id.clone())
            .or_else(|| snapshot.buyer.external_id.clone()),
        status_code: snapshot.status.clone(),
        status_class: source.class_of(&snapshot.status),
        placed_at: snapshot.placed_at,
        changed_at: snapshot.changed_at.or(known.and_then(|known| known.changed_at)),
        products_cents: amount(|known| known.products_cents, snapshot.products),
        discount_cents: amount(|known| known.discount_cents, snapshot.discount),
        shipping_cents: amount(|known| known.shipping_cents, snapshot.shipping),
        surcharge_cents: amount(|known| known.surcharge_cents, snapshot.surcharge),
        total_cents: amount(|known| known.total_cents, snapshot.total),
        refunded_cents: Cents(snapshot.refunded),
        credit_cents: told.map_or(Cents(snapshot.credit_used), |known| known.credit_cents),
        channel: told.map_or_else(|| channel(snapshot.channel), |known| known.channel),
        shop_id: told
            .and_then(|known| known.shop_id.clone())
            .or_else(|| snapshot.shop_id.clone()),
        coupon_code: coupon_code(snapshot).or_else(|| known.and_then(|known| known.coupon_code.clone())),
        categories: known.map_or_else(|| serde_json::json!({}), |known| known.categories.clone()),
        complete: complete || known.is_some_and(|known| known.complete),
        // Without its detail an order is looked at again by the next import, whatever its list row says.
        fingerprint: if complete {
            fingerprint.to_owned()
        } else {
            String::new()
        },
        awarded_at: known.and_then(|known| known.awarded_at),
        programme_version_id: known.and_then(|known| known.programme_version_id),
        points: known.map_or(Points::ZERO, |known| known.points),
        postings: known.map_or(0, |known| known.postings),
        created_at: known.map_or(now, |known| known.created_at),
        updated_at: now,
    }
}

fn channel(channel: SalesChannel) -> Channel {
    match channel {
        SalesChannel::Site => Channel::Site,
        SalesChannel::Marketplace => Channel::Marketplace,
        SalesChannel::Manual => Channel::Manual,
        SalesChannel::PointOfSale => Channel::PointOfSale,
        SalesChannel::Unknown => Channel::Unknown,
    }
}
