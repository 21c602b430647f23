//! Platforms whose orders can be asked for one by one: each is as it is, and what is not there is not found.

use fidelidade::platform::{PlatformError, SalesBy};
use serde_json::json;

use super::expected;
use super::session::{Door, Manner};
use super::subject::{Reading, Subject};
use super::walks::complete;
use crate::support::sandbox::Sandbox;

/// How often a shop may answer that an order is not there yet.
const LATE_READINGS: usize = 3;

/// Orders by their ids, with every credential that opens them.
pub(super) async fn one_by_one(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let door = Door::to(sandbox, subject, &Manner::default());
    let truth = sandbox.truth(subject.kind()).await;
    let credentials = [Some(subject.good(reading)), subject.good_by_id()];
    for typed in credentials.into_iter().flatten() {
        let session = door.open_with(typed);
        for order in truth.orders.iter().step_by(5) {
            let listing = session.order(&subject.order_key(order)).await.unwrap();
            assert_eq!(listing.external_id, subject.order_key(order));
            let read = complete(session.as_ref(), &listing).await;
            expected::order(&read, order, subject, reading);
            assert_eq!(
                session.order(&listing.external_id).await.unwrap().fingerprint,
                listing.fingerprint
            );
        }
        for nobodys in ["999999999", "../../auth", "abc", ""] {
            let missing = session.order(nobodys).await;
            assert!(
                matches!(missing, Err(PlatformError::NotFound { .. })),
                "{nobodys}: {missing:?}"
            );
        }
    }
}

/// An order that was just placed or moved is found, sooner or later, with another fingerprint.
pub(super) async fn news(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let Some(typed) = subject.good_by_id() else { return };
    let session = Door::to(sandbox, subject, &Manner::default()).open_with(typed);
    let buyer = sandbox.truth(subject.kind()).await.customers[0].external_id;
    let [paid, cancelled] = subject.statuses();
    let body = json!({ "customer": buyer, "products_cents": 12_345, "status": paid });
    let placed = sandbox.place_order(subject.kind(), &body).await;
    let ask = async || {
        for _ in 0..LATE_READINGS {
            match session.order(&subject.order_key(&placed)).await {
                Err(PlatformError::NotFound { .. }) => {}
                other => return other.unwrap(),
            }
        }
        panic!("{reading}: the order never appears")
    };
    let first = ask().await;
    let moved = sandbox.set_status(subject.kind(), &placed.number, cancelled).await;
    let second = ask().await;
    assert_ne!(first.fingerprint, second.fingerprint);
    expected::order(&complete(session.as_ref(), &second).await, &moved, subject, reading);
}

/// Where nothing lists orders, a walk is over at once and says why.
pub(super) async fn unlisted(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let Some(typed) = subject.good_by_id() else { return };
    let session = Door::to(sandbox, subject, &Manner::default()).open_with(typed);
    assert_eq!(session.sales_by(), SalesBy::Id, "{reading}");
    let window = super::walks::created_since(chrono::DateTime::UNIX_EPOCH);
    let page = session.orders(window, None).await.unwrap();
    assert_eq!((page.items.len(), page.next), (0, None));
}
