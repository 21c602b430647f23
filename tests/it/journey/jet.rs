//! A merchant on JET, in both generations: by the legacy queue, of which nothing is lost and nothing counts twice though
//! the program dies before it could acknowledge; and by the OpenAPI, whose webhooks make a sale points within seconds.

use std::time::Duration;

use chrono::TimeDelta;
use fidelidade::platform::Kind;
use fidelidade::sandbox::credentials;
use reqwest::Method;
use serde_json::{Value, json};

use super::without_coupons::redeem;
use crate::support::app::{TestApp, eventually};
use crate::support::gate::Moment;
use crate::support::merchant::{Merchant, Store, number, text};
use crate::support::shop::{JET, Step};
use crate::support::stage::Stage;

/// How long a sale may take to be points. The next import is an hour away.
const SECONDS: Duration = Duration::from_secs(40);

#[tokio::test]
async fn by_its_queue() {
    let trouble = json!({ "error_rate_percent": 8, "rate_limit": "off" });
    let settings = [
        ("import.every_minutes", "60"),
        ("platforms.jet.per_minute", "60000"),
        ("platforms.jet.burst", "100"),
        ("platforms.jet.page_size", "8"),
    ];
    let mut stage = Stage::open(&JET, trouble, &settings, 40).await;
    // The first page is kept, and the program dies before it can say so.
    let begun = stage.begin_import(Step::Orders).await;
    let paid = stage.order(0, JET.paid, 15_000, json!({})).await;
    stage
        .order(
            1,
            JET.delivered,
            25_050,
            json!({ "discount_cents": 1_000, "shipping_cents": 1_990 }),
        )
        .await;
    stage
        .order(2, JET.paid, 30_000, json!({ "channel": "marketplace" }))
        .await;
    let unpaid = stage.order(3, JET.unpaid, 8_000, json!({})).await;
    let caught = stage.gate.trap(Step::Acknowledgement, 1, Moment::Before);
    begun.let_go();
    stage.kill(caught).await;
    // It was acknowledged, and the program dies before it hears of that.
    let caught = stage.gate.trap(Step::Acknowledgement, 2, Moment::Applied);
    stage.start_again().await;
    stage.kill(caught).await;
    stage.start_again().await;
    stage
        .merchant
        .run_that(&stage.store, "the first import", |run| run["trigger"] == "ACTIVATION")
        .await;
    settle(&stage).await;
    stage.compare().await;

    stage.sandbox.set_status(JET.kind, &paid.number, JET.cancelled).await;
    stage.sandbox.set_status(JET.kind, &unpaid.number, JET.paid).await;
    stage.merchant.import(&stage.store).await;
    settle(&stage).await;
    stage.compare().await;
    assert_eq!(points(&stage.merchant, &stage.store, &paid.number).await, Some(0));
    assert_eq!(points(&stage.merchant, &stage.store, &unpaid.number).await, Some(80));
    assert_eq!(stage.merchant.rejects(&stage.store).await, Vec::<Value>::new());
    redeem(&stage.merchant, &stage.store).await;
    stage.behaved_well().await;
}

/// What could not be read on a bad day waits in the queue for a good one.
async fn settle(stage: &Stage) {
    stage.sandbox.faults(json!({ "error_rate_percent": 0 })).await;
    stage.merchant.import(&stage.store).await;
}

pub(super) async fn points(merchant: &Merchant, store: &Store, order: &str) -> Option<i64> {
    let orders = merchant.orders(store).await;
    orders
        .iter()
        .find(|one| one["number"] == *order)
        .map(|one| number(&one["points"]))
}

/// A store that is connected with the OpenAPI and active, and whose next import is far away.
pub(super) struct Scene {
    pub(super) app: TestApp,
    pub(super) merchant: Merchant,
    pub(super) store: Store,
    /// The path of its address.
    hook: String,
    http: reqwest::Client,
}

impl Scene {
    async fn open() -> Self {
        Self::on(TestApp::builder().set("import.every_minutes", "60").start().await).await
    }

