//! Rewards of every kind, and redeeming them.

use entity::reward;
use fidelidade::run::Halves;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use serde_json::{Value, json};

use super::{Names, Row, Said, check, row};
use crate::api::actor::Actor;
use crate::api::seed;
use crate::support::app::TestApp;
use crate::support::shop::LOJA_INTEGRADA;

/// A good reward of a kind, with one thing changed.
fn create(what: &'static str, kind: &str, changes: Value, said: Said) -> Row {
    let mut input = json!({
        "integrationId": "$magazord", "kind": kind, "name": "Prêmio", "points": 10, "idempotencyKey": what,
    });
    match kind {
        "AMOUNT_OFF" => input["amount"] = json!("10.00"),
        "PERCENT_OFF" => input["percent"] = json!("10"),
        _ => {}
    }
    if let (Value::Object(input), Value::Object(changes)) = (&mut input, changes) {
        input.extend(changes);
    }
    row(what, "createReward", input, &[said])
}

pub(super) fn creation() -> Vec<Row> {
    let long = "x".repeat(121);
    let invalid = |path, message| ("INVALID", path, message);
    vec![
        create(
            "no name",
            "AMOUNT_OFF",
            json!({ "name": " " }),
            invalid("name", "1 to 120 characters"),
        ),
        create(
            "a long name",
            "AMOUNT_OFF",
            json!({ "name": long }),
            invalid("name", "1 to 120 characters"),
        ),
        create(
            "no points",
            "AMOUNT_OFF",
            json!({ "points": 0 }),
            invalid("points", "at least 1 point"),
        ),
        create(
            "points to be had",
            "AMOUNT_OFF",
            json!({ "points": -10 }),
            invalid("points", "at least 1 point"),
        ),
        create(
            "no amount",
            "AMOUNT_OFF",
            json!({ "amount": null }),
            ("REQUIRED", "amount", "needs an amount above zero"),
        ),
        create(
            "an amount of nothing",
            "AMOUNT_OFF",
            json!({ "amount": "0.00" }),
            ("REQUIRED", "amount", "above zero"),
        ),
        create(
            "amount and percentage",
            "AMOUNT_OFF",
            json!({ "percent": "10" }),
            invalid("percent", "an amount off has no percentage"),
        ),
        create(
            "no percentage",
            "PERCENT_OFF",
            json!({ "percent": null }),
            invalid("percent", "above 0, at most 100"),
        ),
        create(
            "nothing off",
            "PERCENT_OFF",
            json!({ "percent": "0" }),
            invalid("percent", "above 0, at most 100"),
        ),
        create(
            "more than all off",
            "PERCENT_OFF",
            json!({ "percent": "100.01" }),
            invalid("percent", "above 0, at most 100"),
        ),
        create(
            "percentage and amount",
            "PERCENT_OFF",
            json!({ "amount": "10.00" }),
            invalid("amount", "a percentage off has no amount"),
        ),
        create(
            "what the platform cannot",
            "FREE_SHIPPING",
            json!({}),
            ("UNSUPPORTED", "kind", "no coupons with free shipping"),
        ),
        create(
            "free shipping and more",
            "FREE_SHIPPING",
            json!({ "integrationId": "$loja_integrada", "amount": "10.00" }),
            invalid("amount", "neither amount nor percentage"),
        ),
        create(
            "a product by hand",
            "PRODUCT",
            json!({}),
            invalid("kind", "start a catalogue import"),
        ),
        create(
            "a negative smallest order",
            "AMOUNT_OFF",
            json!({ "minimumOrder": "-1.00" }),
            invalid("minimumOrder", "cannot be negative"),
        ),
        create(
            "valid for no day",
            "AMOUNT_OFF",
            json!({ "validityDays": 0 }),
            invalid("validityDays", "1 to 3650 days"),
        ),
        create(
            "valid for ever",
            "AMOUNT_OFF",
            json!({ "validityDays": 4000 }),
            invalid("validityDays", "1 to 3650 days"),
        ),
        create(
            "somebody else's integration",
            "AMOUNT_OFF",
            json!({ "integrationId": "$foreign" }),
            ("NOT_FOUND", "integrationId", "no such integration"),
        ),
        create(
            "no integration",
            "AMOUNT_OFF",
            json!({ "integrationId": "x" }),
            ("NOT_FOUND", "integrationId", "no such integration"),
        ),
        create(
            "limits that hold nobody",
            "AMOUNT_OFF",
            json!({ "limits": { "total": 0, "perCustomer": 1001, "perPeriod": { "times": 0, "days": 0 } } }),
            invalid("limits.total", "must be 1 to 1000000000"),
        )
        .and(&[
            invalid("limits.perCustomer", "must be 1 to 1000 times"),
            invalid("limits.perPeriod.times", "must be 1 to 1000 times"),
            invalid("limits.perPeriod.days", "must be 1 to 3650 days"),
        ]),
        create(
            "a period that is never full",
            "AMOUNT_OFF",
            json!({ "limits": { "perCustomer": 2, "perPeriod": { "times": 2, "days": 30 } } }),
            invalid("limits.perPeriod.times", "less than perCustomer"),
        ),
        create(
            "a time that ends before it begins",
            "AMOUNT_OFF",
            json!({ "availability": { "from": "2026-03-11T00:00:00Z", "until": "2026-03-10T00:00:00Z" } }),
            invalid("availability.until", "must come after the beginning"),
        ),
        create(
            "a picture that browsers refuse",
            "AMOUNT_OFF",
            json!({ "imageUrl": "http://loja.example/a.png" }),
            invalid("imageUrl", "must begin with https://"),
        ),
        create(
            "a picture that is none",
            "AMOUNT_OFF",
            json!({ "imageUrl": "a.png", "category": ">" }),
            invalid("imageUrl", "not an address"),
        )
        .and(&[invalid("category", "write its path from the top")]),
        row(
            "all wrong",
            "createReward",
            json!({
                "integrationId": "$magazord", "kind": "PERCENT_OFF", "name": "", "points": 0, "idempotencyKey": "all wrong",
            }),
            &[
                invalid("name", "120"),
                invalid("points", "1 point"),
                invalid("percent", "at most 100"),
            ],
        ),
    ]
}

