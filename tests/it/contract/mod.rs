//! What every platform's adapter must do, tried against the sandbox over real HTTP.
//!
//! A platform joins with a [`subject::Subject`] and one line in `platforms!` below, which says how its orders are
//! come by: a list is walked, or a queue is emptied. Each promise is a function that takes the platform and, where
//! readings of the platform's interface matter, the reading that is played; `every_reading` keeps them all under
//! every value of every switch. What a platform does not offer is a promise too: it says so ([`without`]).

mod access;
mod by_id;
mod coupons;
mod erp;
mod expected;
mod faults;
mod limits;
mod queue;
mod session;
mod subject;
mod walks;
mod without;

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;

use chrono::TimeDelta;
use fidelidade::platform::{Kind, PlatformError, Window, WindowKind};
use futures_util::FutureExt;
use serde_json::json;

use crate::support::sandbox::Sandbox;
use subject::{Reading, Subject, subject};

/// Declares the contract's tests for each platform: how its orders are come by, with coupons or without. `promise(reading)` is played by the
/// defaults.
macro_rules! platforms {
    ($($name:ident: $subject:expr, $sales:ident, $coupons:ident;)*) => {
        fn under_contract() -> BTreeSet<Kind> {
            [$($subject),*].into_iter().map(Subject::kind).collect()
        }

        $(mod $name {
            use super::*;

            platforms!(@$sales $subject);
            platforms!(@$coupons $subject);
        })*
    };
    (@list $subject:expr) => {
        platforms!(@with_reading $subject; access::credentials, walks::orders, walks::statuses, walks::customers,
            walks::changes, walks::resuming, walks::products, by_id::found_again);
        platforms!(@plain $subject; access::outages, walks::shops, faults::errors, faults::broken_bodies,
            faults::broken_rows);
        platforms!(@alone $subject; faults::moving_rows, limits::default_pace, super::limits_met,
            super::every_reading);
    };
    (@erp $subject:expr) => {
        platforms!(@with_reading $subject; access::credentials, walks::orders, walks::changes, walks::resuming,
            erp::statuses, by_id::one_by_one, without::customers, without::products);
        platforms!(@plain $subject; access::outages, erp::errors, erp::broken_rows, faults::broken_bodies);
        platforms!(@alone $subject; faults::moving_rows, limits::default_pace, super::limits_met,
            super::every_reading_of_an_erp);
    };
    (@with_contacts $subject:expr) => {
        platforms!(@with_reading $subject; access::credentials, walks::orders, walks::statuses, walks::customers,
            walks::changes, walks::resuming, by_id::one_by_one, by_id::as_listed, by_id::found_again,
            without::products);
        platforms!(@plain $subject; access::outages, walks::shops, faults::errors, faults::broken_bodies,
            faults::broken_rows);
        platforms!(@alone $subject; faults::moving_rows, limits::default_pace, super::limits_met,
            super::every_reading);
    };
    (@queue $subject:expr) => {
        platforms!(@with_reading $subject; access::credentials, walks::statuses, queue::orders, queue::windows,
            queue::acknowledging, queue::resuming, queue::changes, by_id::one_by_one, by_id::news, by_id::unlisted,
            without::customers, without::products);
        platforms!(@plain $subject; access::outages, queue::errors, queue::broken_items, faults::broken_bodies);
        platforms!(@alone $subject; limits::default_pace, super::limits_met, super::every_reading_of_a_queue);
    };
    (@with_coupons $subject:expr) => {
        platforms!(@with_reading $subject; coupons::life, coupons::validity, coupons::free_shipping, coupons::ending,
            coupons::duplicates, coupons::lost_answers, coupons::refusals);
    };
    (@without_coupons $subject:expr) => {
        platforms!(@with_reading $subject; without::coupons);
    };
    (@with_reading $subject:expr; $($module:ident::$promise:ident),*) => {
        $(#[tokio::test]
        async fn $promise() {
            $module::$promise($subject, &Sandbox::start().await, &json!({})).await;
        })*
    };
    (@plain $subject:expr; $($module:ident::$promise:ident),*) => {
        $(#[tokio::test]
        async fn $promise() {
            $module::$promise($subject, &Sandbox::start().await).await;
        })*
    };
    (@alone $subject:expr; $($module:ident::$promise:ident),*) => {
        $(#[tokio::test]
        async fn $promise() {
            $module::$promise($subject).await;
        })*
    };
}

