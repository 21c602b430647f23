//! Redeeming at a shop whose platform makes no coupons: codes of a pool, and what people see to.

use serde_json::{Value, json};

use crate::support::app::eventually;
use crate::support::merchant::{Merchant, PATIENCE, Store, number, text};

const BALANCE: &str = "query ($id: ID!) { node(id: $id) { ... on Customer { balance { available reserved } } } }";
const RUN: &str = "query ($id: ID!) { node(id: $id) { ... on ImportRun { created rejected finishedAt } } }";

/// Both ways to their end, for the customer with the most points. A reward whose coupons the platform would have to make
/// is refused.
pub(super) async fn redeem(merchant: &Merchant, store: &Store) {
    let refused = merchant
        .call("createReward", "reward { id }", reward(store, "AUTOMATIC", &json!({})))
        .await;
    assert_eq!(refused["userErrors"][0]["code"], "UNSUPPORTED", "{refused:#}");
    assert_eq!(refused["userErrors"][0]["path"], json!(["fulfilment"]));
    let customers = merchant.customers(store).await;
    let rich = customers
        .iter()
        .max_by_key(|customer| number(&customer["balance"]["available"]))
        .unwrap();
    let (customer, points) = (text(&rich["id"]), number(&rich["balance"]["available"]));
    assert!(points >= 60, "too few points to redeem: {rich:#}");

    by_a_pool(merchant, store, &customer).await;
    let balance = merchant.ask(BALANCE, json!({ "id": customer })).await;
    assert_eq!(
        balance["node"]["balance"],
        json!({ "available": points - 30, "reserved": 0 })
    );
    by_hand(merchant, store, &customer).await;
    let balance = merchant.ask(BALANCE, json!({ "id": customer })).await;
    assert_eq!(
        balance["node"]["balance"],
        json!({ "available": points - 60, "reserved": 0 })
    );
}

fn reward(store: &Store, fulfilment: &str, more: &Value) -> Value {
    let mut input = json!({ "integrationId": store.integration, "kind": "AMOUNT_OFF", "amount": "10.00",
        "name": format!("R$ 10 ({fulfilment})"), "points": 30, "fulfilment": fulfilment, "idempotencyKey": fulfilment });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

async fn by_a_pool(merchant: &Merchant, store: &Store, customer: &str) {
    let input = json!({ "integrationId": store.integration, "name": "Do painel", "idempotencyKey": "pool" });
    let made = merchant.must("createCouponPool", "pool { id }", input).await;
    let pool = text(&made["pool"]["id"]);
    let input = json!({ "poolId": pool, "content": "PAINEL-1\n", "idempotencyKey": "codes" });
    let begun = merchant.must("addCodes", "importRun { id }", input).await;
    let run = eventually("the codes of a pool", PATIENCE, async || {
        let told = merchant.ask(RUN, json!({ "id": begun["importRun"]["id"] })).await["node"].take();
        (!told["finishedAt"].is_null()).then_some(told)
    })
    .await;
    assert_eq!((number(&run["created"]), number(&run["rejected"])), (1, 0), "{run:#}");
    let input = reward(store, "POOL", &json!({ "poolId": pool }));
    let reward = merchant.must("createReward", "reward { id }", input).await["reward"]["id"].take();
    let redeem = async |key: &str| {
        let input = json!({ "customerId": customer, "rewardId": reward, "idempotencyKey": key });
        merchant
            .call("redeemReward", "redemption { state coupon { code state } }", input)
            .await
    };
    assert_eq!(
        redeem("um").await["redemption"],
        json!({ "state": "COMPLETED", "coupon": { "code": "PAINEL-1", "state": "ACTIVE" } })
    );
    let empty = redeem("dois").await;
    assert_eq!(empty["userErrors"][0]["code"], "POOL_EMPTY", "{empty:#}");
}

async fn by_hand(merchant: &Merchant, store: &Store, customer: &str) {
    let made = merchant
        .must("createReward", "reward { id }", reward(store, "MANUAL", &json!({})))
        .await;
    let input = json!({ "customerId": customer, "rewardId": made["reward"]["id"], "idempotencyKey": "à mão" });
    let waits = merchant
        .must("redeemReward", "redemption { state byHand { id version } }", input)
        .await;
    assert_eq!(waits["redemption"]["state"], "REQUESTED");
    let by_hand = &waits["redemption"]["byHand"];
    let input =
        json!({ "id": by_hand["id"], "version": by_hand["version"], "code": "BALCAO-1", "idempotencyKey": "feito" });
    let fields = "fulfilment { redemption { state coupon { code } } }";
    let done = merchant.must("fulfilRedemption", fields, input).await;
    assert_eq!(
        done["fulfilment"]["redemption"],
        json!({ "state": "COMPLETED", "coupon": { "code": "BALCAO-1" } })
    );
}