pub(super) fn change() -> Vec<Row> {
    let change = |what, id: &str, version: i64, field: &str, value: Value, said: Said| {
        row(
            what,
            "updateReward",
            json!({ "id": id, "version": version, field: value }),
            &[said],
        )
    };
    vec![
        change(
            "no name",
            "$reward",
            1,
            "name",
            json!(""),
            ("INVALID", "name", "1 to 120 characters"),
        ),
        change(
            "no points",
            "$reward",
            1,
            "points",
            json!(0),
            ("INVALID", "points", "at least 1 point"),
        ),
        change(
            "valid for no day",
            "$reward",
            1,
            "validityDays",
            json!(0),
            ("INVALID", "validityDays", "1 to 3650 days"),
        ),
        change(
            "an old version",
            "$reward",
            7,
            "points",
            json!(5),
            ("CONFLICT", "version", "changed meanwhile (version 1)"),
        ),
        change(
            "a product",
            "$product_reward",
            1,
            "points",
            json!(5),
            ("FOLLOWS_FEED", "id", "change the feed, the SKUs or the points per real"),
        ),
        change(
            "a limit of nothing",
            "$reward",
            1,
            "limits",
            json!({ "total": 0 }),
            ("INVALID", "limits.total", "leave it out for no limit"),
        ),
        change(
            "a picture of a product that is none",
            "$product_reward",
            1,
            "imageUrl",
            json!("https://"),
            ("INVALID", "imageUrl", "not an address"),
        ),
        place("no place", json!([]), ("INVALID", "rewards", "name 1 to 500 rewards")),
        place(
            "before the first",
            json!([{ "rewardId": "$reward", "position": -1 }]),
            ("INVALID", "rewards", "0 to 1000000000"),
        ),
        place(
            "at two places",
            json!([{ "rewardId": "$reward", "position": 1 }, { "rewardId": "$reward", "position": 2 }]),
            ("INVALID", "rewards", "each once"),
        ),
        place(
            "somebody else's at a place",
            json!([{ "rewardId": "$reward", "position": 1 }, { "rewardId": "$foreign_reward", "position": 2 }]),
            ("NOT_FOUND", "rewards", "not the store's"),
        ),
        place(
            "no reward at a place",
            json!([{ "rewardId": "x", "position": 1 }]),
            ("NOT_FOUND", "rewards", "not the store's"),
        ),
        change(
            "somebody else's",
            "$foreign_reward",
            1,
            "points",
            json!(5),
            ("NOT_FOUND", "id", "no such reward"),
        ),
        change(
            "something else",
            "$magazord",
            1,
            "points",
            json!(5),
            ("NOT_FOUND", "id", "no such reward"),
        ),
    ]
}

