//! Pools of codes, and rewards that take theirs from there.

use fidelidade::run::Halves;
use serde_json::{Value, json};

use super::{Names, Row, Said, check, row};
use crate::api::actor::Actor;
use crate::api::{seed, seed_pools};
use crate::support::app::TestApp;

fn create(what: &'static str, changes: Value, said: Said) -> Row {
    let mut input = json!({ "integrationId": "$shop", "name": "Lote", "idempotencyKey": what });
    if let (Value::Object(input), Value::Object(changes)) = (&mut input, changes) {
        input.extend(changes);
    }
    row(what, "createCouponPool", input, &[said])
}

fn reward(what: &'static str, changes: Value, said: Said) -> Row {
    let mut input = json!({ "integrationId": "$shop", "kind": "AMOUNT_OFF", "amount": "1.00", "name": "R$ 1",
        "points": 1, "idempotencyKey": what });
    if let (Value::Object(input), Value::Object(changes)) = (&mut input, changes) {
        input.extend(changes);
    }
    row(what, "createReward", input, &[said])
}

fn by_hand(what: &'static str, changes: Value, said: Said) -> Row {
    let mut input = json!({ "id": "$waiting", "version": 1, "idempotencyKey": what });
    if let (Value::Object(input), Value::Object(changes)) = (&mut input, changes) {
        input.extend(changes);
    }
    row(what, "fulfilRedemption", input, &[said])
}

pub(super) fn rows() -> Vec<Row> {
    let add = |what: &'static str, changes: Value, said: Said| {
        let mut input = json!({ "poolId": "$pool", "idempotencyKey": what });
        if let (Value::Object(input), Value::Object(changes)) = (&mut input, changes) {
            input.extend(changes);
        }
        row(what, "addCodes", input, &[said])
    };
    vec![
        create(
            "a pool without a name",
            json!({ "name": " " }),
            ("INVALID", "name", "1 to 120 characters"),
        ),
        create(
            "a negative threshold",
            json!({ "lowStock": -1 }),
            ("INVALID", "lowStock", "from 0 (never warn) to 10000"),
        ),
        create(
            "a huge threshold",
            json!({ "lowStock": 10_001 }),
            ("INVALID", "lowStock", "to 10000"),
        ),
        create(
            "a pool of no shop",
            json!({ "integrationId": "$source" }),
            ("UNSUPPORTED", "integrationId", "the shop's platform"),
        ),
        create(
            "somebody else's shop",
            json!({ "integrationId": "$foreign" }),
            ("NOT_FOUND", "integrationId", "no such integration"),
        ),
        row(
            "a stale pool",
            "updateCouponPool",
            json!({ "id": "$pool", "version": 9, "name": "Outro" }),
            &[("CONFLICT", "version", "version 1")],
        ),
        row(
            "a pool that is no more named",
            "updateCouponPool",
            json!({ "id": "$pool", "version": 1, "name": "" }),
            &[("INVALID", "name", "1 to 120 characters")],
        ),
        row(
            "no pool",
            "createCodesUpload",
            json!({ "poolId": "$shop", "idempotencyKey": "x" }),
            &[("NOT_FOUND", "poolId", "no such pool")],
        ),
        add(
            "no codes",
            json!({}),
            ("REQUIRED", "uploadId", "give uploadId or content"),
        ),
        add(
            "no file",
            json!({ "uploadId": "upload_00000000000000000000000000" }),
            ("NOT_FOUND", "uploadId", "for this pool"),
        ),
        add(
            "nothing in it",
            json!({ "content": " \n" }),
            ("INVALID", "content", "a code on each line"),
        ),
        add(
            "a page",
            json!({ "content": "<html>" }),
            ("INVALID", "content", "a page or XML; send plain text"),
        ),
        row(
            "no codes to withdraw",
            "withdrawCodes",
            json!({ "poolId": "$pool", "codes": [] }),
            &[("INVALID", "codes", "name 1 to 500 codes")],
        ),
        row(
            "neither some nor all",
            "withdrawCodes",
            json!({ "poolId": "$pool", "allFree": false }),
            &[("REQUIRED", "codes", "and not both")],
        ),
        reward(
            "no pool is named",
            json!({ "fulfilment": "POOL" }),
            ("REQUIRED", "poolId", "name the pool"),
        ),
        reward(
            "somebody else's pool",
            json!({ "fulfilment": "POOL", "poolId": "$foreign_pool" }),
            ("NOT_FOUND", "poolId", "no such pool"),
        ),
        reward(
            "a pool for nothing",
            json!({ "poolId": "$pool" }),
            ("INVALID", "poolId", "only a reward with the fulfilment POOL"),
        ),
        reward(
            "a pool of another shop",
            json!({ "integrationId": "$other_shop", "fulfilment": "POOL", "poolId": "$pool" }),
            ("INVALID", "poolId", "those of another shop"),
        ),
        reward(
            "a pool for people",
            json!({ "fulfilment": "MANUAL", "poolId": "$pool" }),
            ("INVALID", "poolId", "fulfilment POOL"),
        ),
        by_hand(
            "neither code nor words",
            json!({}),
            ("REQUIRED", "code", "and not both"),
        ),
        by_hand(
            "code and words",
            json!({ "code": "A", "note": "B" }),
            ("REQUIRED", "code", "and not both"),
        ),
        by_hand(
            "a code of many words",
            json!({ "code": "A B" }),
            ("INVALID", "code", "no blanks"),
        ),
        by_hand(
            "no words",
            json!({ "note": " " }),
            ("INVALID", "note", "1 to 500 characters"),
        ),
        by_hand(
            "a code that has ended",
            json!({ "code": "A", "validUntil": "2020-01-01T00:00:00Z" }),
            ("INVALID", "validUntil", "still to come"),
        ),
        by_hand(
            "a stale version",
            json!({ "code": "A", "version": 7 }),
            ("CONFLICT", "version", "version 1"),
        ),
        by_hand(
            "what does not wait",
            json!({ "code": "A", "id": "$done" }),
            ("FULFILMENT_DONE", "id", "does not wait any more"),
        ),
        by_hand(
            "nothing",
            json!({ "code": "A", "id": "$pool" }),
            ("NOT_FOUND", "id", "no such fulfilment"),
        ),
        row(
            "no reason",
            "refuseFulfilment",
            json!({ "id": "$waiting", "version": 1, "reason": "", "idempotencyKey": "sem razão" }),
            &[("INVALID", "reason", "1 to 500 characters")],
        ),
        row(
            "an empty pool",
            "redeemReward",
            json!({ "customerId": "$customer", "rewardId": "$pooled", "idempotencyKey": "vazio" }),
            &[("POOL_EMPTY", "rewardId", "bring more into its pool")],
        ),
    ]
}

