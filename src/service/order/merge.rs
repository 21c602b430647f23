//! What a snapshot of an order changes about what is known of it.

use entity::order::{self, Channel};
use entity::order_status::StatusClass;
use entity::{Cents, CustomerId, Instant, Points};

use crate::app::App;
use crate::platform::{DetailLevel, PlatformOrder, SalesChannel};
use crate::service::import::ImportContext;

/// The order after a snapshot.
///
/// A snapshot older than the newest seen only adds what can be added at any time: that the order
/// was once in a status that awards points, and what only a detail tells where none was read yet. So
/// snapshots end in the same order whatever their sequence.
pub(super) fn merge(
    app: &App,
    context: &ImportContext,
    known: Option<&order::Model>,
    snapshot: &PlatformOrder,
    fingerprint: &str,
    customer: Option<CustomerId>,
) -> order::Model {
    let now = app.clock.now();
    let mut order = match known {
        Some(known) if is_outdated(known, snapshot) => with_late_detail(known, snapshot, now),
        _ => from_snapshot(app, context, known, snapshot, fingerprint, now),
    };
    // A detail has said who bought, or that nobody knows: a row's bare id adds nothing to that.
    let row_after_detail = snapshot.detail == DetailLevel::ListOnly && known.is_some_and(|known| known.complete);
    order.customer_id = order.customer_id.or(customer.filter(|_| !row_after_detail));
    let class = context.class_of(&snapshot.status);
    if context.awarding.contains(&snapshot.status) && class != StatusClass::Revoking {
        // By the platform's clock, so that it does not depend on when the snapshot came.
        note_awarding(context, &mut order, snapshot.changed_at.unwrap_or(snapshot.placed_at));
    }
    order
}

/// Notes that the order was in an awarding status, and the rules that were in force when it first was.
///
/// Once judged, an order keeps its rules, also when a platform's clock runs ahead of ours or ours was put
/// back, so that newer rules seem to be older than the sale. Only rules that are in force since always,
/// made before the store gave any points, judge it anew.
fn note_awarding(context: &ImportContext, order: &mut order::Model, seen: Instant) {
    let first = order.awarded_at.map_or(seen, |known| known.min(seen));
    let rules = context.version_at(first);
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
    context: &ImportContext,
    known: Option<&order::Model>,
    snapshot: &PlatformOrder,
    fingerprint: &str,
    now: Instant,
) -> order::Model {
    let complete = snapshot.detail == DetailLevel::Full;
    // A list row lacks what only the detail tells: there, what the detail told before stays.
    let told = known.filter(|known| known.complete && !complete);
    order::Model {
        id: known.map_or_else(|| app.id(), |known| known.id),
        store_id: context.store.id,
        integration_id: context.integration.id,
        external_id: snapshot.external_id.clone(),
        number: snapshot.number.clone(),
        customer_id: known
            .filter(|known| !is_nobody_after_all(known, snapshot))
            .and_then(|known| known.customer_id),
        buyer_external_id: told
            .and_then(|known| known.buyer_external_id.clone())
            .or_else(|| snapshot.buyer.external_id.clone()),
        status_code: snapshot.status.clone(),
        status_class: context.class_of(&snapshot.status),
        placed_at: snapshot.placed_at,
        changed_at: snapshot.changed_at.or(known.and_then(|known| known.changed_at)),
        products_cents: Cents(snapshot.products),
        discount_cents: Cents(snapshot.discount),
        shipping_cents: Cents(snapshot.shipping),
        surcharge_cents: Cents(snapshot.surcharge),
        total_cents: Cents(snapshot.total),
        refunded_cents: known.map_or(Cents::ZERO, |known| known.refunded_cents),
        credit_cents: told.map_or(Cents(snapshot.credit_used), |known| known.credit_cents),
        channel: told.map_or_else(|| channel(snapshot.channel), |known| known.channel),
        shop_id: told
            .and_then(|known| known.shop_id.clone())
            .or_else(|| snapshot.shop_id.clone()),
        coupon_code: coupon_code(snapshot).or_else(|| known.and_then(|known| known.coupon_code.clone())),
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