fn place(what: &'static str, rewards: Value, said: Said) -> Row {
    let mut input = json!({ "storeId": "$store" });
    input["rewards"] = rewards;
    row(what, "setRewardPositions", input, &[said])
}

pub(super) fn redemption() -> Vec<Row> {
    let redeem = |what: &'static str, customer: &str, reward: &str, said: Said| {
        row(
            what,
            "redeemReward",
            json!({ "customerId": customer, "rewardId": reward, "idempotencyKey": what }),
            &[said],
        )
    };
    vec![
        redeem(
            "too dear",
            "$customer",
            "$dear",
            ("INSUFFICIENT_POINTS", "", "costs 1000000 points, 99 can be spent"),
        ),
        redeem(
            "withdrawn",
            "$customer",
            "$withdrawn",
            ("REWARD_INACTIVE", "rewardId", "not offered at present"),
        ),
        redeem(
            "out of its time",
            "$customer",
            "$past",
            ("REWARD_NOT_AVAILABLE", "rewardId", "until 2020-01-01T00:00:00+00:00"),
        ),
        redeem(
            "sold out",
            "$customer",
            "$sold_out",
            ("REWARD_SOLD_OUT", "rewardId", "sold out"),
        ),
        redeem(
            "once more",
            "$customer",
            "$once",
            (
                "REWARD_LIMIT_REACHED",
                "rewardId",
                "as often as allowed: 1 times in all",
            ),
        ),
        redeem(
            "of a shop that is off",
            "$customer",
            "$of_inactive",
            ("INTEGRATION_INACTIVE", "rewardId", "no coupon can be made"),
        ),
        redeem(
            "what the platform cannot",
            "$customer",
            "$impossible",
            ("UNSUPPORTED", "rewardId", "cannot make this kind of coupon"),
        ),
        redeem(
            "somebody else's reward",
            "$customer",
            "$foreign_reward",
            ("NOT_FOUND", "rewardId", "no such reward"),
        ),
        redeem(
            "no reward",
            "$customer",
            "$customer",
            ("NOT_FOUND", "rewardId", "no such reward"),
        ),
        redeem(
            "somebody else's customer",
            "$foreign_customer",
            "$reward",
            ("NOT_FOUND", "customerId", "no such customer"),
        ),
        redeem(
            "nobody",
            "nobody",
            "$reward",
            ("NOT_FOUND", "customerId", "no such customer"),
        ),
    ]
}

/// A reward as it is in the database after a change that the API does not make.
async fn change_row(app: &TestApp, id: &str, change: impl FnOnce(&mut reward::ActiveModel)) {
    let db = &app.app().db;
    let row = reward::Entity::find_by_id(id.parse::<entity::RewardId>().unwrap())
        .one(db)
        .await
        .unwrap()
        .unwrap();
    let mut row = row.into_active_model();
    change(&mut row);
    row.update(db).await.unwrap();
}

