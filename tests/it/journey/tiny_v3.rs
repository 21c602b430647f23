//! A merchant with the ERP Tiny by its API 3: consents, imports, hears of a sale within seconds, and has a sale that the
//! shop tells of too count once.

use std::time::Duration;

use fidelidade::platform::Kind;
use reqwest::Method;
use serde_json::{Value, json};

use super::without_coupons::redeem;
use crate::support::app::{TestApp, eventually};
use crate::support::consent::consent;
use crate::support::merchant::{Merchant, Store, number, text};
use crate::support::shop::{MAGAZORD, TINY_V3};

/// How long a sale may take to be points. The next import is an hour away.
const SECONDS: Duration = Duration::from_secs(40);

const ORDERS: &str = "query ($id: ID!) { store(id: $id) { orders(first: 100) { nodes {
    number shopOrderNumber points customer { id } countedAs { number } integration { platform { kind } } } } } }";
const INTEGRATION: &str = "query ($id: ID!) { node(id: $id) { ... on Integration { id version shopId hookUrl
    orderStatuses { code name class } } } }";

struct Scene {
    app: TestApp,
    merchant: Merchant,
    erp: Store,
    hook: String,
}

impl Scene {
    /// A store that has consented, chosen its statuses and imported.
    async fn open(days_back: i64) -> Self {
        let app = TestApp::builder().set("import.every_minutes", "60").start().await;
        let merchant = Merchant::of(&app).await;
        let (erp, _) = merchant.connect(&TINY_V3).await;
        assert_eq!(consent(&merchant, &erp.integration).await.status, 303);
        let told = merchant.ask(INTEGRATION, json!({ "id": erp.integration })).await["node"].take();
        let statuses = told["orderStatuses"].as_array().unwrap();
        assert!(
            statuses.contains(&json!({ "code": "2", "name": "Cancelado", "class": "REVOKING" })),
            "{statuses:?}"
        );
        let connected = json!({ "integration": told });
        merchant.fill_in(&TINY_V3, &connected, days_back).await;
        merchant.activate(&erp).await;
        merchant
            .run_that(&erp, "the first import", |run| run["trigger"] == "ACTIVATION")
            .await;
        let hook = text(&connected["integration"]["hookUrl"]);
        Self {
            app,
            merchant,
            erp,
            hook,
        }
    }

    async fn orders(&self) -> Vec<Value> {
        let told = self.merchant.ask(ORDERS, json!({ "id": self.erp.id })).await;
        told["store"]["orders"]["nodes"].as_array().unwrap().clone()
    }

    /// An order by its number, as the store knows it from a platform.
    async fn order(&self, platform: &str, order: &str) -> Option<Value> {
        let is_it = |one: &Value| one["number"] == *order && one["integration"]["platform"]["kind"] == *platform;
        self.orders().await.into_iter().find(is_it)
    }

    async fn points(&self, platform: &str, order: &str) -> Option<i64> {
        let found = self.order(platform, order).await?;
        Some(number(&found["points"]))
    }

    async fn has_points(&self, order: &str, wanted: i64) {
        eventually("the points of a sale", SECONDS, async || {
            (self.points("TINY_V3", order).await == Some(wanted)).then_some(())
        })
        .await;
    }

    async fn place(&self, kind: Kind, body: Value) -> String {
        self.app.sandbox.place_order(kind, &body).await.number
    }

    /// The first customer of a platform who can be written to: the same person on each.
    async fn buyer(&self, kind: Kind) -> u64 {
        let truth = self.app.sandbox.truth(kind).await;
        let mut people = truth.customers.iter();
        people.find(|person| person.email.is_some()).unwrap().external_id
    }

    /// How many jobs that read orders there were.
    async fn readings(&self) -> usize {
        let query = "query ($id: ID!) { store(id: $id) { jobs(first: 50, where: { kind: { eq: READ_ORDER } }) {
            nodes { state } } } }";
        let told = self.merchant.ask(query, json!({ "id": self.erp.id })).await;
        told["store"]["jobs"]["nodes"].as_array().unwrap().len()
    }
}