    pub(super) async fn on(app: TestApp) -> Self {
        let merchant = Merchant::of(&app).await;
        let input = json!({ "name": "Casa Exemplo", "idempotencyKey": "loja" });
        let id = text(&merchant.must("createStore", "store { id }", input).await["store"]["id"]);
        let key = json!([{ "key": "api_key", "value": credentials().jet.api_key }]);
        let input = json!({ "storeId": id, "platform": "JET", "credentials": key });
        let connected = merchant
            .must("connectIntegration", "integration { id version hookUrl }", input)
            .await;
        let hook = text(&connected["integration"]["hookUrl"]);
        merchant.fill_in(&JET, &connected, 40).await;
        let store = Store {
            id,
            integration: text(&connected["integration"]["id"]),
        };
        merchant.activate(&store).await;
        merchant
            .run_that(&store, "the first import", |run| run["trigger"] == "ACTIVATION")
            .await;
        assert_eq!(merchant.orders(&store).await, Vec::<Value>::new(), "nothing lists them");
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let scene = Self {
            app,
            merchant,
            store,
            hook,
            http,
        };
        scene.subscribe().await;
        scene
    }

    async fn subscribe(&self) {
        let url = format!("http://{}{}", self.app.address(), self.hook);
        let body = json!({ "url": url });
        self.app.sandbox.control(Method::PUT, "/hooks/jet", &body).await;
    }

    /// Status of a webhook that is sent to a path.
    async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> u16 {
        let url = format!("http://{}{path}", self.app.address());
        self.http.post(url).body(body).send().await.unwrap().status().as_u16()
    }

    /// What was sent so far, and what was answered.
    async fn deliveries(&self) -> Vec<Value> {
        let told = self.app.sandbox.control(Method::GET, "/hooks/jet", &Value::Null).await;
        told["deliveries"].as_array().unwrap().clone()
    }

    pub(super) async fn has_points(&self, order: &str, wanted: i64) {
        eventually("the points of a sale", SECONDS, async || {
            let found = points(&self.merchant, &self.store, order).await;
            (found == Some(wanted)).then_some(())
        })
        .await;
    }

    /// The jobs that read orders, each with its state and attempts.
    async fn readings(&self) -> Vec<(String, i64)> {
        let query = "query ($id: ID!) { store(id: $id) { jobs(first: 50, where: { kind: { eq: READ_ORDER } }) {
            nodes { state attempts } } } }";
        let told = self.merchant.ask(query, json!({ "id": self.store.id })).await;
        let nodes = told["store"]["jobs"]["nodes"].as_array().unwrap().clone();
        nodes
            .iter()
            .map(|job| (text(&job["state"]), number(&job["attempts"])))
            .collect()
    }

    pub(super) async fn place(&self, status: &str, cents: i64) -> String {
        let buyer = self.app.sandbox.truth(Kind::Jet).await.customers[0].external_id;
        let body = json!({ "customer": buyer, "products_cents": cents, "status": status });
        self.app.sandbox.place_order(Kind::Jet, &body).await.number
    }
}

#[tokio::test]
async fn a_sale_is_points_within_seconds() {
    let scene = Scene::open().await;
    // The shop's API lags behind its webhooks, which come twice.
    let readings = json!({ "after_change": "late", "delivery": "twice" });
    scene.app.sandbox.switches(Kind::Jet, &readings).await;
    let order = scene.place("APROVADO", 15_050).await;
    scene.has_points(&order, 150).await;
    scene.app.sandbox.set_status(Kind::Jet, &order, "CANCELADO").await;
    scene.has_points(&order, 0).await;

    let runs = scene.merchant.runs(&scene.store).await;
    assert_eq!(runs.len(), 1, "no import but the first");
    let sent = scene.deliveries().await;
    let told = sent
        .iter()
        .map(|one| (text(&one["body"]["Event"]), one["status"].clone()));
    let expected = [
        "NotifyURL.Checking",
        "Pedido.Aprovado",
        "Pedido.Aprovado",
        "Pedido.Cancelado",
        "Pedido.Cancelado",
    ];
    assert_eq!(
        told.collect::<Vec<_>>(),
        expected.map(|event| (event.to_owned(), json!(200)))
    );
    let readings = scene.readings().await;
    assert_eq!(readings.len(), 2, "a repeat is no other reading: {readings:?}");
    assert!(readings.iter().all(|(_, attempts)| *attempts >= 3), "{readings:?}");
}

