//! Platforms whose orders come by a queue: each once, none lost, and nothing is acknowledged before it is kept.
//!
//! Whoever walks keeps a page and its place together. A place that comes back is the sign that the page is kept;
//! until then, everything must come again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta};
use fidelidade::platform::{OrderListing, Page, PageToken, Platform, PlatformError, SalesBy};
use serde_json::{Value, json};

use super::session::{Door, Manner};
use super::subject::{Reading, Subject};
use super::walks::{complete, created_since, order_list};
use super::{access, by_id, expected, walks, without};
use crate::support::proxy::Proxy;
use crate::support::sandbox::Sandbox;
use crate::support::truth::TrueOrder;

/// More pages than any walk here has.
const MOST_PAGES: usize = 60;

/// All that such a platform promises whatever its interface turns out to be. A queue is emptied by whoever reads
/// it, so each promise has a sandbox of its own.
pub(super) async fn everything(subject: &'static dyn Subject, reading: &Reading) {
    macro_rules! each {
        ($($module:ident::$promise:ident),* $(,)?) => {$({
            let sandbox = Sandbox::start().await;
            sandbox.switches(subject.kind(), reading).await;
            $module::$promise(subject, &sandbox, reading).await;
            let stats = sandbox.stats(subject.kind()).await;
            assert_eq!(stats["forbidden"], json!([]), "calls that no integration may make");
        })*};
    }
    each!(
        access::credentials,
        walks::statuses,
        self::orders,
        self::windows,
        self::acknowledging,
        self::resuming,
        self::changes,
        by_id::one_by_one,
        by_id::news,
        by_id::unlisted,
        without::customers,
        without::products,
        without::coupons,
    );
}

fn open(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) -> std::sync::Arc<dyn Platform> {
    let session = Door::to(sandbox, subject, &Manner::default()).open(reading);
    assert_eq!(session.sales_by(), SalesBy::Queue);
    session
}

fn ever() -> fidelidade::platform::Window {
    created_since(DateTime::UNIX_EPOCH)
}

async fn keys(subject: &dyn Subject, sandbox: &Sandbox) -> BTreeSet<String> {
    let truth = sandbox.truth(subject.kind()).await;
    truth.orders.iter().map(|order| subject.order_key(order)).collect()
}

fn once(listings: &[OrderListing]) -> BTreeSet<String> {
    let keys: BTreeSet<String> = listings.iter().map(|one| one.external_id.clone()).collect();
    assert_eq!(keys.len(), listings.len(), "an order came twice");
    keys
}

/// Every order of the queue once, each as it is; then the queue is empty.
pub(super) async fn orders(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let session = open(subject, sandbox, reading);
    let truth = sandbox.truth(subject.kind()).await;
    let ours: BTreeMap<String, &TrueOrder> = truth.orders.iter().map(|one| (subject.order_key(one), one)).collect();
    let listings = order_list(session.as_ref(), ever()).await.unwrap();
    assert_eq!(once(&listings), keys(subject, sandbox).await);
    for listing in &listings {
        let read = complete(session.as_ref(), listing).await;
        expected::order(&read, ours[&listing.external_id], subject, reading);
        assert!((1..=64).contains(&listing.fingerprint.len()), "{}", listing.fingerprint);
    }
    let again = order_list(open(subject, sandbox, reading).as_ref(), ever())
        .await
        .unwrap();
    assert_eq!(again, [], "the queue is not empty after the walk");
}

/// A first walk gives nothing that is older than it wants, and empties the queue all the same.
pub(super) async fn windows(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let truth = sandbox.truth(subject.kind()).await;
    let since = truth.now - TimeDelta::days(20);
    let session = open(subject, sandbox, reading);
    let recent = order_list(session.as_ref(), created_since(since)).await.unwrap();
    let wanted = truth.orders.iter().filter(|order| order.placed_at >= since);
    assert_eq!(once(&recent), wanted.map(|order| subject.order_key(order)).collect());
    assert_eq!(order_list(session.as_ref(), ever()).await.unwrap(), []);
}

/// Whatever was given and not kept comes again: however often it is asked for, and after a new log-in.
pub(super) async fn acknowledging(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let session = open(subject, sandbox, reading);
    let first = session.orders(ever(), None).await.unwrap();
    assert!(first.next.is_some() && !first.items.is_empty());
    assert_eq!(session.orders(ever(), None).await.unwrap(), first, "nothing was kept");
    assert_eq!(
        open(subject, sandbox, reading).orders(ever(), None).await.unwrap(),
        first
    );

    // The page is kept, and whoever took it dies before or after its place came back.
    let second = session.orders(ever(), first.next.as_ref()).await.unwrap();
    let (before, after) = (once(&first.items), once(&second.items));
    assert!(
        before.is_disjoint(&after),
        "an order that was kept came again in the walk"
    );
    let again = open(subject, sandbox, reading);
    let twice = again.orders(ever(), first.next.as_ref()).await.unwrap();
    // More where what was deleted was slow to go, and had only hidden it.
    let twice = once(&twice.items);
    assert!(
        after.is_subset(&twice) && before.is_disjoint(&twice),
        "a place that comes back twice: {twice:?} for {after:?}"
    );
    let rest = order_list(again.as_ref(), ever()).await.unwrap();
    assert_eq!(
        once(&rest),
        &keys(subject, sandbox).await - &before,
        "only what was kept is gone"
    );
}