#[tokio::test]
async fn wrong_rewards_and_redemptions() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let other = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let foreign = seed::fill(app.app(), &other.create_store("Outra").await, 2).await;
    let store = merchant.create_store("Loja").await;
    let magazord = seed::integration(app.app(), &store).await;
    let loja_integrada = merchant.connect(&store, &LOJA_INTEGRADA).await;
    seed::import_sales(app.app(), &magazord, seed::sales(app.app(), 0..1, 1)).await;
    seed::import_products(app.app(), &magazord, seed::products(0..1)).await;
    let reward = async |name: &str, integration: &str, points: i64| {
        let input = json!({
            "integrationId": integration, "kind": "AMOUNT_OFF", "amount": "1.00", "name": name, "points": points,
            "idempotencyKey": format!("a reward: {name}"),
        });
        let payload = merchant.must("createReward", "reward { id }", input).await;
        payload["reward"]["id"].as_str().unwrap().to_owned()
    };
    let on = magazord.id.to_string();
    let (withdrawn, impossible) = (reward("withdrawn", &on, 1).await, reward("impossible", &on, 1).await);
    change_row(&app, &withdrawn, |row| row.active = Set(false)).await;
    change_row(&app, &impossible, |row| {
        row.kind = Set(reward::RewardKind::FreeShipping);
    })
    .await;
    let (past, sold_out) = (reward("past", &on, 1).await, reward("sold out", &on, 1).await);
    let once = reward("once", &on, 1).await;
    change_row(&app, &past, |row| {
        row.available_until = Set(Some("2020-01-01T00:00:00Z".parse().unwrap()));
    })
    .await;
    change_row(&app, &sold_out, |row| {
        row.total_limit = Set(Some(1));
        row.places_taken = Set(1);
    })
    .await;
    change_row(&app, &once, |row| row.customer_limit = Set(Some(1))).await;
    let customer = seed::customers(app.app(), magazord.store_id).await[0].id;
    let input = json!({ "customerId": customer, "rewardId": once, "idempotencyKey": "once" });
    merchant.must("redeemReward", "redemption { id }", input).await;
    let product_reward = seed::rewards(app.app(), magazord.store_id)
        .await
        .into_iter()
        .find(|row| row.product_id.is_some());
    let names = Names::default()
        .is("$magazord", on.clone())
        .is("$loja_integrada", loja_integrada.clone())
        .is("$foreign", foreign.integration.to_string())
        .is("$foreign_reward", foreign.reward.to_string())
        .is("$foreign_customer", foreign.customer.to_string())
        .is(
            "$customer",
            seed::customers(app.app(), magazord.store_id).await[0].id.to_string(),
        )
        .is("$reward", reward("cheap", &on, 10).await)
        .is("$dear", reward("dear", &on, 1_000_000).await)
        .is(
            "$of_inactive",
            reward("of a shop that is off", &loja_integrada, 1).await,
        )
        .is("$store", store.clone())
        .is("$past", past)
        .is("$sold_out", sold_out)
        .is("$once", once)
        .is("$withdrawn", withdrawn)
        .is("$impossible", impossible)
        .is("$product_reward", product_reward.unwrap().id.to_string());

    let before = seed::rewards(app.app(), magazord.store_id).await;
    check(&merchant, &names, creation()).await;
    check(&merchant, &names, change()).await;
    check(&merchant, &names, redemption()).await;
    assert_eq!(
        seed::rewards(app.app(), magazord.store_id).await,
        before,
        "refused changes change nothing"
    );

    let input = names.fill(&json!({ "customerId": "$customer", "rewardId": "$dear", "idempotencyKey": "dear" }));
    let refused = merchant
        .call("redeemReward", "redemption { id } customer { id }", input)
        .await;
    let error = &refused["userErrors"][0];
    assert_eq!(
        (&error["__typename"], &error["available"], &error["required"]),
        (&json!("InsufficientPoints"), &json!(99), &json!(1_000_000))
    );
    assert_eq!(
        (&refused["redemption"], &refused["customer"]),
        (&Value::Null, &Value::Null)
    );
    let query = "query ($id: ID!) { node(id: $id) { ... on Customer { balance { available reserved } } } }";
    let told = merchant.ask(query, names.fill(&json!({ "id": "$customer" }))).await;
    assert_eq!(
        told["node"]["balance"],
        json!({ "available": 99, "reserved": 1 }),
        "nothing more is reserved"
    );
}
