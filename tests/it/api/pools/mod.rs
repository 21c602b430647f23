//! Pools of coupon codes: brought in, handed out once each, withdrawn, and a word to the owners when few are left.

mod adding;
mod cancelling;
mod crowd;
mod handing_out;
mod withdrawing;

use entity::customer;
use serde_json::{Value, json};

use super::actor::Actor;
use super::seed;
use crate::support::app::{TestApp, eventually};
use crate::support::merchant::{PATIENCE, list, text};

/// A store with customers who have points, and a pool.
struct Scene<'a> {
    owner: Actor<'a>,
    store: String,
    integration: entity::integration::Model,
    customers: Vec<customer::Model>,
    pool: String,
}

impl<'a> Scene<'a> {
    /// So many customers with 400 points each.
    async fn set(app: &'a TestApp, customers: usize, low_stock: i32) -> Self {
        let owner = Actor::user(app, "dona@loja-exemplo.invalid").await;
        let store = owner.create_store("Loja").await;
        let integration = seed::integration(app.app(), &store).await;
        seed::import_sales(app.app(), &integration, seed::sales(app.app(), 0..customers, 4)).await;
        let customers = seed::customers(app.app(), integration.store_id).await;
        let input = json!({ "integrationId": integration.id, "name": "Verão", "lowStock": low_stock,
            "idempotencyKey": "verão" });
        let made = owner.must("createCouponPool", "pool { id }", input).await;
        Self {
            owner,
            store,
            integration,
            customers,
            pool: text(&made["pool"]["id"]),
        }
    }

    /// Brings codes in and waits for the end of the run.
    async fn add(&self, key: &str, content: &str) -> Value {
        let input = json!({ "poolId": self.pool, "content": content, "idempotencyKey": key });
        let begun = self.owner.must("addCodes", "importRun { id kind phase }", input).await;
        self.end(&text(&begun["importRun"]["id"])).await
    }

    /// A run when it has ended, with what it kept aside.
    async fn end(&self, run: &str) -> Value {
        let query =
            "query ($id: ID!) { node(id: $id) { ... on ImportRun { id kind phase state total done created rejected
            errorCode errorMessage finishedAt
            rejects(first: 100) { nodes { resource line externalId field message record } } } } }";
        eventually("the end of a run", PATIENCE, async || {
            let told = self.owner.ask(query, json!({ "id": run })).await["node"].take();
            (told["finishedAt"] != Value::Null).then_some(told)
        })
        .await
    }

    /// The pool: its stock and since when it is low.
    async fn look(&self) -> Value {
        let query = "query ($id: ID!) { node(id: $id) { ... on CouponPool { name lowStock lowSince version
            stock { free ended taken withdrawn } } } }";
        self.owner.ask(query, json!({ "id": self.pool })).await["node"].take()
    }

    /// A reward whose codes come from the pool.
    async fn reward(&self, points: i64) -> String {
        let input = json!({ "integrationId": self.integration.id, "kind": "AMOUNT_OFF", "amount": "10.00",
            "name": "R$ 10", "points": points, "fulfilment": "POOL", "poolId": self.pool, "idempotencyKey": "R$ 10" });
        text(&self.owner.must("createReward", "reward { id }", input).await["reward"]["id"])
    }

    /// What a customer's redeeming comes to.
    async fn redeem(&self, customer: usize, reward: &str, key: &str) -> Value {
        let input = json!({ "customerId": self.customers[customer].id, "rewardId": reward, "idempotencyKey": key });
        let fields = "redemption { id state fulfilment finishedAt coupon { code state validUntil activatedAt } }
            customer { balance { available reserved } }";
        self.owner.call("redeemReward", fields, input).await
    }

    /// The pool's codes in the order in which they came: code and state.
    async fn codes(&self) -> Vec<(String, String)> {
        let query = "query ($id: ID!) { node(id: $id) { ... on CouponPool {
            codes(first: 100, orderBy: ADDED_AT_ASC) { nodes { code state } } } } }";
        let told = self.owner.ask(query, json!({ "id": self.pool })).await;
        let codes = list(&told["node"]["codes"]["nodes"]);
        codes
            .iter()
            .map(|code| (text(&code["code"]), text(&code["state"])))
            .collect()
    }
}

/// Line, end of the code, column and reason of what a run kept aside.
fn kept_aside(run: &Value) -> Vec<(i64, Option<String>, String, String)> {
    list(&run["rejects"]["nodes"])
        .iter()
        .map(|reject| {
            assert_eq!(reject["resource"], "code");
            (
                reject["line"].as_i64().unwrap(),
                reject["externalId"].as_str().map(str::to_owned),
                text(&reject["field"]),
                text(&reject["record"]["reason"]),
            )
        })
        .collect()
}
