//! Balances at past instants: equal to what the API said then.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::scene::{Scene, start};

/// A story in which everything happens, and what the balance was at each step.
async fn story(scene: &Scene) -> Vec<(DateTime<Utc>, [i64; 4])> {
    let mut told = Vec::new();
    let mut note = async || told.push((scene.now(), scene.balance(0, None).await));
    note().await;
    scene.sell(1, 0, 100).await;
    note().await;
    scene.days(7);
    note().await;
    let refused = scene.redeem(0, 30).await;
    note().await;
    let made = scene.redeem(0, 50).await;
    scene.complete(&made).await;
    note().await;
    scene.sell(2, 0, 40).await;
    note().await;
    scene.days(45);
    note().await;
    scene.expire().await;
    note().await;
    scene.refuse(&refused).await;
    note().await;
    scene.snapshot(1, 0, 20, crate::api::seed::PAID, start()).await;
    note().await;
    scene.snapshot(2, 0, 40, "2", start() + TimeDelta::days(7)).await;
    note().await;
    scene.sell(3, 0, 500).await;
    note().await;
    scene.days(10);
    note().await;
    told
}

#[tokio::test]
async fn the_past_stays_as_it_was() {
    let scene = Scene::open(json!({ "expiryMonths": 1, "holdDays": 5 })).await;
    scene.sell(9, 1, 1).await;
    scene.sell(8, 0, 0).await;
    let told = story(&scene).await;
    let balances: Vec<_> = told.iter().map(|(_, balance)| *balance).collect();
    let expected = [
        [0, 0, 0, 0],
        [0, 100, 0, 0],
        [100, 0, 0, 0],
        [70, 0, 30, 0],
        [20, 0, 30, 0],
        [20, 40, 30, 0],
        // Both lots have run out.
        [0, 0, 30, 0],
        [0, 0, 30, 0],
        // With days of grace.
        [30, 0, 0, 0],
        // Eighty go back: thirty that came back, twenty ran out before, thirty are owed.
        [0, 0, 0, 30],
        // Forty go back, which ran out before.
        [0, 0, 0, 30],
        [0, 470, 0, 0],
        [470, 0, 0, 0],
    ];
    assert_eq!(balances, expected);
    for (instant, balance) in &told {
        assert_eq!(scene.balance(0, Some(*instant)).await, *balance, "at {instant}");
    }
    assert_eq!(scene.balance(0, Some(start() - TimeDelta::days(1))).await, [0, 0, 0, 0]);
    // What becomes true if nothing else happens.
    assert_eq!(
        scene.balance(0, Some(scene.now() + TimeDelta::days(60))).await,
        [0, 0, 0, 0]
    );
}
