//! A store whose clock the test moves, with customers who buy and redeem.

use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use entity::integration;
use fidelidade::clock::Clock;
use fidelidade::platform::PlatformCoupon;
use fidelidade::run::Halves;
use fidelidade::service::order::OrderPage;
use fidelidade::service::{points, redemption};
use serde_json::{Value, json};

use crate::api::actor::Actor;
use crate::api::seed;
use crate::support::app::TestApp;
use crate::support::merchant::{list, number, text};

/// Everything a story needs. No worker runs: what jobs do is done when the story says so.
pub(super) struct Scene {
    pub(super) app: TestApp,
    pub(super) store: String,
    token: String,
    integration: integration::Model,
}

/// When every story begins: noon in São Paulo.
pub(super) fn start() -> DateTime<Utc> {
    at("2026-01-10T15:00:00Z")
}

/// An instant, written down.
pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

impl Scene {
    /// A store with these rules beside one point for a real.
    pub(super) async fn open(rules: Value) -> Self {
        let app = TestApp::builder()
            .halves(Halves::Serve)
            .clock(Clock::Manual(Mutex::new(start())))
            .set("access.access_minutes", "5000000")
            .start()
            .await;
        let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
        let store = owner.create_store("Loja").await;
        let mut input = json!({ "storeId": store, "pointsPerReal": "1", "version": 1 });
        input
            .as_object_mut()
            .unwrap()
            .extend(rules.as_object().unwrap().clone());
        owner.must("updateProgramme", "programme { version }", input).await;
        let token = owner.token.clone().unwrap();
        let integration = seed::integration(app.app(), &store).await;
        Self {
            app,
            store,
            token,
            integration,
        }
    }

    pub(super) fn owner(&self) -> Actor<'_> {
        Actor::with(&self.app, &self.token)
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.app.app().clock.now()
    }

    /// Lets days go by.
    pub(super) fn days(&self, days: i64) {
        self.app.app().clock.advance(TimeDelta::days(days));
    }

    /// What happens, happens between instants that the story looks at.
    fn tick(&self) {
        self.app.app().clock.advance(TimeDelta::seconds(1));
    }

    /// A customer buys now for so many reais; the sale is imported at once.
    pub(super) async fn sell(&self, order: usize, buyer: usize, reais: i64) {
        self.snapshot(order, buyer, reais, seed::PAID, self.now()).await;
    }

    /// The shop tells of a sale again (or for the first time).
    pub(super) async fn snapshot(&self, order: usize, buyer: usize, reais: i64, status: &str, placed: DateTime<Utc>) {
        self.tick();
        let mut sale = seed::sale(self.app.app(), order, buyer);
        sale.order.placed_at = placed;
        sale.order.products = reais * 100;
        sale.order.total = reais * 100;
        status.clone_into(&mut sale.order.status);
        sale.fingerprint = format!("{order} {reais} {status}");
        let page = OrderPage {
            orders: vec![sale],
            ..OrderPage::default()
        };
        seed::import_sales(self.app.app(), &self.integration, page).await;
        self.tick();
    }

    /// The id of a buyer.
    pub(super) async fn customer(&self, buyer: usize) -> String {
        let query = "query ($id: ID!, $email: String) { store(id: $id) { customer(email: $email) { id } } }";
        let email = seed::person(buyer).email;
        let told = self
            .owner()
            .ask(query, json!({ "id": self.store, "email": email }))
            .await;
        text(&told["store"]["customer"]["id"])
    }

    /// Requests a reward of so many points; the coupon waits for its job. Gives the redemption's id.
    pub(super) async fn redeem(&self, buyer: usize, points: i64) -> String {
        self.tick();
        let owner = self.owner();
        let key = self.now().to_string();
        let reward = json!({
            "integrationId": self.integration.id, "kind": "AMOUNT_OFF", "amount": "5.00", "name": "R$ 5",
            "points": points, "idempotencyKey": format!("reward {key}"),
        });
        let reward = owner.must("createReward", "reward { id }", reward).await["reward"]["id"].take();
        let input = json!({ "customerId": self.customer(buyer).await, "rewardId": reward, "idempotencyKey": key });
        let made = owner.must("redeemReward", "redemption { id }", input).await;
        self.tick();
        text(&made["redemption"]["id"])
    }

    /// The shop has made the coupon of a redemption.
    pub(super) async fn complete(&self, redemption: &str) {
        self.tick();
        let app = self.app.app();
        let attempt = redemption::begin_attempt(app, redemption.parse().unwrap())
            .await
            .unwrap()
            .unwrap();
        let made = PlatformCoupon {
            external_id: "77".to_owned(),
            code: attempt.coupon.code.clone(),
            description: None,
            discount: None,
            minimum_order: None,
            valid_until: None,
            active: true,
            times_used: None,
        };
        redemption::complete(app, &attempt, &made).await.unwrap();
        self.tick();
    }

    /// The shop has refused to make the coupon of a redemption.
    pub(super) async fn refuse(&self, redemption: &str) {
        self.tick();
        let app = self.app.app();
        let attempt = redemption::begin_attempt(app, redemption.parse().unwrap())
            .await
            .unwrap()
            .unwrap();
        redemption::fail(app, &attempt, "REFUSED", "limite do plano")
            .await
            .unwrap();
        self.tick();
    }

    /// What the schedule does about expiry; how many lots it wrote down.
    pub(super) async fn expire(&self) -> usize {
        points::expire_due(self.app.app()).await.unwrap()
    }

    /// Available, pending, reserved and debt: now, or at an instant.
    pub(super) async fn balance(&self, buyer: usize, when: Option<DateTime<Utc>>) -> [i64; 4] {
        let query = "query ($id: ID!, $at: DateTime) { node(id: $id) { ... on Customer {
            balance(at: $at) { available pending reserved debt } } } }";
        let variables = json!({ "id": self.customer(buyer).await, "at": when });
        let told = self.owner().ask(query, variables).await["node"]["balance"].take();
        ["available", "pending", "reserved", "debt"].map(|field| number(&told[field]))
    }

    /// A customer's lines, the first first, with these fields.
    pub(super) async fn statement(&self, buyer: usize, fields: &str) -> Vec<Value> {
        let query = format!(
            "query ($id: ID!) {{ node(id: $id) {{ ... on Customer {{ statement(first: 100) {{ nodes {{ {fields} }} }} }} }} }}"
        );
        let told = self
            .owner()
            .ask(&query, json!({ "id": self.customer(buyer).await }))
            .await;
        let mut lines = list(&told["node"]["statement"]["nodes"]);
        lines.reverse();
        lines
    }

    /// Kinds and points of a customer's lines.
    pub(super) async fn kinds(&self, buyer: usize) -> Vec<(String, i64)> {
        let lines = self.statement(buyer, "kind points").await;
        lines
            .iter()
            .map(|line| (text(&line["kind"]), number(&line["points"])))
            .collect()
    }
}

/// Kinds and points as they are compared.
pub(super) fn lines(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected
        .iter()
        .map(|(kind, points)| ((*kind).to_owned(), *points))
        .collect()
}
