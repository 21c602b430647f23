//! Promises of ERPs: they list orders and nothing else, and their statuses belong to the account.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta};
use fidelidade::platform::{DetailLevel, StatusClass};
use serde_json::{Value, json};

use super::session::{Door, Manner};
use super::subject::{Reading, Subject};
use super::walks::{complete, created_since, order_list};
use super::{access, by_id, walks, without};
use crate::support::proxy::Proxy;
use crate::support::sandbox::Sandbox;

/// All that an ERP promises whatever its interface turns out to be.
pub(super) async fn everything(subject: &'static dyn Subject, reading: &Reading) {
    let sandbox = Sandbox::start().await;
    sandbox.switches(subject.kind(), reading).await;
    access::credentials(subject, &sandbox, reading).await;
    statuses(subject, &sandbox, reading).await;
    walks::orders(subject, &sandbox, reading).await;
    walks::resuming(subject, &sandbox, reading).await;
    by_id::one_by_one(subject, &sandbox, reading).await;
    without::customers(subject, &sandbox, reading).await;
    without::products(subject, &sandbox, reading).await;
    without::coupons(subject, &sandbox, reading).await;
    // This one moves the clock.
    walks::changes(subject, &sandbox, reading).await;
    let stats = sandbox.stats(subject.kind()).await;
    assert_eq!(stats["forbidden"], json!([]), "calls that no integration may make");
}

/// The account's own list has every status that an order carries; by its id alone none means anything.
pub(super) async fn statuses(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let session = Door::to(sandbox, subject, &Manner::default()).open(reading);
    let catalogue = session.statuses().await.unwrap();
    let codes: BTreeSet<&str> = catalogue.iter().map(|status| status.code.as_str()).collect();
    assert_eq!(codes.len(), catalogue.len(), "a status is listed twice");
    for order in &sandbox.truth(subject.kind()).await.orders {
        assert!(codes.contains(order.status.as_str()), "{} is nowhere", order.status);
    }
    for status in &catalogue {
        assert!(!status.name.trim().is_empty(), "{} has no name", status.code);
        assert_eq!(subject.kind().status_class(&status.code), StatusClass::Unknown);
    }
    let [paid, cancelled] = subject.statuses();
    let class = |code: &str| {
        catalogue
            .iter()
            .find(|status| status.code == code)
            .map(|status| status.class)
    };
    assert_eq!(class(cancelled), Some(StatusClass::Revoking));
    assert!(matches!(
        class(paid),
        Some(StatusClass::Earning | StatusClass::Delivered)
    ));
}

/// Errors now and then are waited out; where details fail, the rows are told as what they are.
pub(super) async fn errors(subject: &'static dyn Subject, sandbox: &Sandbox) {
    sandbox.faults(json!({ "error_rate_percent": 20 })).await;
    walks::orders(subject, sandbox, &json!({})).await;
    sandbox
        .faults(json!({ "error_rate_percent": 0, "order_detail_error_percent": 100 }))
        .await;
    let truth = sandbox.truth(subject.kind()).await;
    let manner = Manner {
        max_tries: 2,
        ..Manner::default()
    };
    let session = Door::to(sandbox, subject, &manner).open(&json!({}));
    let listings = order_list(session.as_ref(), created_since(truth.now - TimeDelta::days(15)))
        .await
        .unwrap();
    assert!(!listings.is_empty());
    for listing in &listings {
        let order = complete(session.as_ref(), listing).await;
        let known = truth.order(&order.number);
        assert_eq!(order.detail, DetailLevel::ListOnly);
        assert_eq!((order.products, order.total), (known.products_cents, known.total_cents));
        assert_eq!((order.status.as_str(), order.lines.len()), (known.status.as_str(), 0));
        assert!(order.discount <= known.discount_cents, "no more than was taken off");
    }
    sandbox.faults(json!({ "order_detail_error_percent": 0 })).await;
}

/// Rows that nobody can make sense of are kept aside, with a reason and without personal data.
pub(super) async fn broken_rows(subject: &'static dyn Subject, sandbox: &Sandbox) {
    let spoil = move |_: &str, answer: &mut Value| subject.spoil_rows(answer);
    let proxy = Proxy::start(sandbox.origin(), spoil).await;
    let open =
        |origin: &str| Door::with(sandbox.settings_through(origin), subject, &Manner::default()).open(&json!({}));
    let truth = sandbox.truth(subject.kind()).await;
    let window = created_since(truth.now - TimeDelta::days(61));
    let (mut good, mut rejects, mut token) = (0, Vec::new(), None);
    loop {
        let page = open(&proxy.origin).orders(window, token.as_ref()).await.unwrap();
        good += page.items.len();
        rejects.extend(page.rejects);
        token = page.next;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(
        good + rejects.len(),
        truth.orders.len(),
        "every row is read or rejected"
    );
    assert!(rejects.len() >= truth.orders.len() / 5, "{}", rejects.len());
    for reject in &rejects {
        assert!(reject.field.is_some() && !reject.message.is_empty(), "{reject:?}");
        let text = format!("{} {}", reject.message, reject.record);
        let told = |document: &Option<String>| document.as_ref().is_some_and(|document| text.contains(document));
        assert!(!truth.customers.iter().any(|person| told(&person.document)), "{text}");
    }

    let proxy = Proxy::start(sandbox.origin(), move |path, answer| subject.spoil_detail(path, answer)).await;
    let session = open(&proxy.origin);
    let page = session.orders(created_since(DateTime::UNIX_EPOCH), None).await;
    drop(page.unwrap());
    let page = session.orders(window, None).await.unwrap();
    let listing = page.items.last().unwrap();
    let rejected = session.complete_order(listing).await.unwrap().unwrap_err();
    assert_eq!(rejected.external_id.as_deref(), Some(listing.external_id.as_str()));
    assert!(rejected.field.is_some(), "{rejected:?}");
}