#[tokio::test]
async fn sales_become_points() {
    // So far back that the contacts of its customers come too, with their birthdays.
    let scene = Scene::open(400).await;
    let truth = scene.app.sandbox.truth(Kind::TinyV3).await;
    let imported = scene.orders().await;
    assert_eq!(imported.len(), truth.orders.len());
    for order in &truth.orders {
        let found = imported.iter().find(|one| one["number"] == *order.number).unwrap();
        let has_email = order.person.email.is_some() && order.channel != "marketplace";
        let is_nobody = order.person.document.is_none() && !has_email;
        let worth = if is_nobody { 0 } else { TINY_V3.worth(order, false) };
        assert_eq!(number(&found["points"]), worth, "{order:?}");
        assert_eq!(found["customer"].is_null(), is_nobody, "{order:?}");
        assert_eq!(found["shopOrderNumber"], json!(order.shop_number));
    }
    let buyer = scene.buyer(Kind::TinyV3).await;
    let sale = json!({ "customer": buyer, "products_cents": 25_050, "discount_cents": 1_000, "shipping_cents": 1_990,
        "status": "3", "channel": "point_of_sale" });
    let paid = scene.place(Kind::TinyV3, sale).await;
    scene.merchant.import(&scene.erp).await;
    let points = scene.points("TINY_V3", &paid).await;
    assert_eq!(points, Some(240), "products less the discount, and no freight");
    scene.app.sandbox.set_status(Kind::TinyV3, &paid, "9").await;
    scene.merchant.import(&scene.erp).await;
    assert_eq!(scene.points("TINY_V3", &paid).await, Some(0), "not delivered");
    assert_eq!(scene.merchant.rejects(&scene.erp).await, Vec::<Value>::new());

    let birthdays = "query ($id: ID!) { store(id: $id) { customers(first: 100) { nodes { email birthDate } } } }";
    let told = scene.merchant.ask(birthdays, json!({ "id": scene.erp.id })).await;
    let customers = told["store"]["customers"]["nodes"].as_array().unwrap();
    for person in truth.customers.iter().filter(|person| person.email.is_some()) {
        let email = person.email.as_deref().unwrap().to_lowercase();
        let found = customers.iter().find(|customer| customer["email"] == *email).unwrap();
        assert_eq!(found["birthDate"], json!(person.birth_date), "{email}");
    }
    assert!(!customers.iter().any(|one| one["email"] == "vendas@fornecedor.invalid"));
    redeem(&scene.merchant, &scene.erp).await;
    let stats = scene.app.sandbox.stats(Kind::TinyV3).await;
    assert_eq!((&stats["forbidden"], &stats["max_parallel"]), (&json!([]), &json!(1)));
}

