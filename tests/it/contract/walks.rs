//! Walks over orders, customers and products: everything once, nothing else, and equal to the truth.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use fidelidade::platform::{
    OrderListing, PageToken, Platform, PlatformError, PlatformOrder, StatusClass, Window, WindowKind,
};
use serde_json::json;

use super::expected;
use super::session::{Door, Manner, walk};
use super::subject::{Reading, Subject};
use crate::support::sandbox::Sandbox;
use crate::support::truth::{TrueOrder, Truth};

pub(super) fn created_since(since: DateTime<Utc>) -> Window {
    Window {
        since,
        by: WindowKind::Created,
    }
}

fn changed_since(since: DateTime<Utc>) -> Window {
    Window {
        since,
        by: WindowKind::Changed,
    }
}

pub(super) async fn order_list(session: &dyn Platform, window: Window) -> Result<Vec<OrderListing>, PlatformError> {
    walk(async |token| session.orders(window, token.as_ref()).await).await
}

/// The whole order behind a listing, which must be readable.
pub(super) async fn complete(session: &dyn Platform, listing: &OrderListing) -> PlatformOrder {
    match session.complete_order(listing).await {
        Ok(Ok(order)) => order,
        other => panic!("order {} cannot be completed: {other:?}", listing.external_id),
    }
}

/// The true orders of the subject's shop, by their keys.
fn ours<'a>(subject: &dyn Subject, truth: &'a Truth) -> BTreeMap<String, &'a TrueOrder> {
    let is_ours = |order: &&TrueOrder| subject.shop().is_none_or(|shop| order.shop_id.to_string() == shop);
    truth
        .orders
        .iter()
        .filter(is_ours)
        .map(|order| (subject.order_key(order), order))
        .collect()
}

/// The keys of the orders that a test wants to see.
fn keys(orders: &BTreeMap<String, &TrueOrder>, wanted: impl Fn(&TrueOrder) -> bool) -> BTreeSet<String> {
    orders
        .iter()
        .filter(|(_, order)| wanted(order))
        .map(|(key, _)| key.clone())
        .collect()
}

/// The keys that were listed, each of which must have come once.
fn listed_once(listings: &[OrderListing]) -> BTreeSet<String> {
    let keys: BTreeSet<String> = listings.iter().map(|listing| listing.external_id.clone()).collect();
    assert_eq!(keys.len(), listings.len(), "an order was listed twice");
    keys
}

/// Sixty days of orders: each once, and each as it is. Then narrower and wider windows.
pub(super) async fn orders(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let session = Door::to(sandbox, subject, &Manner::default()).open(reading);
    let truth = sandbox.truth(subject.kind()).await;
    let ours = ours(subject, &truth);
    assert!(ours.len() > 20, "the sandbox has too few orders to tell anything");
    let since = truth.now - TimeDelta::days(60) - TimeDelta::hours(1);

    let listings = order_list(session.as_ref(), created_since(since)).await.unwrap();
    assert_eq!(
        listed_once(&listings),
        keys(&ours, |order| order.placed_at >= since),
        "orders of sixty days"
    );
    for listing in &listings {
        expected::order(
            &complete(session.as_ref(), listing).await,
            ours[&listing.external_id],
            subject,
            reading,
        );
        assert!(
            listing.fingerprint.len() <= 64 && !listing.fingerprint.is_empty(),
            "{}",
            listing.fingerprint
        );
    }

    // A window may begin a little earlier than asked, never later.
    let since = truth.now - TimeDelta::days(20);
    let recent = listed_once(&order_list(session.as_ref(), created_since(since)).await.unwrap());
    assert!(
        recent.is_superset(&keys(&ours, |order| order.placed_at >= since)),
        "orders of twenty days are missing"
    );
    let earlier = keys(&ours, |order| order.placed_at >= since - TimeDelta::days(1));
    assert!(recent.is_subset(&earlier), "a narrow window gives older orders too");

    let all = listed_once(
        &order_list(session.as_ref(), created_since(DateTime::UNIX_EPOCH))
            .await
            .unwrap(),
    );
    assert_eq!(all, keys(&ours, |_| true), "all orders ever");
}