#[tokio::test]
async fn wrong_pools_and_codes() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let other = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let foreign = seed::integration(app.app(), &other.create_store("Outra").await).await;
    let store = merchant.create_store("Loja").await;
    let shop = seed::integration(app.app(), &store).await;
    let other_shop = merchant.connect(&store, &crate::support::shop::LOJA_INTEGRADA).await;
    seed::import_sales(app.app(), &shop, seed::sales(app.app(), 0..1, 1)).await;
    let pool = seed_pools::pool(app.app(), &shop, 0).await;
    let input = json!({ "integrationId": shop.id, "kind": "AMOUNT_OFF", "amount": "1.00", "name": "R$ 1", "points": 1,
        "fulfilment": "POOL", "poolId": pool, "idempotencyKey": "do lote" });
    let pooled = merchant.must("createReward", "reward { id }", input).await["reward"]["id"].take();
    let customer = seed::customers(app.app(), shop.store_id).await[0].id;
    let names = Names::default()
        .is("$shop", shop.id.to_string())
        .is("$other_shop", other_shop)
        .is("$source", seed::source(app.app(), &store).await.id.to_string())
        .is("$foreign", foreign.id.to_string())
        .is(
            "$foreign_pool",
            seed_pools::pool(app.app(), &foreign, 0).await.to_string(),
        )
        .is("$pool", pool.to_string())
        .is("$customer", customer.to_string())
        .is("$pooled", pooled)
        .is(
            "$waiting",
            seed_pools::waiting(app.app(), &shop, customer).await.to_string(),
        );
    let done = seed_pools::waiting(app.app(), &shop, customer).await.to_string();
    let input = json!({ "id": done, "version": 1, "reason": "acabou", "idempotencyKey": "acabou" });
    merchant.must("refuseFulfilment", "", input).await;
    let names = names.is("$done", done);
    check(&merchant, &names, rows()).await;
}