platforms! {
    magazord: subject(Kind::Magazord), list, with_coupons;
    loja_integrada: subject(Kind::LojaIntegrada), list, with_coupons;
    jet: subject(Kind::Jet), queue, without_coupons;
    bis2bis: subject(Kind::Bis2Bis), list, without_coupons;
    bis2bis_soap: subject::bis2bis_soap(), list, without_coupons;
    tiny: subject(Kind::Tiny), list, without_coupons;
    tiny_v3: subject(Kind::TinyV3), with_contacts, without_coupons;
    bling: subject(Kind::Bling), erp, without_coupons;
}

#[test]
fn every_platform_is_under_contract() {
    let shops = Kind::ALL.into_iter().filter(|kind| !kind.is_pushed()).collect();
    assert_eq!(under_contract(), shops);
}

/// A list whose orders can be asked for one by one, too, since webhooks tell of them: both ways show the same row.
#[tokio::test]
async fn tiny_by_id() {
    let (tiny, sandbox) = (subject(Kind::Tiny), Sandbox::start().await);
    for reading in [
        json!({}),
        json!({ "numbers": "mixed", "statuses": "codes", "shop_number": "in_object" }),
    ] {
        sandbox.switches(Kind::Tiny, &reading).await;
        by_id::one_by_one(tiny, &sandbox, &reading).await;
        by_id::as_listed(tiny, &sandbox, &reading).await;
    }
}

/// What the filter of changes is called is a setting: under its own name it narrows the list, under another one it is
/// ignored and nothing is missed.
#[tokio::test]
async fn tiny_v3_finds_changes_by_the_filter_that_is_set() {
    let (tiny, sandbox) = (subject(Kind::TinyV3), Sandbox::start().await);
    let reading = json!({ "update_filter": "data_atualizacao_inicial" });
    sandbox.switches(Kind::TinyV3, &reading).await;
    let truth = sandbox.truth(Kind::TinyV3).await;
    let window = Window {
        since: truth.now - TimeDelta::days(2),
        by: WindowKind::Changed,
    };
    let listed = async |name: &str| {
        let mut settings = sandbox.settings_through(&sandbox.origin());
        settings.tiny_v3.update_filter = name.to_owned();
        let session = session::Door::with(settings, tiny, &session::Manner::default()).open(&reading);
        let listings = walks::order_list(session.as_ref(), window).await.unwrap();
        listings.into_iter().map(|one| one.external_id).collect::<BTreeSet<_>>()
    };
    let (narrow, wide) = (listed("dataAtualizacaoInicial").await, listed("dataAtualizacao").await);
    let changed = truth.orders.iter().filter(|order| order.changed_at >= window.since);
    let changed: BTreeSet<String> = changed.map(|order| order.id.to_string()).collect();
    assert!(
        !changed.is_empty() && narrow.is_superset(&changed),
        "{changed:?} {narrow:?}"
    );
    assert_eq!(wide.len(), truth.orders.len());
    assert!(narrow.len() < wide.len() / 2, "{} of {}", narrow.len(), wide.len());
}

/// An account whose plan has no requests at all is told so at once: waiting would not help.
#[tokio::test]
async fn tiny_without_an_api() {
    let sandbox = Sandbox::start().await;
    let door = session::Door::to(&sandbox, subject(Kind::Tiny), &session::Manner::default());
    let token = fidelidade::sandbox::credentials().tiny.plan_without_api;
    let told = door.open_with(subject::typed(&[("token", token)])).check().await;
    assert!(
        matches!(&told, Err(error @ PlatformError::Forbidden { .. }) if !error.is_transient()),
        "{told:?}"
    );
    assert_eq!(sandbox.stats(Kind::Tiny).await["requests"], 1);
}

