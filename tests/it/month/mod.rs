//! A month of a shop's life by a clock that the test moves: customers buy, redeem, use coupons and give things back; the
//! shop is down for an hour, and for a day; people change things by hand. Imports come by the schedule.
//!
//! At the month's end the books agree with the shop, and a reconciliation finds nothing. Then things are changed that no
//! import can see: it finds exactly those, they are mended, and the next finds none but what people have to see to.

mod life;
mod seeds;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::json;

use crate::support::shop::{self, Shop};
use life::Life;
use seeds::Found;

/// Days that are lived through.
const DAYS: i64 = 30;

#[tokio::test]
async fn magazord() {
    month(&shop::MAGAZORD).await;
}

#[tokio::test]
async fn loja_integrada() {
    month(&shop::LOJA_INTEGRADA).await;
}

async fn month(shop: &'static Shop) {
    let mut life = Life::begin(shop).await;
    for day in 0..DAYS {
        life.morning(day).await;
        match day {
            10 => life.outage_of_an_hour().await,
            17 => life.outage_of_a_day().await,
            _ => life.pass(TimeDelta::hours(12)).await,
        }
        life.evening(day).await;
        life.pass(TimeDelta::hours(12)).await;
    }
    life.agrees().await;

    let run = life.reconcile().await;
    assert_eq!(life.found(&run).await, BTreeSet::new(), "nothing was changed yet");
    let undone = life.cancel_one().await;
    let (expected, unknown) = seeds::sow(&life, &undone).await;

    let run = life.reconcile().await;
    assert_eq!(life.found(&run).await, expected);
    life.mend(&run, &unknown).await;
    // What a cancelled redemption waits for: sales up to the end of its coupon are imported.
    for _ in 0..2 {
        life.pass(TimeDelta::hours(12)).await;
    }
    life.redemptions_are_settled().await;

    let last = life.reconcile().await;
    assert_eq!(
        life.found(&last).await,
        BTreeSet::from([unknown.clone()]),
        "people have to look at it"
    );
    assert_eq!(
        life.states(&run, "LOOK_BY_HAND").await,
        [json!("OBSOLETE")],
        "a later run has looked since"
    );
    life.books_are_right().await;
}

/// What a difference is known by: its kind, the order's number or the coupon's code, and its repair.
fn found(kind: &str, subject: &str, repair: &str) -> Found {
    (kind.to_owned(), subject.to_owned(), repair.to_owned())
}