#[tokio::test]
async fn a_sale_is_points_within_seconds() {
    let scene = Scene::open(40).await;
    let url = format!("http://{}{}", scene.app.address(), scene.hook);
    let readings = json!({ "delivery": "twice", "hook_document": "masked" });
    scene.app.sandbox.switches(Kind::TinyV3, &readings).await;
    let hooks = "/hooks/tiny-v3";
    scene
        .app
        .sandbox
        .control(Method::PUT, hooks, &json!({ "url": url }))
        .await;
    let buyer = scene.buyer(Kind::TinyV3).await;
    let sale = json!({ "customer": buyer, "products_cents": 15_050, "status": "3" });
    let order = scene.place(Kind::TinyV3, sale).await;
    scene.has_points(&order, 150).await;
    scene.app.sandbox.set_status(Kind::TinyV3, &order, "2").await;
    scene.has_points(&order, 0).await;
    assert_eq!(
        scene.merchant.runs(&scene.erp).await.len(),
        1,
        "no import but the first"
    );
    let sent = scene.app.sandbox.control(Method::GET, hooks, &Value::Null).await;
    let sent = sent["deliveries"].as_array().unwrap().clone();
    let told: Vec<_> = sent
        .iter()
        .map(|one| (text(&one["body"]["dados"]["codigoSituacao"]), one["status"].clone()))
        .collect();
    let expected = ["aprovado", "aprovado", "cancelado", "cancelado"];
    assert_eq!(told, expected.map(|code| (code.to_owned(), json!(200))));
    assert_eq!(scene.readings().await, 2, "a repeat is no other reading");

    // The panel looks at an address before it takes it.
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for method in [Method::GET, Method::HEAD] {
        let answer = http.request(method, &url).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
    }
    let answer = http.get(format!("{url}x")).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 404);
    assert_eq!(scene.readings().await, 2);

    // Another account's news are answered and forgotten.
    let id = scene.app.sandbox.truth(Kind::TinyV3).await.orders[0].id;
    for (cnpj, readings) in [("11.222.333/0002-62", 2), ("11.222.333/0001-81", 3)] {
        let body = json!({ "cnpj": cnpj, "tipo": "atualizacao_pedido", "dados": { "id": id, "codigoSituacao": "?" } });
        let answer = http.post(&url).body(body.to_string()).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(scene.readings().await, readings, "{cnpj}");
    }

    // What the webhooks brought is known to the list: nothing is read again.
    let run = scene.merchant.import(&scene.erp).await;
    assert_eq!((number(&run["created"]), number(&run["updated"])), (0, 0), "{run:#}");
}

/// A sale that both the shop and the ERP tell of counts once, as the shop's.
#[tokio::test]
async fn a_sale_of_the_shop_counts_once() {
    let scene = Scene::open(40).await;
    let input = json!({ "storeId": scene.erp.id, "platform": "MAGAZORD", "credentials": MAGAZORD.credentials() });
    let connected = scene
        .merchant
        .must("connectIntegration", "integration { id version shopId }", input)
        .await;
    scene.merchant.fill_in(&MAGAZORD, &connected, 40).await;
    let shop = Store {
        id: scene.erp.id.clone(),
        integration: text(&connected["integration"]["id"]),
    };
    scene.merchant.activate(&shop).await;
    scene
        .merchant
        .run_that(&shop, "the shop's import", |run| run["trigger"] == "ACTIVATION")
        .await;
    let (at_shop, at_erp) = (scene.buyer(Kind::Magazord).await, scene.buyer(Kind::TinyV3).await);
    let of_shop = json!({ "customer": at_shop, "products_cents": 15_000, "status": MAGAZORD.paid, "shop_id": 1 });
    let of_erp = |shop_number: &str| json!({ "customer": at_erp, "products_cents": 15_000, "status": "3", "shop_number": shop_number });
    // The shop first.
    let first = scene.place(Kind::Magazord, of_shop.clone()).await;
    scene.merchant.import(&shop).await;
    let told = scene.place(Kind::TinyV3, of_erp(&first)).await;
    scene.merchant.import(&scene.erp).await;
    assert_eq!(scene.points("MAGAZORD", &first).await, Some(150));
    let linked = scene.order("TINY_V3", &told).await.unwrap();
    assert_eq!(
        (number(&linked["points"]), &linked["countedAs"]["number"]),
        (0, &json!(first))
    );

    // The ERP first: points change hands, and there are never two lots of them.
    let second = scene.place(Kind::Magazord, of_shop).await;
    let told = scene.place(Kind::TinyV3, of_erp(&second)).await;
    scene.merchant.import(&scene.erp).await;
    assert_eq!(scene.points("TINY_V3", &told).await, Some(150));
    scene.merchant.import(&shop).await;
    assert_eq!(scene.points("TINY_V3", &told).await, Some(0));
    assert_eq!(scene.points("MAGAZORD", &second).await, Some(150));
}
