//! New rules, and that they leave old sales alone.

use chrono::TimeDelta;
use fidelidade::platform::SalesChannel;
use fidelidade::service::order::ImportedOrder;
use serde_json::{Value, json};

use super::{Shop, program};
use crate::api::seed;
use crate::support::app::TestApp;

/// A sale of a SKU A and a SKU B at R$ 50.00 each that was paid just now.
fn paid_now(app: &TestApp, number: usize) -> ImportedOrder {
    let mut sale = seed::sale(app.app(), number, 0);
    sale.order.changed_at = Some(app.app().clock.now());
    sale
}

/// Twice the points, five for A, none for sales typed in or in status 8.
fn rules(app: &TestApp) -> Value {
    let now = app.app().clock.now();
    json!({
        "pointsPerReal": "1", "graceDays": 7, "excludedStatuses": ["8"], "excludedChannels": ["MANUAL"],
        "multipliers": [
            { "startsAt": now - TimeDelta::days(2), "endsAt": now - TimeDelta::days(1), "factor": "10" },
            { "startsAt": now - TimeDelta::days(1), "endsAt": now + TimeDelta::days(1), "factor": "2" },
        ],
        "productRates": [{ "skus": [" A "], "pointsPerReal": "5" }],
        "signUpBonus": 40, "birthdayBonus": 60,
    })
}

#[tokio::test]
async fn rules_are_kept_as_they_were_told() {
    let app = program().await;
    let shop = Shop::open(&app).await;
    let rules = rules(&app);
    shop.set_rules(1, &rules).await;
    let query = "query ($id: ID!) { store(id: $id) { programme { version pointsPerReal graceDays excludedStatuses
        excludedChannels multipliers { startsAt endsAt factor } productRates { skus pointsPerReal }
        signUpBonus birthdayBonus } } }";
    let told = shop.merchant.ask(query, json!({ "id": shop.store })).await["store"]["programme"].take();
    assert_eq!(
        told,
        json!({
            "version": 2, "pointsPerReal": "1.000", "graceDays": 7, "excludedStatuses": ["8"],
            "excludedChannels": ["MANUAL"],
            "multipliers": [
                {
                    "startsAt": told["multipliers"][0]["startsAt"], "endsAt": told["multipliers"][0]["endsAt"],
                    "factor": "10.000",
                },
                {
                    "startsAt": told["multipliers"][0]["endsAt"], "endsAt": told["multipliers"][1]["endsAt"],
                    "factor": "2.000",
                },
            ],
            "productRates": [{ "skus": ["A"], "pointsPerReal": "5.000" }],
            "signUpBonus": 40, "birthdayBonus": 60,
        })
    );
    // What is left out is as the schema says, not as it was.
    shop.set_rules(2, &json!({ "pointsPerReal": "1" })).await;
    let told = shop.merchant.ask(query, json!({ "id": shop.store })).await["store"]["programme"].take();
    assert_eq!(
        told,
        json!({
            "version": 3, "pointsPerReal": "1.000", "graceDays": 30, "excludedStatuses": [],
            "excludedChannels": ["MARKETPLACE"], "multipliers": [], "productRates": [],
            "signUpBonus": 0, "birthdayBonus": 0,
        })
    );
}

#[tokio::test]
async fn new_rules_judge_new_sales_and_leave_old_ones_alone() {
    let app = program().await;
    let shop = Shop::open(&app).await;
    let (old, cancelled) = (seed::sale(app.app(), 1, 0), seed::sale(app.app(), 2, 0));
    shop.import(vec![old.clone(), cancelled.clone()]).await;
    shop.set_rules(1, &rules(&app)).await;

    let (plain, mut manual, mut excluded, mut marketplace) = (
        paid_now(&app, 3),
        paid_now(&app, 4),
        paid_now(&app, 5),
        paid_now(&app, 6),
    );
    manual.order.channel = SalesChannel::Manual;
    "8".clone_into(&mut excluded.order.status);
    marketplace.order.channel = SalesChannel::Marketplace;
    // The old sales are told again; the second was returned meanwhile.
    let (mut again, mut returned) = (old, cancelled);
    again.order.changed_at = Some(app.app().clock.now());
    returned.order.changed_at = again.order.changed_at;
    "2".clone_into(&mut returned.order.status);
    shop.import(vec![again, returned, plain, manual, excluded.clone(), marketplace])
        .await;
    let points = shop.points(&[1, 2, 3, 4, 5, 6]).await;
    assert_eq!(points, [100, 0, 600, 0, 0, 600], "50 × 5 + 50 × 1, twice");

    // It leaves the excluded status.
    excluded.order.status = seed::PAID.to_owned();
    excluded.order.changed_at = Some(app.app().clock.now());
    shop.import(vec![excluded]).await;
    assert_eq!(shop.points(&[5]).await, [600]);
    assert_eq!(
        shop.customer(0).await["balance"],
        json!({ "available": 1900, "pending": 0, "reserved": 0, "debt": 0 })
    );
}

/// Buy, earn, give the dear unit back, keep: what is worked out is what remains.
#[tokio::test]
async fn a_unit_given_back_takes_its_own_points_and_old_news_bring_none_back() {
    let app = program().await;
    let shop = Shop::open(&app).await;
    let rules = json!({ "pointsPerReal": "1", "productRates": [{ "skus": ["A"], "pointsPerReal": "5" }] });
    shop.set_rules(1, &rules).await;
    let whole = paid_now(&app, 1);
    shop.import(vec![whole.clone()]).await;
    assert_eq!(shop.points(&[1]).await, [300]);

    let mut rest = whole.clone();
    rest.fingerprint = "without A".to_owned();
    rest.order.changed_at = Some(app.app().clock.now());
    rest.order.products = 5_000;
    rest.order.total = 6_500;
    rest.order.lines.retain(|line| line.sku.as_deref() == Some("B"));
    shop.import(vec![rest.clone()]).await;
    assert_eq!(shop.points(&[1]).await, [50]);

    // The first snapshot comes once more, late: neither points nor lines come back.
    shop.import(vec![whole]).await;
    let told = shop
        .order(1, "points lines { sku } explanation { points posted }")
        .await;
    assert_eq!(
        told,
        json!({ "points": 50, "lines": [{ "sku": "B" }], "explanation": { "points": 50, "posted": 50 } })
    );
    assert_eq!(shop.customer(0).await["balance"]["available"], 50);
}

/// A list row has no lines: those that the detail told of before count.
#[tokio::test]
async fn lines_that_are_known_count_when_only_the_list_can_be_read() {
    let app = program().await;
    let shop = Shop::open(&app).await;
    let rules = json!({ "pointsPerReal": "1", "productRates": [{ "skus": ["A"], "pointsPerReal": "5" }] });
    shop.set_rules(1, &rules).await;
    let sale = paid_now(&app, 1);
    let mut row = sale.clone();
    shop.import(vec![sale]).await;
    row.order.detail = fidelidade::platform::DetailLevel::ListOnly;
    row.order.lines.clear();
    row.order.changed_at = Some(app.app().clock.now());
    row.order.discount = 1_000;
    shop.import(vec![row]).await;
    assert_eq!(shop.points(&[1]).await, [270], "45 × 5 + 45 × 1");
}