/// A walk goes on from a stored place in another session.
pub(super) async fn resuming(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let mut seen = Vec::new();
    let mut token: Option<PageToken> = None;
    for _ in 0..MOST_PAGES {
        let page = open(subject, sandbox, reading)
            .orders(ever(), token.as_ref())
            .await
            .unwrap();
        seen.extend(page.items);
        let Some(next) = page.next else {
            assert_eq!(once(&seen), keys(subject, sandbox).await);
            return;
        };
        let stored = serde_json::to_string(&next).unwrap();
        for (key, secret) in subject.good(reading) {
            let is_secret = !["mode", "store_id"].contains(&key.as_str());
            assert!(
                !is_secret || !stored.contains(&secret),
                "a stored place holds a credential"
            );
        }
        token = serde_json::from_str(&stored).unwrap();
    }
    panic!("the walk does not end");
}

/// After the queue was emptied, exactly what moved is in it, however often it moved.
pub(super) async fn changes(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let kind = subject.kind();
    let session = open(subject, sandbox, reading);
    let prints: BTreeMap<String, String> = order_list(session.as_ref(), ever())
        .await
        .unwrap()
        .into_iter()
        .map(|one| (one.external_id, one.fingerprint))
        .collect();
    sandbox.advance(TimeDelta::hours(2)).await;
    let moving: Vec<TrueOrder> = sandbox
        .truth(kind)
        .await
        .orders
        .into_iter()
        .step_by(9)
        .take(3)
        .collect();
    let [paid, cancelled] = subject.statuses();
    for order in &moving {
        sandbox.set_status(kind, &order.number, paid).await;
        sandbox.advance(TimeDelta::minutes(2)).await;
        sandbox.set_status(kind, &order.number, cancelled).await;
    }
    let listings = order_list(session.as_ref(), ever()).await.unwrap();
    let moved: BTreeSet<String> = moving.iter().map(|order| subject.order_key(order)).collect();
    assert_eq!(once(&listings), moved);
    let truth = sandbox.truth(kind).await;
    for listing in &listings {
        let read = complete(session.as_ref(), listing).await;
        expected::order(&read, truth.order(&read.number), subject, reading);
        assert_ne!(
            prints[&listing.external_id], listing.fingerprint,
            "{}",
            listing.external_id
        );
    }
}

/// Errors now and then are waited out. An order that cannot be read stays in the queue and stops no other; when
/// none can be read, the walk stops.
pub(super) async fn errors(subject: &'static dyn Subject, sandbox: &Sandbox) {
    let reading = json!({});
    let manner = || Manner {
        max_tries: 2,
        ..Manner::default()
    };
    let hasty = || Door::to(sandbox, subject, &manner()).open(&json!({}));
    sandbox.faults(json!({ "order_detail_error_percent": 100 })).await;
    let stopped = hasty().orders(ever(), None).await;
    assert!(matches!(stopped, Err(PlatformError::Unreachable { .. })), "{stopped:?}");

    sandbox.faults(json!({ "order_detail_error_percent": 60 })).await;
    let some = order_list(hasty().as_ref(), ever()).await.unwrap();
    let (all, some) = (keys(subject, sandbox).await, once(&some));
    assert!(
        !some.is_empty() && some.len() < all.len(),
        "{} of {}",
        some.len(),
        all.len()
    );
    sandbox
        .faults(json!({ "order_detail_error_percent": 0, "error_rate_percent": 20 }))
        .await;
    let rest = order_list(open(subject, sandbox, &reading).as_ref(), ever())
        .await
        .unwrap();
    assert_eq!(
        once(&rest),
        &all - &some,
        "what could not be read comes later, and nothing else"
    );
}

/// What nobody can make sense of is kept aside with a reason and without personal data; the rest is read, and the
/// queue does not stop at it.
pub(super) async fn broken_items(subject: &'static dyn Subject, sandbox: &Sandbox) {
    let spoil = move |path: &str, answer: &mut Value| {
        if path.contains("GetQueue") {
            let rows = subject.rows(answer).into_iter().flatten();
            for row in rows.filter(|row| row["idQueue"].as_u64().is_some_and(|id| id % 4 == 0)) {
                subject.spoil_row(row);
            }
        }
    };
    let proxy = Proxy::start(sandbox.origin(), spoil).await;
    let open =
        |origin: &str| Door::with(sandbox.settings_through(origin), subject, &Manner::default()).open(&json!({}));
    let session = open(&proxy.origin);
    let (mut good, mut rejects, mut token) = (Vec::new(), Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let page: Page<OrderListing> = session.orders(ever(), token.as_ref()).await.unwrap();
        good.extend(page.items);
        rejects.extend(page.rejects);
        token = page.next;
        if token.is_none() {
            break;
        }
    }
    let all = keys(subject, sandbox).await.len();
    assert_eq!((once(&good).len() + rejects.len(), rejects.len()), (all, all / 4));
    assert!(
        rejects.iter().all(|one| one.field.is_some() && !one.message.is_empty()),
        "{rejects:?}"
    );

    let moved = sandbox.truth(subject.kind()).await.orders.remove(0);
    sandbox
        .set_status(subject.kind(), &moved.number, subject.statuses()[1])
        .await;
    let proxy = Proxy::start(sandbox.origin(), move |path, answer| subject.spoil_detail(path, answer)).await;
    let session = open(&proxy.origin);
    let listings = order_list(session.as_ref(), ever()).await.unwrap();
    let rejected = session.complete_order(&listings[0]).await.unwrap().unwrap_err();
    assert_eq!(rejected.external_id, Some(subject.order_key(&moved)));
    assert_eq!(rejected.field.as_deref(), Some("totalItens"));
    let text = rejected.record.to_string();
    let private = [
        moved.person.document.as_deref(),
        moved.person.email.as_deref(),
        Some(moved.person.phone.as_str()),
    ];
    let told = private.into_iter().flatten().find(|value| text.contains(value));
    assert_eq!(told, None, "a reject tells personal data: {text}");
}
