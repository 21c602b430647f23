//! The report of a store's points: it ties to the customers' own balances to the point.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::scene::{Scene, at};
use crate::support::merchant::{list, number};

const REPORT: &str = "query ($id: ID!, $at: DateTime) { store(id: $id) { pointsReport(at: $at) {
    outstanding breakage points { ...sums } months { month given takenBack debtPaid spent expired }
    money { outstanding { amount } spent { amount } expired { amount } debt { amount } }
    cohorts { month customers points { ...sums } } } } }
    fragment sums on PointsSums { given takenBack debtPaid spent expired reserved available pending debt }";

async fn report(scene: &Scene, when: Option<DateTime<Utc>>) -> Value {
    let variables = json!({ "id": scene.store, "at": when });
    scene.owner().ask(REPORT, variables).await["store"]["pointsReport"].take()
}

/// What the customers' balances and statements add up to: an independent sum.
async fn agrees(scene: &Scene, when: Option<DateTime<Utc>>, told: &Value) {
    let mut sums = [0; 4];
    for buyer in 0..3 {
        let balance = scene.balance(buyer, when).await;
        sums = std::array::from_fn(|place| sums[place] + balance[place]);
    }
    let points = &told["points"];
    let of = |name: &str| number(&points[name]);
    assert_eq!(["available", "pending", "reserved", "debt"].map(of), sums);
    assert_eq!(number(&told["outstanding"]), sums[0] + sums[1] + sums[2]);
    let gone: i64 = ["takenBack", "debtPaid", "spent", "expired"].map(of).iter().sum();
    assert_eq!(of("given"), gone + sums[0] + sums[1] + sums[2]);
    for name in ["given", "takenBack", "debtPaid", "spent", "expired"] {
        let months: i64 = list(&told["months"]).iter().map(|month| number(&month[name])).sum();
        assert_eq!(months, of(name), "{name} by month");
    }
    for name in [
        "given",
        "takenBack",
        "debtPaid",
        "spent",
        "expired",
        "reserved",
        "available",
        "pending",
        "debt",
    ] {
        let cohorts = list(&told["cohorts"]);
        let cohorts: i64 = cohorts.iter().map(|cohort| number(&cohort["points"][name])).sum();
        assert_eq!(cohorts, of(name), "{name} by cohort");
    }
}

#[tokio::test]
async fn every_point_is_somewhere() {
    let scene = Scene::open(json!({ "expiryMonths": 1, "holdDays": 2, "pointsPerReal": "2" })).await;
    scene.sell(9, 2, 0).await;
    scene.sell(1, 0, 100).await;
    scene.sell(2, 1, 20).await;
    scene.days(3);
    let made = scene.redeem(0, 150).await;
    scene.complete(&made).await;
    let refused = scene.redeem(0, 20).await;
    let january = scene.now();
    let before = report(&scene, None).await;
    agrees(&scene, None, &before).await;

    // 5 March: what is left of January's points has run out, and nobody wrote it down.
    scene.app.app().clock.advance(at("2026-03-05T12:00:00Z") - scene.now());
    scene.sell(3, 2, 50).await;
    scene
        .snapshot(1, 0, 10, crate::api::seed::PAID, at("2026-01-10T15:00:00Z"))
        .await;
    scene.sell(4, 0, 5).await;
    scene.refuse(&refused).await;
    let unwritten = report(&scene, None).await;
    agrees(&scene, None, &unwritten).await;
    scene.expire().await;
    let told = report(&scene, None).await;
    agrees(&scene, None, &told).await;
    assert_eq!(told, unwritten, "the job only writes down what is true");
    assert_eq!(
        told["points"],
        json!({ "given": 350, "takenBack": 0, "debtPaid": 30, "spent": 150, "expired": 70, "reserved": 0,
            "available": 0, "pending": 100, "debt": 120 })
    );
    assert_eq!(
        (&told["breakage"], &told["outstanding"]),
        (&json!("0.2000"), &json!(100))
    );
    assert_eq!(
        told["money"],
        json!({ "outstanding": { "amount": "50.00" }, "spent": { "amount": "75.00" },
            "expired": { "amount": "35.00" }, "debt": { "amount": "60.00" } })
    );
    assert_eq!(
        told["months"],
        json!([
            { "month": "2026-01-01", "given": 240, "takenBack": 0, "debtPaid": 0, "spent": 150, "expired": 0 },
            { "month": "2026-02-01", "given": 0, "takenBack": 0, "debtPaid": 0, "spent": 0, "expired": 70 },
            { "month": "2026-03-01", "given": 110, "takenBack": 0, "debtPaid": 30, "spent": 0, "expired": 0 },
        ])
    );
    let cohorts = list(&told["cohorts"]);
    let sizes: Vec<_> = cohorts
        .iter()
        .map(|cohort| {
            (
                &cohort["month"],
                number(&cohort["customers"]),
                number(&cohort["points"]["given"]),
            )
        })
        .collect();
    assert_eq!(sizes, [(&json!("2026-03-01"), 1, 100), (&json!("2026-01-01"), 2, 250)]);
    assert_eq!(report(&scene, Some(january)).await, before, "the past stays as it was");
}