/// All that a platform promises whatever its interface turns out to be.
async fn everything(subject: &'static dyn Subject, reading: &Reading) {
    let sandbox = Sandbox::start().await;
    sandbox.switches(subject.kind(), reading).await;
    access::credentials(subject, &sandbox, reading).await;
    walks::statuses(subject, &sandbox, reading).await;
    walks::orders(subject, &sandbox, reading).await;
    walks::resuming(subject, &sandbox, reading).await;
    walks::customers(subject, &sandbox, reading).await;
    let offered = subject.kind().descriptor().capabilities;
    if offered.products {
        walks::products(subject, &sandbox, reading).await;
    } else {
        without::products(subject, &sandbox, reading).await;
        by_id::one_by_one(subject, &sandbox, reading).await;
    }
    let with_coupons = offered.create_coupons;
    if with_coupons {
        coupons::life(subject, &sandbox, reading).await;
        coupons::free_shipping(subject, &sandbox, reading).await;
        coupons::ending(subject, &sandbox, reading).await;
        coupons::duplicates(subject, &sandbox, reading).await;
        coupons::lost_answers(subject, &sandbox, reading).await;
        coupons::refusals(subject, &sandbox, reading).await;
    } else {
        without::coupons(subject, &sandbox, reading).await;
    }
    // These move the clock.
    walks::changes(subject, &sandbox, reading).await;
    if with_coupons {
        coupons::validity(subject, &sandbox, reading).await;
    }
    let stats = sandbox.stats(subject.kind()).await;
    assert_eq!(stats["forbidden"], json!([]), "calls that no integration may make");
}

/// Each value of each switch alone, and what matters only together.
async fn readings(subject: &'static dyn Subject) -> Vec<Reading> {
    let sandbox = Sandbox::start().await;
    let mut readings = sandbox.other_readings(subject.kind()).await;
    readings.retain(|reading| reading.as_object().unwrap().keys().all(|switch| subject.plays(switch)));
    readings.extend(subject.more_readings());
    let tried: BTreeSet<&String> = readings
        .iter()
        .flat_map(|reading| reading.as_object().unwrap().keys())
        .collect();
    let switches = sandbox.readings(subject.kind()).await;
    assert!(
        switches
            .as_object()
            .unwrap()
            .keys()
            .all(|switch| tried.contains(switch) || !subject.plays(switch)),
        "only {tried:?} are tried"
    );
    readings
}

/// The whole contract under every reading; all that fail are named.
async fn every_reading(subject: &'static dyn Subject) {
    under_every_reading(subject, everything).await;
}

/// The same for a platform with a queue.
async fn every_reading_of_a_queue(subject: &'static dyn Subject) {
    under_every_reading(subject, queue::everything).await;
}

/// The same for an ERP.
async fn every_reading_of_an_erp(subject: &'static dyn Subject) {
    under_every_reading(subject, erp::everything).await;
}

async fn under_every_reading(subject: &'static dyn Subject, everything: impl AsyncFn(&'static dyn Subject, &Reading)) {
    let mut broken = Vec::new();
    for reading in readings(subject).await {
        let kept = AssertUnwindSafe(everything(subject, &reading)).catch_unwind().await;
        if kept.is_err() {
            broken.push(reading.to_string());
        }
    }
    assert!(
        broken.is_empty(),
        "the contract is broken (see above) under\n  {}",
        broken.join("\n  ")
    );
}

/// Limits that are met, under every way in which they are told.
async fn limits_met(subject: &'static dyn Subject) {
    let told_by = [
        "retry_after",
        "too_many_body",
        "refusal_body",
        "rate_window",
        "token_bucket",
        "limit_headers",
    ];
    limits::refused_for_pace(subject, &json!({})).await;
    for reading in readings(subject).await {
        if told_by.iter().any(|switch| reading.get(switch).is_some()) {
            limits::refused_for_pace(subject, &reading).await;
        }
    }
}
