//! Platforms that tell of sales while the next import is an hour away: a sale is points within seconds, however webhooks
//! come; what gets lost, the import finds.

use std::time::Duration;

use fidelidade::platform::Kind;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{TestApp, eventually};
use crate::support::merchant::{Merchant, Store, number, text};
use crate::support::shop::{LOJA_INTEGRADA, MAGAZORD, Shop, has_address};

/// How long a sale may take to be points. The next import is an hour away.
const SECONDS: Duration = Duration::from_secs(40);

/// A store that is connected and active, and whose next import is far away.
pub(super) struct Scene {
    pub(super) app: TestApp,
    pub(super) merchant: Merchant,
    pub(super) store: Store,
    shop: &'static Shop,
}

impl Scene {
    pub(super) async fn open(shop: &'static Shop) -> Self {
        let app = TestApp::builder().set("import.every_minutes", "60").start().await;
        let merchant = Merchant::of(&app).await;
        let (store, connected) = merchant.connect(shop).await;
        merchant.fill_in(shop, &connected, 1).await;
        merchant.activate(&store).await;
        merchant
            .run_that(&store, "the first import", |run| run["trigger"] == "ACTIVATION")
            .await;
        Self {
            app,
            merchant,
            store,
            shop,
        }
    }

    fn slug(&self) -> String {
        self.shop.kind.to_string().replace('_', "-")
    }

    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.app.address())
    }

    pub(super) async fn hook(&self) -> String {
        let query = "query ($id: ID!) { node(id: $id) { ... on Integration { hookUrl } } }";
        let told = self.merchant.ask(query, json!({ "id": self.store.integration })).await;
        text(&told["node"]["hookUrl"])
    }

    pub(super) async fn place(&self, status: &str, cents: i64) -> String {
        let truth = self.app.sandbox.truth(self.shop.kind).await;
        let buyer = truth.customers.iter().find(|person| has_address(person)).unwrap();
        let body = json!({ "customer": buyer.external_id, "products_cents": cents, "status": status });
        self.app.sandbox.place_order(self.shop.kind, &body).await.number
    }

    pub(super) async fn set(&self, order: &str, status: &str) {
        self.app.sandbox.set_status(self.shop.kind, order, status).await;
    }

    pub(super) async fn has_points(&self, order: &str, wanted: i64) {
        eventually("the points of a sale", SECONDS, async || {
            let orders = self.merchant.orders(&self.store).await;
            let found = orders.iter().find(|one| one["number"] == *order)?;
            (number(&found["points"]) == wanted).then_some(())
        })
        .await;
    }

    /// The statuses that webhooks were answered with so far.
    pub(super) async fn answers(&self) -> Vec<Value> {
        let path = format!("/hooks/{}", self.slug());
        let told = self.app.sandbox.control(Method::GET, &path, &Value::Null).await;
        let sent = told["deliveries"].as_array().unwrap().clone();
        sent.iter().map(|one| one["status"].clone()).collect()
    }

    /// A sale that is points, and whose cancellation takes them back, however it is told of.
    async fn tells(&self, readings: Value) {
        self.app.sandbox.switches(self.shop.kind, &readings).await;
        let order = self.place(self.shop.paid, 15_050).await;
        self.has_points(&order, 150).await;
        self.set(&order, self.shop.cancelled).await;
        self.has_points(&order, 0).await;
    }

    /// Nothing but webhooks told of the sales so far.
    async fn imported_once(&self) {
        let runs = self.merchant.runs(&self.store).await;
        assert_eq!(runs.len(), 1, "no import but the first");
        let answers = self.answers().await;
        assert!(
            !answers.is_empty() && answers.iter().all(|status| *status == 200),
            "{answers:?}"
        );
    }

    /// What gets lost, the next import finds.
    async fn makes_good(&self) {
        let lost = json!({ "hook_delivery": "lost" });
        self.app.sandbox.switches(self.shop.kind, &lost).await;
        let order = self.place(self.shop.paid, 20_000).await;
        self.merchant.import(&self.store).await;
        self.has_points(&order, 200).await;
        let orders = self.merchant.orders(&self.store).await;
        let mut numbers: Vec<String> = orders.iter().map(|one| text(&one["number"])).collect();
        let count = numbers.len();
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), count, "each order once, whoever told of it");
    }
}