#[tokio::test]
async fn the_last_word_counts_whatever_comes_first() {
    let scene = Scene::open().await;
    scene
        .app
        .sandbox
        .switches(Kind::Jet, &json!({ "delivery": "backwards", "ids": "text" }))
        .await;
    let order = scene.place("NOVO", 10_000).await;
    scene.app.sandbox.set_status(Kind::Jet, &order, "APROVADO").await;
    scene.app.sandbox.advance(TimeDelta::seconds(5)).await;
    scene.app.sandbox.set_status(Kind::Jet, &order, "DEVOLVIDO").await;
    eventually("the order", SECONDS, async || {
        let orders = scene.merchant.orders(&scene.store).await;
        orders
            .iter()
            .find(|one| one["number"] == *order && one["statusCode"] == "DEVOLVIDO")
            .map(|_| ())
    })
    .await;
    scene.has_points(&order, 0).await;
}

#[tokio::test]
async fn strangers_learn_nothing_and_cost_nothing() {
    let scene = Scene::open().await;
    let known = scene.app.sandbox.truth(Kind::Jet).await.orders[0].number.clone();
    let body = format!(
        r#"{{"Id": 1, "ModifiedId": {known}, "Event": "Pedido.Pago", "EventOccurredAt": "2026-01-01T00:00:00"}}"#
    );
    let last = if scene.hook.ends_with('x') { 'y' } else { 'x' };
    let near = format!("{}{last}", &scene.hook[..scene.hook.len() - 1]);
    for path in [
        near.as_str(),
        "/hooks/x",
        "/hooks/hook_",
        &format!("/hooks/hook_{}", "a".repeat(43)),
    ] {
        assert_eq!(scene.post(path, body.clone()).await, 404, "{path}");
    }
    for odd in [
        "",
        "{",
        "[]",
        "null",
        "Pedido.Pago",
        r#"{"Event": "Pedido.Pago"}"#,
        r#"{"Event": "Produto.Novo", "ModifiedId": 1}"#,
    ] {
        assert_eq!(scene.post(&scene.hook, odd).await, 200, "{odd}");
    }
    assert_eq!(scene.post(&scene.hook, vec![0_u8, 255, 254]).await, 200);
    assert_eq!(scene.post(&scene.hook, "x".repeat(300 * 1024)).await, 413);
    assert_eq!(scene.readings().await, []);

    // Somebody who knows the address makes us look at an order that is there, and at one that is not.
    assert_eq!(scene.post(&scene.hook, body.clone()).await, 200);
    assert_eq!(scene.post(&scene.hook, body.replace(&known, "999999")).await, 200);
    eventually("both readings", SECONDS, async || {
        let readings = scene.readings().await;
        (readings.len() == 2 && readings.iter().all(|(state, _)| state == "DONE")).then_some(())
    })
    .await;
    assert_eq!(scene.merchant.orders(&scene.store).await.len(), 1);

    let input = json!({ "id": scene.store.integration });
    let replaced = scene
        .merchant
        .must("replaceHookAddress", "integration { hookUrl }", input)
        .await;
    let newer = text(&replaced["integration"]["hookUrl"]);
    assert_eq!(scene.post(&scene.hook, body.clone()).await, 404);
    assert_eq!(scene.post(&newer, body.clone()).await, 200);
    let input = json!({ "id": scene.store.integration });
    scene
        .merchant
        .must("deactivateIntegration", "integration { active }", input)
        .await;
    assert_eq!(
        scene.post(&newer, body.replace("Pedido.Pago", "Pedido.Enviado")).await,
        200
    );
    // The same hint again, at the newer address, is read again: it may be news.
    assert_eq!(scene.readings().await.len(), 3, "nobody wants to know any more");
}
