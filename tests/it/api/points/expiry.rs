//! Points run out: exactly when they should, and written down once, whoever does so and however late.

use std::time::Duration;

use fidelidade::worker;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::scene::{Scene, at, lines};
use crate::api::seed::PAID;
use crate::support::app::eventually;
use crate::support::merchant::text;

/// A status that takes points back.
const CANCELLED: &str = "2";

#[tokio::test]
async fn what_ran_out_is_written_down_once() {
    let scene = Scene::open(json!({ "expiryMonths": 1 })).await;
    scene.sell(1, 0, 100).await;
    scene.days(5);
    scene.sell(2, 0, 30).await;
    assert_eq!(scene.expire().await, 0);
    assert_eq!(scene.balance(0, None).await, [130, 0, 0, 0]);

    // 10 February is the last day of the first sale's points.
    scene.app.app().clock.advance(at("2026-02-11T02:59:59Z") - scene.now());
    assert_eq!(scene.balance(0, None).await, [130, 0, 0, 0]);
    scene.app.app().clock.advance(chrono::TimeDelta::seconds(1));
    assert_eq!(scene.balance(0, None).await, [30, 0, 0, 0], "gone when it is read");
    assert_eq!(scene.kinds(0).await, lines(&[("EARN", 100), ("EARN", 30)]));

    scene.days(1);
    assert_eq!(scene.expire().await, 1);
    assert_eq!(scene.expire().await, 0, "once");
    let told = scene
        .statement(
            0,
            "kind points source occurredAt recordedAt expiredLot { points remaining state } programme { version }",
        )
        .await;
    assert_eq!(
        told[2],
        json!({ "kind": "EXPIRE", "points": -100, "source": "EXPIRY", "occurredAt": "2026-02-11T03:00:00+00:00",
            "recordedAt": "2026-02-12T03:00:00+00:00", "programme": { "version": 2 },
            "expiredLot": { "points": 100, "remaining": 0, "state": "EXPIRED" } })
    );
    assert_eq!(scene.balance(0, None).await, [30, 0, 0, 0]);
}

#[tokio::test]
async fn several_processes_write_it_down_together() {
    let scene = Scene::open(json!({ "expiryMonths": 1 })).await;
    for buyer in 0..3 {
        scene.sell(buyer, buyer, 10).await;
    }
    scene.days(40);
    let at_once = futures_util::future::join_all((0..4).map(|_| scene.expire())).await;
    assert_eq!(at_once.into_iter().sum::<usize>(), 3);
    for buyer in 0..3 {
        assert_eq!(scene.kinds(buyer).await, lines(&[("EARN", 10), ("EXPIRE", -10)]));
    }
}

#[tokio::test]
async fn the_schedule_does_it() {
    let scene = Scene::open(json!({ "expiryMonths": 1 })).await;
    scene.sell(1, 0, 10).await;
    scene.days(40);
    let stop = CancellationToken::new();
    let (one, other) = (
        worker::start(scene.app.app(), &stop),
        worker::start(scene.app.app(), &stop),
    );
    eventually("the expiry", Duration::from_secs(30), async || {
        (scene.kinds(0).await.len() > 1).then_some(())
    })
    .await;
    stop.cancel();
    one.end().await;
    other.end().await;
    assert_eq!(scene.kinds(0).await, lines(&[("EARN", 10), ("EXPIRE", -10)]));
}

/// A reservation is released after its lot has expired: what comes back gets days of grace and can run
/// out again; what had not been reserved stays gone.
async fn a_late_release(written: bool) {
    let scene = Scene::open(json!({ "expiryMonths": 1 })).await;
    scene.sell(1, 0, 100).await;
    let redemption = scene.redeem(0, 60).await;
    scene.days(40);
    if written {
        assert_eq!(scene.expire().await, 1);
    }
    assert_eq!(scene.balance(0, None).await, [0, 0, 60, 0]);
    let released = scene.now() + chrono::TimeDelta::seconds(1);
    scene.refuse(&redemption).await;
    assert_eq!(scene.balance(0, None).await, [60, 0, 0, 0]);
    let expected = [("EARN", 100), ("RESERVE", -60), ("EXPIRE", -40), ("RELEASE", 60)];
    assert_eq!(scene.kinds(0).await, lines(&expected));
    assert_eq!(scene.expire().await, 0);
    scene.days(29);
    assert_eq!(scene.balance(0, None).await, [60, 0, 0, 0]);
    scene.days(1);
    assert_eq!(scene.balance(0, None).await, [0, 0, 0, 0]);
    assert_eq!(scene.expire().await, 1);
    let told = scene
        .statement(0, "kind points occurredAt expiredLot { expiresAt }")
        .await;
    let end = text(&told[4]["occurredAt"]);
    assert_eq!((&told[4]["kind"], &told[4]["points"]), (&json!("EXPIRE"), &json!(-60)));
    assert_eq!(at(&end), released + chrono::TimeDelta::days(30));
    assert_eq!(told[4]["expiredLot"]["expiresAt"], end);
    // What was true before is still told.
    assert_eq!(
        scene.balance(0, Some(released - chrono::TimeDelta::seconds(1))).await,
        [0, 0, 60, 0]
    );
    assert_eq!(scene.balance(0, Some(released)).await, [60, 0, 0, 0]);
}

#[tokio::test]
async fn released_points_get_days_of_grace() {
    a_late_release(true).await;
}

#[tokio::test]
async fn released_points_get_days_of_grace_though_no_job_ran() {
    a_late_release(false).await;
}

/// A sale is cancelled after some of its points were spent and the rest has run out. What ran out is not
/// taken a second time, from other sales' points or as debt, whether or not a job had written it down.
async fn a_late_cancellation(written: bool) {
    let scene = Scene::open(json!({ "expiryMonths": 1 })).await;
    let placed = scene.now();
    scene.sell(1, 0, 100).await;
    let redemption = scene.redeem(0, 40).await;
    scene.complete(&redemption).await;
    scene.days(40);
    if written {
        assert_eq!(scene.expire().await, 1);
    }
    scene.sell(2, 0, 15).await;
    // Half of it is given back to the customer: what expired covers it.
    scene.snapshot(1, 0, 50, PAID, placed).await;
    assert_eq!(scene.balance(0, None).await, [15, 0, 0, 0]);
    // Then the rest: ten more had expired; of the forty that were spent, fifteen are there.
    scene.snapshot(1, 0, 50, CANCELLED, placed).await;
    assert_eq!(scene.balance(0, None).await, [0, 0, 0, 25]);
    scene.snapshot(1, 0, 50, CANCELLED, placed).await;
    assert_eq!(scene.balance(0, None).await, [0, 0, 0, 25], "told twice, taken once");
    assert_eq!(scene.expire().await, 0);
    let told = scene.statement(0, "kind points change { balance debt }").await;
    let taken: Vec<_> = told.iter().filter(|line| line["kind"] == "REVOKE").cloned().collect();
    assert_eq!(
        taken,
        [
            json!({ "kind": "REVOKE", "points": -50, "change": { "balance": 0, "debt": 0 } }),
            json!({ "kind": "REVOKE", "points": -50, "change": { "balance": -15, "debt": 25 } }),
        ]
    );
}

#[tokio::test]
async fn what_ran_out_is_not_taken_back_again() {
    a_late_cancellation(true).await;
}

#[tokio::test]
async fn what_ran_out_is_not_taken_back_again_though_no_job_ran() {
    a_late_cancellation(false).await;
}