#[tokio::test]
async fn magazord_tells_whom_its_panel_names() {
    let scene = Scene::open(&MAGAZORD).await;
    let input = json!({ "id": scene.store.integration, "origin": scene.origin() });
    let refused = scene
        .merchant
        .call("registerHookAddress", "integration { id }", input)
        .await;
    assert_eq!(refused["userErrors"][0]["code"], "UNSUPPORTED");
    let url = format!("{}{}", scene.origin(), scene.hook().await);
    scene
        .app
        .sandbox
        .control(Method::PUT, "/hooks/magazord", &json!({ "url": url }))
        .await;
    scene.tells(json!({})).await;
    scene.tells(json!({ "hook_delivery": "twice" })).await;
    scene
        .tells(json!({ "hook_body": "thin", "hook_delivery": "backwards" }))
        .await;
    scene.imported_once().await;
    scene.makes_good().await;
}

/// A topic that tells of new orders only: the approval is found by the import.
#[tokio::test]
async fn magazord_may_tell_of_new_orders_only() {
    let scene = Scene::open(&MAGAZORD).await;
    let url = format!("{}{}", scene.origin(), scene.hook().await);
    scene
        .app
        .sandbox
        .control(Method::PUT, "/hooks/magazord", &json!({ "url": url }))
        .await;
    let readings = json!({ "hook_topic": "creation" });
    scene.app.sandbox.switches(Kind::Magazord, &readings).await;
    let order = scene.place(MAGAZORD.unpaid, 10_000).await;
    scene.has_points(&order, 0).await;
    scene.set(&order, MAGAZORD.paid).await;
    scene.merchant.import(&scene.store).await;
    scene.has_points(&order, 100).await;
    assert_eq!(scene.answers().await, [json!(200)]);
}

#[tokio::test]
async fn loja_integrada_tells_whom_its_api_was_told() {
    let scene = Scene::open(&LOJA_INTEGRADA).await;
    let input = json!({ "id": scene.store.integration, "origin": scene.origin() });
    let register = async || {
        let fields = "integration { credentialsState }";
        scene.merchant.call("registerHookAddress", fields, input.clone()).await
    };
    // A personal token is refused, and nothing else changes: the merchant is told, and sales are imported as before.
    let refused = register().await;
    let error = &refused["userErrors"][0];
    assert_eq!(error["code"], "UNSUPPORTED", "{refused}");
    assert!(
        text(&error["message"]).contains("applications of its partners"),
        "{refused}"
    );
    let order = scene.place(LOJA_INTEGRADA.paid, 10_000).await;
    scene.merchant.import(&scene.store).await;
    scene.has_points(&order, 100).await;
    let runs = scene.merchant.runs(&scene.store).await.len();

    let accepted = json!({ "hook_tokens": "all" });
    scene.app.sandbox.switches(Kind::LojaIntegrada, &accepted).await;
    for _ in 0..2 {
        let told = register().await;
        assert_eq!(told["userErrors"], json!([]), "again changes nothing");
        assert_eq!(told["integration"]["credentialsState"], "ACCEPTED");
    }
    scene.tells(accepted).await;
    scene
        .tells(json!({ "hook_body": "under_data", "hook_delivery": "twice" }))
        .await;
    scene.tells(json!({ "hook_delivery": "backwards" })).await;
    assert_eq!(
        scene.merchant.runs(&scene.store).await.len(),
        runs,
        "no import told of them"
    );
    assert!(scene.answers().await.iter().all(|status| *status == 200));
    scene.makes_good().await;
}
