//! Rewards as a merchant expects them: how often and when they can be redeemed, what they are shown with, and in which
//! order.

mod crowd;
mod limits;
mod shown;

use entity::customer;
use serde_json::{Value, json};

use super::actor::Actor;
use super::seed;
use crate::support::app::TestApp;
use crate::support::merchant::text;

/// A store with customers who have points.
struct Scene<'a> {
    app: &'a TestApp,
    owner: Actor<'a>,
    store: String,
    shop: entity::integration::Model,
    customers: Vec<customer::Model>,
}

impl<'a> Scene<'a> {
    /// So many customers with 400 points each.
    async fn set(app: &'a TestApp, customers: usize) -> Self {
        let owner = Actor::user(app, "dona@loja-exemplo.invalid").await;
        let store = owner.create_store("Loja").await;
        let shop = seed::integration(app.app(), &store).await;
        seed::import_sales(app.app(), &shop, seed::sales(app.app(), 0..customers, 4)).await;
        let customers = seed::customers(app.app(), shop.store_id).await;
        Self {
            app,
            owner,
            store,
            shop,
            customers,
        }
    }

    /// What comes of creating a reward of 1 point.
    async fn create(&self, name: &str, more: Value) -> Value {
        let mut input = json!({ "integrationId": self.shop.id, "kind": "AMOUNT_OFF", "amount": "10.00", "name": name,
            "points": 1, "idempotencyKey": format!("new {name}") });
        if let (Value::Object(input), Value::Object(more)) = (&mut input, more) {
            input.extend(more);
        }
        self.owner
            .call("createReward", &format!("reward {{ {REWARD} }}"), input)
            .await
    }

    /// The id of a new reward of 1 point.
    async fn reward(&self, name: &str, more: Value) -> String {
        let made = self.create(name, more).await;
        assert_eq!(made["userErrors"], json!([]), "{name}");
        text(&made["reward"]["id"])
    }

    /// What comes of changing a reward.
    async fn change(&self, reward: &str, more: Value) -> Value {
        let mut input = json!({ "id": reward, "version": self.owner.version(reward).await });
        if let (Value::Object(input), Value::Object(more)) = (&mut input, more) {
            input.extend(more);
        }
        self.owner
            .call("updateReward", &format!("reward {{ {REWARD} }}"), input)
            .await
    }

    async fn look(&self, reward: &str) -> Value {
        let query = format!("query ($id: ID!) {{ node(id: $id) {{ ... on Reward {{ {REWARD} }} }} }}");
        self.owner.ask(&query, json!({ "id": reward })).await["node"].take()
    }

    /// What comes of a customer's redeeming.
    async fn redeem(&self, customer: usize, reward: &str, key: &str) -> Value {
        let input = json!({ "customerId": self.customers[customer].id, "rewardId": reward, "idempotencyKey": key });
        let query = "mutation ($input: RedeemRewardInput!) { redeemReward(input: $input) {
            redemption { id state byHand { id version } }
            userErrors { __typename code path message
                ... on RewardNotAvailable { availableFrom availableUntil }
                ... on RewardLimitReached { times days againAt } } } }";
        self.owner.ask(query, json!({ "input": input })).await["redeemReward"].take()
    }

    /// The id of a redemption that has to succeed.
    async fn redeemed(&self, customer: usize, reward: &str, key: &str) -> String {
        let told = self.redeem(customer, reward, key).await;
        assert_eq!(told["userErrors"], json!([]), "{key}");
        text(&told["redemption"]["id"])
    }

    /// The error of a redemption that has to be refused, without its message.
    async fn refused(&self, customer: usize, reward: &str, key: &str) -> Value {
        let mut told = self.redeem(customer, reward, key).await;
        assert_eq!(told["redemption"], Value::Null, "{key}");
        let error = &mut told["userErrors"][0];
        error.as_object_mut().unwrap().remove("message");
        error.take()
    }

    async fn cancel(&self, redemption: &str) -> Value {
        let input = json!({ "redemptionId": redemption, "idempotencyKey": format!("not {redemption}") });
        let told = self.owner.must("cancelRedemption", "redemption { state }", input).await;
        told["redemption"]["state"].clone()
    }

    /// The steps of a redemption that is tried, by their codes, with outcome and values.
    async fn tried(&self, customer: usize, reward: &str) -> (bool, Value) {
        let query = "query ($customer: ID!, $reward: ID!) {
            previewRedemption(customerId: $customer, rewardId: $reward) {
                possible steps { code outcome values { name value } text { pt } } } }";
        let asked = json!({ "customer": self.customers[customer].id, "reward": reward });
        let told = self.owner.ask(query, asked).await["previewRedemption"].take();
        let steps = told["steps"].as_array().unwrap().iter().map(|step| {
            let values = step["values"].as_array().unwrap().iter();
            let values: serde_json::Map<_, _> = values
                .map(|value| (text(&value["name"]), value["value"].clone()))
                .collect();
            (text(&step["code"]), json!([step["outcome"], values]))
        });
        let steps: serde_json::Map<_, _> = steps.collect();
        (told["possible"] == true, steps.into())
    }
}

const REWARD: &str = "id name category imageUrl availableFrom availableUntil remaining position version
    limits { total perCustomer perPeriod { times days } }";
