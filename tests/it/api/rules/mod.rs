//! The rules of programmes as merchants meet them: what they give, why, and what others would give.

mod bonuses;
mod explanations;
mod previews;
mod programme;

use entity::integration;
use fidelidade::run::Halves;
use fidelidade::service::order::{ImportedOrder, OrderPage};
use serde_json::{Value, json};

use super::actor::Actor;
use super::seed;
use crate::support::app::TestApp;

/// A program without workers, so that nothing changes but by what is asked.
async fn program() -> TestApp {
    TestApp::builder().halves(Halves::Serve).start().await
}

/// A merchant's store with an integration that is on.
struct Shop<'a> {
    merchant: Actor<'a>,
    store: String,
    integration: integration::Model,
}

impl<'a> Shop<'a> {
    async fn open(app: &'a TestApp) -> Self {
        let merchant = Actor::user(app, "dona@loja-exemplo.invalid").await;
        Self::of(&merchant, "Loja").await
    }

    /// Another store of a merchant.
    async fn of(merchant: &Actor<'a>, name: &str) -> Self {
        let store = merchant.create_store(name).await;
        let integration = seed::integration(merchant.app.app(), &store).await;
        Self {
            merchant: merchant.clone(),
            store,
            integration,
        }
    }

    /// Imports sales as the shop tells of them now.
    async fn import(&self, orders: Vec<ImportedOrder>) {
        let page = OrderPage {
            orders,
            ..OrderPage::default()
        };
        seed::import_sales(self.merchant.app.app(), &self.integration, page).await;
    }

    /// Puts rules in force.
    async fn set_rules(&self, version: i32, rules: &Value) {
        let mut input = rules.clone();
        input["storeId"] = json!(self.store);
        input["version"] = json!(version);
        self.merchant
            .must("updateProgramme", "programme { version }", input)
            .await;
    }

    /// Something of a sale, by its number.
    async fn order(&self, number: usize, fields: &str) -> Value {
        let query = format!(
            "query ($id: ID!, $number: String!) {{ store(id: $id) {{ order(number: $number) {{ {fields} }} }} }}"
        );
        let variables = json!({ "id": self.store, "number": format!("{number:05}") });
        self.merchant.ask(&query, variables).await["store"]["order"].take()
    }

    /// The points that sales gave.
    async fn points(&self, numbers: &[usize]) -> Vec<Value> {
        let mut points = Vec::new();
        for number in numbers {
            points.push(self.order(*number, "points").await["points"].take());
        }
        points
    }

    /// A customer's id and points.
    async fn customer(&self, number: usize) -> Value {
        let query = "query ($id: ID!, $email: String!) { store(id: $id) { customer(email: $email) {
            id balance { available pending reserved debt } } } }";
        let variables = json!({ "id": self.store, "email": format!("pessoa{number}@exemplo.com.br") });
        self.merchant.ask(query, variables).await["store"]["customer"].take()
    }
}
