//! What would happen, told before it does.

use chrono::TimeDelta;
use entity::{point_allocation, point_lot};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::{Shop, program};
use crate::api::seed;
use crate::support::merchant::{number, text};

const PROGRAMME: &str = "query ($store: ID!, $rules: ProgrammeRulesInput!, $period: PreviewPeriod!) {
    previewProgramme(storeId: $store, rules: $rules, period: $period) {
        preview { orders ordersChanged customersChanged given points difference base { amount currency }
            pointsMoney { amount } differenceMoney { amount } }
        userErrors { code path message } } }";

async fn preview(shop: &Shop<'_>, rules: Value, period: &str) -> Value {
    let variables = json!({ "store": shop.store, "rules": rules, "period": period });
    let mut told = shop.merchant.ask(PROGRAMME, variables).await["previewProgramme"].take();
    assert_eq!(told["userErrors"], json!([]));
    told["preview"].take()
}

async fn reward(shop: &Shop<'_>, points: i64) -> String {
    let input = json!({
        "integrationId": shop.integration.id, "kind": "AMOUNT_OFF", "amount": "10.00", "name": "R$ 10",
        "points": points, "idempotencyKey": format!("{points}"),
    });
    text(&shop.merchant.must("createReward", "reward { id }", input).await["reward"]["id"])
}

#[tokio::test]
async fn other_rules_are_tried_on_the_sales_of_the_last_days() {
    let app = program().await;
    let shop = Shop::open(&app).await;
    let mut sales = seed::sales(app.app(), 0..2, 2).orders;
    sales[3].order.status = "2".to_owned();
    for (number, days) in [(50, 40), (51, 70), (52, 100)] {
        let mut old = seed::sale(app.app(), number, 0);
        old.order.placed_at -= TimeDelta::days(days);
        sales.push(old);
    }
    shop.import(sales.clone()).await;
    let twice = json!({ "pointsPerReal": "2" });
    let mut expected = json!({
        "orders": 4, "ordersChanged": 3, "customersChanged": 2, "given": 300, "points": 600, "difference": 300,
        "base": { "amount": "300.00", "currency": "BRL" }, "pointsMoney": null, "differenceMoney": null,
    });
    assert_eq!(preview(&shop, twice.clone(), "DAYS_30").await, expected);

    // A point can be redeemed for 10 cents at most.
    reward(&shop, 200).await;
    reward(&shop, 100).await;
    expected["pointsMoney"] = json!({ "amount": "60.00" });
    expected["differenceMoney"] = json!({ "amount": "30.00" });
    assert_eq!(preview(&shop, twice.clone(), "DAYS_30").await, expected);
    for (period, orders, points) in [("DAYS_60", 5, 800), ("DAYS_90", 6, 1000)] {
        let told = preview(&shop, twice.clone(), period).await;
        assert_eq!((number(&told["orders"]), number(&told["points"])), (orders, points));
    }

    let none = json!({ "pointsPerReal": "1", "excludedStatuses": ["4"] });
    let told = preview(&shop, none, "DAYS_30").await;
    assert_eq!(
        (
            &told["points"],
            &told["difference"],
            &told["differenceMoney"]["amount"],
            &told["base"]["amount"]
        ),
        (&json!(0), &json!(-300), &json!("-30.00"), &json!("0.00"))
    );
    let same = preview(&shop, json!({ "pointsPerReal": "1" }), "DAYS_90").await;
    assert_eq!(
        (&same["ordersChanged"], &same["customersChanged"], &same["difference"]),
        (&json!(0), &json!(0), &json!(0))
    );

    // Nothing was changed, and what is foretold is what the same rules give.
    assert_eq!(shop.customer(0).await["balance"]["available"], 500);
    let dear = json!({
        "pointsPerReal": "1.5", "minimumOrder": "20.00", "productRates": [{ "skus": ["B"], "pointsPerReal": "0.333" }],
        "multipliers": [{ "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2100-01-01T00:00:00Z", "factor": "1.1" }],
    });
    let foretold = preview(&shop, dear.clone(), "DAYS_30").await;
    assert_eq!(foretold["points"], 300, "(75 + 16.65) × 1.1 is 100.815, thrice");
    let other = Shop::of(&shop.merchant, "Outra").await;
    other.set_rules(1, &dear).await;
    sales.truncate(4);
    other.import(sales).await;
    let given = [other.customer(0).await, other.customer(1).await].map(|one| number(&one["balance"]["available"]));
    assert_eq!(given.iter().sum::<i64>(), number(&foretold["points"]));
}

#[tokio::test]
async fn rules_that_cannot_be_are_refused_by_a_preview_too() {
    let app = program().await;
    let shop = Shop::open(&app).await;
    let rules = json!({ "pointsPerReal": "-1", "excludedStatuses": ["77"], "graceDays": 1000 });
    let variables = json!({ "store": shop.store, "rules": rules, "period": "DAYS_30" });
    let told = shop.merchant.ask(PROGRAMME, variables).await["previewProgramme"].take();
    assert_eq!(told["preview"], Value::Null);
    let paths: Vec<&Value> = told["userErrors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["path"][0])
        .collect();
    assert_eq!(paths, ["pointsPerReal", "graceDays", "excludedStatuses"]);
}

const REDEMPTION: &str = "query ($customer: ID!, $reward: ID!) {
    previewRedemption(customerId: $customer, rewardId: $reward) {
        possible reward { id } steps { code outcome values { name value } text { pt } }
        before { available pending reserved debt } after { available pending reserved debt }
        lots { lotId points remaining expiresAt } } }";