/// Every shop of the account has its own orders, and all shops together have all.
pub(super) async fn shops(subject: &'static dyn Subject, sandbox: &Sandbox) {
    let door = Door::to(sandbox, subject, &Manner::default());
    let truth = sandbox.truth(subject.kind()).await;
    let choices = subject
        .shops()
        .iter()
        .map(|(shop, _)| subject.shop().is_some().then_some(*shop))
        .chain([None]);
    for shop in choices {
        let session = door.open_shop(subject.good(&json!({})), shop);
        let seen = listed_once(
            &order_list(session.as_ref(), created_since(DateTime::UNIX_EPOCH))
                .await
                .unwrap(),
        );
        let of_shop = truth
            .orders
            .iter()
            .filter(|order| shop.is_none_or(|shop| order.shop_id.to_string() == shop));
        assert_eq!(
            seen,
            of_shop.map(|order| subject.order_key(order)).collect(),
            "orders of shop {shop:?}"
        );
    }
}

/// The catalogue has every status that an order carries, and means by it what the product does.
pub(super) async fn statuses(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let session = Door::to(sandbox, subject, &Manner::default()).open(reading);
    let catalogue = session.statuses().await.unwrap();
    let codes: BTreeSet<&str> = catalogue.iter().map(|status| status.code.as_str()).collect();
    assert_eq!(codes.len(), catalogue.len(), "a status is listed twice");
    for order in &sandbox.truth(subject.kind()).await.orders {
        let class = subject.kind().status_class(&order.status);
        assert!(
            codes.contains(order.status.as_str()) || class == StatusClass::Unknown,
            "{} is nowhere",
            order.status
        );
    }
    for status in &catalogue {
        assert_eq!(
            status.class,
            subject.kind().status_class(&status.code),
            "{}",
            status.code
        );
        assert!(!status.name.trim().is_empty(), "{} has no name", status.code);
    }
    let class = subject.statuses().map(|code| subject.kind().status_class(code));
    assert_eq!(class, [StatusClass::Earning, StatusClass::Revoking]);
}

/// Every customer once, as they are; and of those changed lately none is missing.
pub(super) async fn customers(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let session = Door::to(sandbox, subject, &Manner::default()).open(reading);
    let truth = sandbox.truth(subject.kind()).await;
    let people: BTreeMap<String, _> = truth
        .customers
        .iter()
        .map(|person| (person.external_id.to_string(), person))
        .collect();
    let list = async |window: Window| {
        walk(async |token| session.customers(window, token.as_ref()).await)
            .await
            .unwrap()
    };

    let all = list(created_since(DateTime::UNIX_EPOCH)).await;
    let seen: BTreeSet<String> = all.iter().map(|customer| customer.external_id.clone()).collect();
    assert_eq!(seen.len(), all.len(), "a customer came twice");
    assert_eq!(seen, people.keys().cloned().collect(), "all customers");
    for customer in &all {
        expected::customer(customer, people[&customer.external_id], subject, reading);
    }

    for (by, days) in [(WindowKind::Created, 150), (WindowKind::Changed, 60)] {
        let since = truth.now - TimeDelta::days(days);
        let seen: BTreeSet<String> = list(Window { since, by })
            .await
            .into_iter()
            .map(|customer| customer.external_id)
            .collect();
        let at = |key: &String| match by {
            WindowKind::Created => people[key].registered_at,
            WindowKind::Changed => people[key].updated_at,
        };
        let wanted = |since| {
            people
                .keys()
                .filter(|key| at(key) >= since)
                .cloned()
                .collect::<BTreeSet<_>>()
        };
        assert!(
            seen.is_superset(&wanted(since)),
            "customers of the last {days} days ({by:?}) are missing"
        );
        // Days are all that some platforms know.
        assert!(
            seen.is_subset(&wanted(since - TimeDelta::days(3))),
            "{by:?} gives much older customers too"
        );
    }
}

