//! Platforms whose orders can be asked for one by one: each is as it is, and what is not there is not found.

use fidelidade::platform::{PlatformError, SalesBy};
use serde_json::json;

use super::expected;
use super::session::{Door, Manner};
use super::subject::{Reading, Subject};
use super::walks::{complete, order_list};
use crate::support::sandbox::Sandbox;
use crate::support::truth::TrueOrder;

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

/// An order that was asked for is known again when it is listed.
pub(super) async fn as_listed(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let session = Door::to(sandbox, subject, &Manner::default()).open(reading);
    let window = super::walks::created_since(chrono::DateTime::UNIX_EPOCH);
    for listed in order_list(session.as_ref(), window).await.unwrap() {
        let asked = session.order(&listed.external_id).await.unwrap();
        assert_eq!(
            asked.fingerprint, listed.fingerprint,
            "{reading}: {}",
            listed.external_id
        );
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

/// Orders that a list told of are found again one by one, and those that were deleted are not. Where that cannot be told,
/// it is said.
pub(super) async fn found_again(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let session = Door::to(sandbox, subject, &Manner::default()).open_with(subject.good(reading));
    let truth = sandbox.truth(subject.kind()).await;
    let is_ours = |order: &&TrueOrder| subject.shop().is_none_or(|shop| order.shop_id.to_string() == shop);
    for order in truth.orders.iter().filter(is_ours).step_by(7) {
        let key = subject.order_key(order);
        let listing = match session.find_order(&key, &order.number).await {
            Err(PlatformError::Unsupported { .. }) => return,
            found => found.unwrap().unwrap(),
        };
        assert_eq!(listing.external_id, key);
        let read = complete(session.as_ref(), &listing).await;
        expected::order(&read, order, subject, reading);
        sandbox.delete_order(subject.kind(), &order.number).await;
        let gone = session.find_order(&key, &order.number).await;
        assert!(matches!(gone, Ok(None)), "{}: {gone:?}", order.number);
    }
    for nobodys in ["999999999", "../../auth", "abc", ""] {
        let gone = session.find_order(nobodys, "nada").await;
        assert!(matches!(gone, Ok(None)), "{nobodys}: {gone:?}");
    }
}