async fn foretell(shop: &Shop<'_>, customer: &Value, reward: &str) -> Value {
    let variables = json!({ "customer": customer["id"], "reward": reward });
    shop.merchant.ask(REDEMPTION, variables).await["previewRedemption"].take()
}

fn blocking(told: &Value) -> Vec<&str> {
    let steps = told["steps"].as_array().unwrap().iter();
    steps
        .filter(|step| step["outcome"] == "BLOCKS")
        .map(|step| step["code"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_redemption_does_what_its_preview_tells() {
    let app = program().await;
    let shop = Shop::open(&app).await;
    shop.import(seed::sales(app.app(), 0..1, 2).orders).await;
    let customer = shop.customer(0).await;
    let reward = reward(&shop, 150).await;
    let told = foretell(&shop, &customer, &reward).await;
    assert_eq!(
        (&told["possible"], &told["reward"]["id"]),
        (&json!(true), &json!(reward))
    );
    assert_eq!(
        told["before"],
        json!({ "available": 200, "pending": 0, "reserved": 0, "debt": 0 })
    );
    assert_eq!(
        told["after"],
        json!({ "available": 50, "pending": 0, "reserved": 150, "debt": 0 })
    );
    let codes: Vec<&Value> = told["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["code"])
        .collect();
    assert_eq!(
        codes,
        ["REWARD_ACTIVE", "INTEGRATION_ACTIVE", "SUPPORTED", "DEBT", "POINTS"]
    );
    let used: Vec<(i64, i64)> = told["lots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|lot| (number(&lot["points"]), number(&lot["remaining"])))
        .collect();
    assert_eq!(used, [(100, 100), (50, 100)]);
    assert_eq!(shop.customer(0).await, customer, "nothing was changed");

    let input = json!({ "customerId": customer["id"], "rewardId": reward, "idempotencyKey": "r" });
    shop.merchant.must("redeemReward", "redemption { id }", input).await;
    assert_eq!(shop.customer(0).await["balance"], told["after"]);
    let db = &app.app().db;
    let taken = point_allocation::Entity::find()
        .order_by_desc(point_allocation::Column::Points)
        .all(db)
        .await
        .unwrap();
    let taken: Vec<Value> = taken.iter().map(|part| json!([part.lot_id, part.points])).collect();
    let foretold: Vec<Value> = told["lots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|lot| json!([lot["lotId"], lot["points"]]))
        .collect();
    assert_eq!(taken, foretold);

    // Now the points do not suffice.
    let told = foretell(&shop, &customer, &reward).await;
    assert_eq!(
        (&told["possible"], &told["after"], &told["lots"]),
        (&json!(false), &Value::Null, &json!([]))
    );
    assert_eq!(blocking(&told), ["POINTS"]);
    assert_eq!(
        told["steps"][4],
        json!({
            "code": "POINTS", "outcome": "BLOCKS",
            "values": [{ "name": "available", "value": "50" }, { "name": "required", "value": "150" }],
            "text": { "pt": "O prêmio custa 150 pontos, mas só há 50 disponíveis." },
        })
    );
}

#[tokio::test]
async fn a_preview_names_all_that_is_in_the_way() {
    let app = program().await;
    let shop = Shop::open(&app).await;
    let mut sales = seed::sales(app.app(), 0..1, 2).orders;
    shop.import(sales.clone()).await;
    let customer = shop.customer(0).await;
    let dear = reward(&shop, 150).await;
    let input = json!({ "customerId": customer["id"], "rewardId": dear, "idempotencyKey": "r" });
    shop.merchant.must("redeemReward", "redemption { id }", input).await;
    for sale in &mut sales {
        sale.order.status = "2".to_owned();
        sale.fingerprint += " cancelled";
    }
    shop.import(sales).await;
    let version = shop.merchant.version(&dear).await;
    let input = json!({ "id": dear, "version": version, "active": false });
    shop.merchant.must("updateReward", "reward { id }", input).await;
    let input = json!({ "id": shop.integration.id });
    shop.merchant
        .must("deactivateIntegration", "integration { id }", input)
        .await;

    let told = foretell(&shop, &customer, &dear).await;
    assert_eq!(
        blocking(&told),
        ["REWARD_ACTIVE", "INTEGRATION_ACTIVE", "DEBT", "POINTS"]
    );
    assert_eq!(
        told["before"],
        json!({ "available": 0, "pending": 0, "reserved": 150, "debt": 150 })
    );
    // The deed says so too, one thing at a time.
    let input = json!({ "customerId": customer["id"], "rewardId": dear, "idempotencyKey": "s" });
    let refused = shop.merchant.call("redeemReward", "redemption { id }", input).await;
    assert_eq!(refused["userErrors"][0]["code"], "REWARD_INACTIVE");
    assert_eq!(
        foretell(&shop, &json!({ "id": "customer_0000000000000000000000001A" }), &dear).await,
        Value::Null
    );
    assert_eq!(
        foretell(&shop, &customer, "reward_0000000000000000000000001A").await,
        Value::Null
    );
    let own = point_lot::Column::Remaining.gt(0);
    let lots = point_lot::Entity::find().filter(own).all(&app.app().db).await.unwrap();
    assert_eq!(lots, []);
}