/// Orders that move are found by when they changed, and their fingerprints show it.
pub(super) async fn changes(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let session = Door::to(sandbox, subject, &Manner::default()).open(reading);
    let kind = subject.kind();
    let truth = sandbox.truth(kind).await;
    let since = truth.now - TimeDelta::days(30);
    let prints = async |window| -> BTreeMap<String, String> {
        let listings = order_list(session.as_ref(), window).await.unwrap();
        listings
            .into_iter()
            .map(|listing| (listing.external_id, listing.fingerprint))
            .collect()
    };
    let before = prints(created_since(since)).await;
    assert_eq!(
        before,
        prints(created_since(since)).await,
        "fingerprints differ although nothing changed"
    );

    let moved_at = sandbox.advance(TimeDelta::hours(2)).await;
    let candidates = ours(subject, &truth);
    let moving: Vec<_> = candidates
        .into_iter()
        .filter(|(key, _)| before.contains_key(key))
        .step_by(5)
        .take(3)
        .collect();
    for ((key, order), status) in moving.iter().zip(subject.statuses().iter().cycle()) {
        // An order that stands there already has still changed.
        assert_eq!(
            sandbox.set_status(kind, &order.number, status).await.status,
            *status,
            "{key}"
        );
    }
    let truth = sandbox.truth(kind).await;
    let ours = ours(subject, &truth);
    let listings = order_list(session.as_ref(), changed_since(moved_at - TimeDelta::minutes(10)))
        .await
        .unwrap();
    listed_once(&listings);
    for (key, old) in moving {
        let listing = listings.iter().find(|listing| listing.external_id == key);
        let listing = listing.unwrap_or_else(|| panic!("the moved order {} is not among the changed", old.number));
        expected::order(&complete(session.as_ref(), listing).await, ours[&key], subject, reading);
        if old.status != ours[&key].status {
            assert_ne!(
                before[&key], listing.fingerprint,
                "fingerprint of the moved order {}",
                old.number
            );
        }
    }
    if *reading == json!({}) {
        assert!(listings.len() < before.len(), "a window of changes gives every order");
    }
}

/// A walk goes on from a stored place, in another session, and a place can be used twice.
pub(super) async fn resuming(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let truth = sandbox.truth(subject.kind()).await;
    let window = created_since(truth.now - TimeDelta::days(61));
    let open = || Door::to(sandbox, subject, &Manner::default()).open(reading);
    let whole = order_list(open().as_ref(), window).await.unwrap();
    let mut seen = Vec::new();
    let mut token: Option<PageToken> = None;
    loop {
        let page = open().orders(window, token.as_ref()).await.unwrap();
        if *reading == json!({}) {
            let again = open().orders(window, token.as_ref()).await.unwrap();
            assert_eq!(page.items, again.items, "the same place gives other rows");
        }
        seen.extend(page.items);
        let Some(next) = page.next else { break };
        let stored = serde_json::to_string(&next).unwrap();
        token = serde_json::from_str(&stored).unwrap();
        assert_eq!(token.as_ref(), Some(&next));
        for secret in subject.good(reading).values().filter(|secret| !secret.is_empty()) {
            assert!(!stored.contains(secret.as_str()), "a stored place holds a credential");
        }
    }
    assert_eq!(seen, whole);
}

/// Every sellable product is listed.
pub(super) async fn products(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let session = Door::to(sandbox, subject, &Manner::default()).open(reading);
    let found = walk(async |token| session.products(token.as_ref()).await)
        .await
        .unwrap();
    let ids: BTreeSet<&str> = found.iter().map(|product| product.external_id.as_str()).collect();
    assert_eq!(ids.len(), found.len(), "a product came twice");
    let skus: BTreeSet<&str> = found.iter().map(|product| product.sku.as_str()).collect();
    for product in &sandbox.truth(subject.kind()).await.products {
        assert!(skus.contains(product.sku.as_str()), "{} is missing", product.sku);
    }
}
