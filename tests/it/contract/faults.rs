//! Platforms on a bad day: errors now and then, details that fail, rows that move, broken bodies
//! and broken rows. Nothing is lost, and nothing bad spoils what is good.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use fidelidade::platform::{PlatformError, Window, WindowKind};
use fidelidade::sandbox::SandboxConfig;
use serde_json::{Value, json};

use super::expected;
use super::session::{Door, Manner};
use super::subject::Subject;
use super::walks::{self, order_list};
use crate::support::proxy::Proxy;
use crate::support::sandbox::{Sandbox, start_of_time};

/// Errors now and then are waited out; errors of details leave the rows.
pub(super) async fn errors(subject: &'static dyn Subject, sandbox: &Sandbox) {
    sandbox.faults(json!({ "error_rate_percent": 20 })).await;
    walks::orders(subject, sandbox, &json!({})).await;
    walks::customers(subject, sandbox, &json!({})).await;

    sandbox
        .faults(json!({ "error_rate_percent": 0, "order_detail_error_percent": 100 }))
        .await;
    let truth = sandbox.truth(subject.kind()).await;
    let session = Door::to(
        sandbox,
        subject,
        &Manner {
            max_tries: 2,
            ..Manner::default()
        },
    )
    .open(&json!({}));
    let window = Window {
        since: truth.now - TimeDelta::days(15),
        by: WindowKind::Created,
    };
    let listings = order_list(session.as_ref(), window).await.unwrap();
    assert!(!listings.is_empty());
    for listing in &listings {
        let order = walks::complete(session.as_ref(), listing).await;
        let known = truth.order(&order.number);
        if subject.rows_are_whole() {
            expected::order(&order, known, subject, &json!({}));
        } else {
            expected::order_row(&order, known, subject);
        }
    }
    sandbox.faults(json!({ "order_detail_error_percent": 0 })).await;
}

/// Broken bodies are told as such and may be asked for again.
pub(super) async fn broken_bodies(subject: &'static dyn Subject, sandbox: &Sandbox) {
    let session = Door::to(sandbox, subject, &Manner::default()).open(&json!({}));
    let window = Window {
        since: DateTime::UNIX_EPOCH,
        by: WindowKind::Created,
    };
    sandbox.faults(json!({ "malformed_percent": 100 })).await;
    for _ in 0..6 {
        let broken = session.orders(window, None).await;
        assert!(
            matches!(&broken, Err(error @ PlatformError::Malformed { .. }) if error.is_transient()),
            "{broken:?}"
        );
        assert!(session.customers(window, None).await.is_err());
        // Whether a coupon exists must not be answered by a body that cannot be read.
        assert!(session.find_coupon("FIEL").await.is_err());
    }
    sandbox.faults(json!({ "malformed_percent": 0 })).await;
}

/// Orders that move and come in during a walk make it see some twice, but never miss one.
pub(super) async fn moving_rows(subject: &'static dyn Subject) {
    let config = SandboxConfig {
        orders: 120,
        ..SandboxConfig::at(start_of_time())
    };
    let sandbox = Sandbox::start_with(config).await;
    sandbox.faults(json!({ "rate_limit": "off", "rows_move": true })).await;
    let session = Door::to(&sandbox, subject, &Manner::default()).open(&json!({}));
    for by in [WindowKind::Created, WindowKind::Changed] {
        let truth = sandbox.truth(subject.kind()).await;
        let since = truth.now - TimeDelta::days(45);
        let listings = order_list(session.as_ref(), Window { since, by }).await.unwrap();
        let seen: BTreeSet<&str> = listings.iter().map(|listing| listing.external_id.as_str()).collect();
        for order in &truth.orders {
            let at = if by == WindowKind::Created {
                order.placed_at
            } else {
                order.changed_at
            };
            let is_ours = subject.shop().is_none_or(|shop| order.shop_id.to_string() == shop);
            let is_missed = is_ours && at >= since && !seen.contains(subject.order_key(order).as_str());
            assert!(!is_missed, "order {} was missed by a walk by {by:?}", order.number);
        }
    }
}

/// Rows that nobody can make sense of are kept aside, one by one, with a reason and without personal
/// data; their neighbours are read.
pub(super) async fn broken_rows(subject: &'static dyn Subject, sandbox: &Sandbox) {
    let spoil = move |_: &str, answer: &mut Value| subject.spoil_rows(answer);
    let proxy = Proxy::start(sandbox.origin(), spoil).await;
    let open =
        |origin: &str| Door::with(sandbox.settings_through(origin), subject, &Manner::default()).open(&json!({}));
    let session = open(&proxy.origin);
    let window = Window {
        since: DateTime::UNIX_EPOCH,
        by: WindowKind::Created,
    };

    let mut rejects = Vec::new();
    let (mut good, mut token) = (0, None);
    loop {
        let page = session.orders(window, token.as_ref()).await.unwrap();
        good += page.items.len();
        rejects.extend(page.rejects);
        token = page.next;
        if token.is_none() {
            break;
        }
    }
    let all = order_list(open(&sandbox.origin()).as_ref(), window)
        .await
        .unwrap()
        .len();
    assert_eq!(good + rejects.len(), all, "every row is read or rejected");
    assert!(
        rejects.len() >= all / 5,
        "only {} of {all} were rejected",
        rejects.len()
    );

    let customers = session.customers(window, None).await.unwrap();
    assert!(
        customers.next.is_some() && customers.items.len() > customers.rejects.len(),
        "{customers:?}"
    );
    rejects.extend(customers.rejects);
    let people = sandbox.truth(subject.kind()).await.customers;
    for reject in &rejects {
        assert!(reject.field.is_some() && !reject.message.is_empty(), "{reject:?}");
        let text = format!("{} {}", reject.message, reject.record);
        for person in &people {
            let private = [
                person.document.as_deref(),
                person.email.as_deref(),
                Some(person.phone.as_str()),
            ];
            let told = private.into_iter().flatten().find(|value| text.contains(value));
            assert_eq!(told, None, "a reject tells personal data: {text}");
        }
    }

    let proxy = Proxy::start(sandbox.origin(), move |path, answer| subject.spoil_detail(path, answer)).await;
    let session: Arc<_> = open(&proxy.origin);
    let page = session.orders(window, None).await.unwrap();
    let listing = page.items.last().unwrap();
    let rejected = session.complete_order(listing).await.unwrap().unwrap_err();
    assert_eq!(rejected.external_id.as_deref(), Some(listing.external_id.as_str()));
    assert!(rejected.field.is_some(), "{rejected:?}");
}
