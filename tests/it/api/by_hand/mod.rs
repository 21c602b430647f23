//! Points given and taken by hand, undone, and given again; customers who are made one.

mod adjusting;
mod books;
mod known_later;
mod merging;
mod reinstating;
mod reversing;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{CustomerId, StoreId};
use fidelidade::clock::Clock;
use fidelidade::run::Halves;
use serde_json::{Value, json};

use super::actor::Actor;
use super::seed;
use crate::support::app::TestApp;

const EMAIL: &str = "dona@loja-exemplo.invalid";

/// What is asked about an adjustment.
const FIELDS: &str = "adjustment { id kind points reason actor reverses { id } reversedBy { id } reinstatedLotId }
    customer { id balance { available pending reserved debt } }";

/// A program on a clock that tests move.
async fn program() -> TestApp {
    let clock = Clock::Manual(std::sync::Mutex::new("2026-03-01T15:00:00Z".parse().unwrap()));
    TestApp::builder().halves(Halves::Serve).clock(clock).start().await
}

/// A store with a customer who has bought for 100 points.
struct Scene<'a> {
    app: &'a TestApp,
    merchant: Actor<'a>,
    store: StoreId,
    customer: CustomerId,
}

impl<'a> Scene<'a> {
    async fn set(app: &'a TestApp) -> Self {
        let merchant = Actor::user(app, EMAIL).await;
        let store = merchant.create_store("Loja").await;
        let integration = seed::integration(app.app(), &store).await;
        seed::import_sales(app.app(), &integration, seed::sales(app.app(), 0..1, 1)).await;
        let customers = seed::customers(app.app(), integration.store_id).await;
        Self {
            app,
            merchant,
            store: integration.store_id,
            customer: customers[0].id,
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.app.app().clock.now()
    }

    /// Lets time go by; the merchant signs in again.
    async fn wait(&mut self, days: i64) {
        self.app.app().clock.advance(TimeDelta::days(days));
        self.merchant = Actor::with(self.app, &self.app.sign_in(EMAIL).await);
    }

    /// Puts rules in force.
    async fn rules(&self, version: i64, changes: Value) {
        let mut input = json!({ "storeId": self.store, "pointsPerReal": "1", "version": version });
        input
            .as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        self.merchant
            .must("updateProgramme", "programme { version }", input)
            .await;
    }

    /// Adjusts; the key is as good as the reason.
    async fn adjust(&self, points: i64, reason: &str, more: Value) -> Value {
        let mut input = json!({
            "customerId": self.customer, "points": points, "reason": reason, "idempotencyKey": reason,
        });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.merchant.call("adjustPoints", FIELDS, input).await
    }

    async fn reverse(&self, adjustment: &Value, key: &str) -> Value {
        let input =
            json!({ "adjustmentId": adjustment["adjustment"]["id"], "reason": "engano", "idempotencyKey": key });
        self.merchant.call("reverseAdjustment", FIELDS, input).await
    }

    async fn reinstate(&self, lot: entity::LotId, key: &str) -> Value {
        let input = json!({ "lotId": lot, "reason": "cortesia", "idempotencyKey": key });
        self.merchant.call("reinstatePoints", FIELDS, input).await
    }

    async fn balance(&self) -> Value {
        let query = "query ($id: ID!) { node(id: $id) { ... on Customer {
            balance { available pending reserved debt } } } }";
        self.merchant.ask(query, json!({ "id": self.customer })).await["node"]["balance"].take()
    }
}

/// A balance as the API tells of one.
fn balance(available: i64, debt: i64) -> Value {
    json!({ "available": available, "pending": 0, "reserved": 0, "debt": debt })
}
