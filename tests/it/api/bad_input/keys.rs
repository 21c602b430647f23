//! Idempotency keys: the same request again changes nothing and answers alike.

use fidelidade::run::Halves;
use serde_json::{Value, json};

use super::{Names, Row, Said, check, row};
use crate::api::actor::Actor;
use crate::api::seed;
use crate::support::app::TestApp;

/// Good inputs, a key apart.
fn store(key: &str) -> Value {
    json!({ "name": "Loja", "idempotencyKey": key })
}

fn token(key: &str) -> Value {
    json!({ "storeId": "$store", "name": "ERP", "scopes": ["orders:read"], "idempotencyKey": key })
}

fn reward(key: &str) -> Value {
    json!({ "integrationId": "$integration", "kind": "AMOUNT_OFF", "amount": "5.00", "name": "R$ 5", "points": 5, "idempotencyKey": key })
}

fn redemption(key: &str) -> Value {
    json!({ "customerId": "$customer", "rewardId": "$reward", "idempotencyKey": key })
}

fn with_code(key: &str) -> Value {
    json!({ "integrationId": "$source", "customer": { "id": "$customer" }, "rewardId": "$reward", "code": "$code",
        "idempotencyKey": key })
}

fn adjustment(key: &str) -> Value {
    json!({ "customerId": "$customer", "points": 7, "reason": "cortesia", "idempotencyKey": key })
}

fn reversal(key: &str) -> Value {
    json!({ "adjustmentId": "$adjustment", "reason": "engano", "idempotencyKey": key })
}

fn reinstatement(key: &str) -> Value {
    json!({ "lotId": "$lot", "reason": "cortesia", "idempotencyKey": key })
}

fn cancellation(key: &str) -> Value {
    json!({ "redemptionId": "$pending", "reason": "desistiu", "idempotencyKey": key })
}

fn merge(key: &str) -> Value {
    json!({ "fromCustomerId": "$other", "intoCustomerId": "$third", "reason": "a mesma", "idempotencyKey": key })
}

fn separation(key: &str) -> Value {
    json!({ "customerId": "$other", "reason": "engano", "idempotencyKey": key })
}

fn sale(amount: &str) -> Value {
    let at = "2026-01-31T14:05:00-03:00";
    json!({ "externalId": "1", "status": "PENDING", "productsTotal": amount, "placedAt": at, "changedAt": at })
}

fn sales(key: &str) -> Value {
    json!({ "integrationId": "$source", "sales": [sale("1.00")], "idempotencyKey": key })
}

fn place(key: &str) -> Value {
    json!({ "integrationId": "$source", "idempotencyKey": key })
}

fn file(key: &str) -> Value {
    let content = "id,status,placedAt,productsTotal\n1,PENDING,2026-01-31,1.00";
    json!({ "integrationId": "$source", "content": content, "idempotencyKey": key })
}

pub(super) fn rows() -> Vec<Row> {
    let reused: Said = (
        "IDEMPOTENCY_KEY_REUSED",
        "idempotencyKey",
        "use a new key for a new intent",
    );
    let malformed: Said = (
        "INVALID",
        "idempotencyKey",
        "1 to 100 characters; use a new UUID for each intent",
    );
    let long = "x".repeat(101);
    let mut rows = Vec::new();
    for (mutation, input, changed) in [
        ("createStore", store as fn(&str) -> Value, ("name", json!("Outra"))),
        ("createApiToken", token, ("name", json!("Caixa"))),
        ("createReward", reward, ("points", json!(6))),
        ("redeemReward", redemption, ("rewardId", json!("$other_reward"))),
        ("redeemWithCode", with_code, ("rewardId", json!("$other_reward"))),
        ("adjustPoints", adjustment, ("points", json!(8))),
        ("reverseAdjustment", reversal, ("reason", json!("outro"))),
        ("reinstatePoints", reinstatement, ("reason", json!("outro"))),
        ("cancelRedemption", cancellation, ("reason", json!("outro"))),
        ("mergeCustomers", merge, ("reason", json!("outro"))),
        ("unmergeCustomers", separation, ("reason", json!("outro"))),
        ("registerSales", sales, ("sales", json!([sale("2.00")]))),
        ("createSalesUpload", place, ("integrationId", json!("$other_source"))),
        ("importSales", file, ("content", json!("outro"))),
    ] {
        let mut other = input("$used");
        other[changed.0] = changed.1;
        rows.push(row("used for something else", mutation, other, &[reused]));
        rows.push(row("no key", mutation, input(""), &[malformed]));
        rows.push(row("a blank key", mutation, input("  "), &[malformed]));
        rows.push(row("a long key", mutation, input(&long), &[malformed]));
    }
    rows.push(row(
        "used by another mutation",
        "createReward",
        reward("$key_of_store"),
        &[reused],
    ));
    rows
}

#[tokio::test]
async fn keys() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let full = seed::fill(app.app(), &merchant.create_store("Cheia").await, 2).await;
    let rewards = seed::rewards(
        app.app(),
        seed::integration_of(app.app(), full.integration).await.store_id,
    )
    .await;
    let shop = seed::integration_of(app.app(), full.integration).await;
    // Two whose points are not held.
    seed::import_sales(app.app(), &shop, seed::sales(app.app(), 90..92, 1)).await;
    let customers = seed::customers(app.app(), shop.store_id).await;
    let pending = seed::redeem(app.app(), &customers[1], &rewards[0]).await;
    let lot = seed::expired_lot(app.app(), &customers[1]).await;
    let names = Names::default()
        .is("$adjustment", full.adjustment.to_string())
        .is("$store", shop.store_id.to_string())
        .is("$pending", pending.redemption_id.to_string())
        .is("$lot", lot.to_string())
        .is("$other", customers[2].id.to_string())
        .is("$third", customers[3].id.to_string())
        .is("$integration", full.integration.to_string())
        .is(
            "$source",
            merchant.source(&rewards[0].store_id.to_string(), "Caixa").await,
        )
        .is(
            "$other_source",
            merchant.source(&rewards[0].store_id.to_string(), "Outro caixa").await,
        )
        .is("$customer", full.customer.to_string())
        .is("$reward", rewards[0].id.to_string())
        .is("$other_reward", rewards[1].id.to_string());

    let input = names.fill(&json!({ "integrationId": "$source", "customer": { "id": "$customer" } }));
    merchant.must("requestRedemptionCode", "sentTo", input).await;
    let names = names.is("$code", seed::digits(app.app()).await);

    // The key is the requester's, whatever it is used for, so each mutation gets one of its own.
    let keys = [
        ("createStore", "store { id }", store as fn(&str) -> Value),
        ("createApiToken", "token { id }", token),
        ("createReward", "reward { id }", reward),
        ("redeemReward", "redemption { id coupon { code } }", redemption),
        ("redeemWithCode", "redemption { id coupon { code } }", with_code),
        ("adjustPoints", "adjustment { id }", adjustment),
        ("reverseAdjustment", "adjustment { id }", reversal),
        ("reinstatePoints", "adjustment { id points }", reinstatement),
        ("cancelRedemption", "redemption { id state }", cancellation),
        (
            "mergeCustomers",
            "customer { id mergedCustomerIds balance { available } }",
            merge,
        ),
        (
            "unmergeCustomers",
            "customer { id mergedCustomerIds balance { available } }",
            separation,
        ),
        ("registerSales", "results { outcome order { id } }", sales),
        ("createSalesUpload", "upload { id }", place),
        ("importSales", "importRun { id }", file),
    ];
    for (mutation, fields, input) in keys {
        let input = names.fill(&input(mutation));
        let first = merchant.must(mutation, fields, input.clone()).await;
        assert_eq!(
            merchant.must(mutation, fields, input.clone()).await,
            first,
            "{mutation} again"
        );
        // Together, as when a client loses patience.
        let (one, two) = tokio::join!(
            merchant.must(mutation, fields, input.clone()),
            merchant.must(mutation, fields, input)
        );
        assert!(one == first && two == first, "{mutation} twice at once");
    }
    let count = "query ($id: ID!) { viewer { stores(first: 1) { totalCount } }
        store(id: $id) { rewards(first: 1) { totalCount } redemptions(first: 1) { totalCount } } }";
    let id = rewards[0].store_id.to_string();
    let told = merchant.ask(count, json!({ "id": id })).await;
    let counts = ["/viewer/stores", "/store/rewards", "/store/redemptions"]
        .map(|at| told.pointer(at).unwrap()["totalCount"].clone());
    assert_eq!(counts, [json!(2), json!(3), json!(5)], "each was done once");

    for row in rows() {
        let names = Names(names.0.clone())
            .is("$used", row.mutation)
            .is("$key_of_store", "createStore");
        check(&merchant, &names, vec![row]).await;
    }

    // Another user's key is another key.
    let other = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    other.must("createStore", "store { id }", store("createStore")).await;
    assert_eq!(
        merchant.ask(count, json!({ "id": id })).await["viewer"]["stores"]["totalCount"],
        2
    );
}

/// What failed has not used its key up.
#[tokio::test]
async fn a_refused_request_leaves_its_key() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let refused = merchant
        .call(
            "createStore",
            "store { id }",
            json!({ "name": "", "idempotencyKey": "k" }),
        )
        .await;
    assert_eq!(refused["userErrors"][0]["code"], "INVALID");
    merchant
        .must(
            "createStore",
            "store { id }",
            json!({ "name": "Loja", "idempotencyKey": "k" }),
        )
        .await;
}
