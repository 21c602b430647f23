//! A merchant with the ERP Tiny: its sales become points, those of the shop count once whichever tells of them first,
//! webhooks make it a matter of seconds, and what is redeemed comes from a pool or from people.

use std::collections::BTreeSet;
use std::time::Duration;

use fidelidade::platform::Kind;
use reqwest::Method;
use serde_json::{Value, json};

use super::without_coupons::redeem;
use crate::support::app::{TestApp, eventually};
use crate::support::consent::consent;
use crate::support::merchant::{Merchant, Store, number, text};
use crate::support::shop::{MAGAZORD, Shop, TINY};

/// How long a sale may take to be points. The next import is an hour away.
const SECONDS: Duration = Duration::from_secs(40);
/// Days that the first import goes back: some orders are older.
const DAYS_BACK: i64 = 40;

const ORDERS: &str = "query ($id: ID!) { store(id: $id) { orders(first: 100) { nodes {
    number shopOrderNumber points channel statusCode customer { id } integration { platform { kind } }
    countedAs { number integration { platform { kind } } } explanation { steps { code outcome } } } } } }";

pub(super) struct Scene {
    pub(super) app: TestApp,
    pub(super) merchant: Merchant,
    pub(super) store: String,
}

/// An order by its number, as the store knows it from a platform.
pub(super) fn find<'a>(orders: &'a [Value], platform: &str, order: &str) -> Option<&'a Value> {
    let is_it = |one: &&Value| one["number"] == *order && one["integration"]["platform"]["kind"] == *platform;
    orders.iter().find(is_it)
}

impl Scene {
    pub(super) async fn open() -> Self {
        let app = TestApp::builder().set("import.every_minutes", "60").start().await;
        let merchant = Merchant::of(&app).await;
        let input = json!({ "name": "Casa Exemplo", "idempotencyKey": "loja" });
        let store = text(&merchant.must("createStore", "store { id }", input).await["store"]["id"]);
        Self { app, merchant, store }
    }

    /// Connects a platform, switches it on and waits for its first import; gives the integration, with its address
    /// for webhooks.
    pub(super) async fn connect(&self, shop: &Shop, days_back: i64) -> (Store, String) {
        let input = json!({ "storeId": self.store, "platform": shop.platform, "credentials": shop.credentials() });
        let mut connected = self
            .merchant
            .must("connectIntegration", "integration { id version shopId hookUrl }", input)
            .await;
        let store = Store {
            id: self.store.clone(),
            integration: text(&connected["integration"]["id"]),
        };
        if shop.kind.by_consent() {
            assert_eq!(consent(&self.merchant, &store.integration).await.status, 303);
            let again = "query ($id: ID!) { node(id: $id) { ... on Integration { id version shopId hookUrl } } }";
            connected["integration"] =
                self.merchant.ask(again, json!({ "id": store.integration })).await["node"].take();
        }
        self.merchant.fill_in(shop, &connected, days_back).await;
        self.merchant.activate(&store).await;
        self.merchant
            .run_that(&store, "the first import", |run| run["trigger"] == "ACTIVATION")
            .await;
        let hook = connected["integration"]["hookUrl"].as_str().unwrap_or_default();
        (store, hook.to_owned())
    }

    pub(super) async fn orders(&self) -> Vec<Value> {
        let told = self.merchant.ask(ORDERS, json!({ "id": self.store })).await;
        told["store"]["orders"]["nodes"].as_array().unwrap().clone()
    }

    async fn points(&self, platform: &str, order: &str) -> Option<i64> {
        find(&self.orders().await, platform, order).map(|order| number(&order["points"]))
    }

    async fn has_points(&self, order: &str, wanted: i64) {
        eventually("the points of a sale", SECONDS, async || {
            (self.points("TINY", order).await == Some(wanted)).then_some(())
        })
        .await;
    }

    async fn place(&self, kind: Kind, body: Value) -> String {
        self.app.sandbox.place_order(kind, &body).await.number
    }

    /// The first customer of a platform who can be written to: the same person on each.
    pub(super) async fn buyer(&self, kind: Kind) -> u64 {
        let truth = self.app.sandbox.truth(kind).await;
        truth
            .customers
            .iter()
            .find(|person| person.email.is_some())
            .unwrap()
            .external_id
    }
}

#[tokio::test]
async fn sales_become_points() {
    let scene = Scene::open().await;
    // So far back that the contacts of its customers come too, with their birthdays.
    let (store, _) = scene.connect(&TINY, 400).await;
    let truth = scene.app.sandbox.truth(Kind::Tiny).await;
    let imported = scene.orders().await;
    let mut compared = 0;
    for order in &truth.orders {
        let found = find(&imported, "TINY", &order.number).unwrap_or_else(|| panic!("{} is missing", order.number));
        let is_nobody = order.person.document.is_none() && order.person.email.is_none();
        let worth = if is_nobody { 0 } else { TINY.worth(order, false) };
        assert_eq!(number(&found["points"]), worth, "{order:?}");
        assert_eq!(found["customer"].is_null(), is_nobody);
        assert_eq!(found["shopOrderNumber"], json!(order.shop_number));
        compared += 1;
    }
    assert_eq!(compared, 60);

    let buyer = scene.buyer(Kind::Tiny).await;
    let sale = json!({ "customer": buyer, "products_cents": 25_050, "discount_cents": 1_000, "shipping_cents": 1_990,
        "status": "aprovado", "channel": "point_of_sale" });
    let paid = scene.place(Kind::Tiny, sale).await;
    let nobody = truth.customers.last().unwrap();
    assert_eq!(nobody.document, None);
    let sale = json!({ "customer": nobody.external_id, "products_cents": 9_900, "status": "entregue" });
    let unclaimed = scene.place(Kind::Tiny, sale).await;
    scene.merchant.import(&store).await;
    assert_eq!(
        scene.points("TINY", &paid).await,
        Some(240),
        "products less the discount, and no freight"
    );
    assert_eq!(scene.points("TINY", &unclaimed).await, Some(0), "kept, and nobody's");
    assert_eq!(
        find(&scene.orders().await, "TINY", &unclaimed).unwrap()["customer"],
        Value::Null
    );

    scene.app.sandbox.set_status(Kind::Tiny, &paid, "nao_entregue").await;
    scene.merchant.import(&store).await;
    assert_eq!(scene.points("TINY", &paid).await, Some(0));
    assert_eq!(scene.merchant.rejects(&store).await, Vec::<Value>::new());
    let birthdays = "query ($id: ID!) { store(id: $id) { customers(first: 100) { nodes { email birthDate } } } }";
    let told = scene.merchant.ask(birthdays, json!({ "id": scene.store })).await;
    let customers = told["store"]["customers"]["nodes"].as_array().unwrap();
    for person in truth.customers.iter().filter(|person| person.email.is_some()) {
        let email = person.email.as_deref().unwrap().to_lowercase();
        let found = customers.iter().find(|customer| customer["email"] == *email).unwrap();
        assert_eq!(found["birthDate"], json!(person.birth_date), "{email}");
    }
    assert!(
        !customers
            .iter()
            .any(|customer| customer["email"] == "vendas@fornecedor.invalid")
    );
    redeem(&scene.merchant, &store).await;
    let stats = scene.app.sandbox.stats(Kind::Tiny).await;
    assert_eq!(stats["forbidden"], json!([]), "calls that no integration may make");
}

/// A detail that cannot be had leaves what is known, and what is not known without points until it can.
#[tokio::test]
async fn a_missing_detail_takes_nothing_away() {
    let scene = Scene::open().await;
    let (store, _) = scene.connect(&TINY, DAYS_BACK).await;
    let buyer = scene.buyer(Kind::Tiny).await;
    let sale = |cents: i64| json!({ "customer": buyer, "products_cents": cents, "shipping_cents": 1_990, "status": "aprovado" });
    let known = scene.place(Kind::Tiny, sale(15_000)).await;
    scene.merchant.import(&store).await;
    assert_eq!(scene.points("TINY", &known).await, Some(150));

    scene
        .app
        .sandbox
        .faults(json!({ "order_detail_error_percent": 100 }))
        .await;
    scene.app.sandbox.set_status(Kind::Tiny, &known, "enviado").await;
    let fresh = scene.place(Kind::Tiny, sale(8_000)).await;
    scene.merchant.import(&store).await;
    let orders = scene.orders().await;
    assert_eq!(find(&orders, "TINY", &known).unwrap()["statusCode"], "enviado");
    assert_eq!(scene.points("TINY", &known).await, Some(150));
    assert_eq!(scene.points("TINY", &fresh).await, Some(0));

    scene
        .app
        .sandbox
        .faults(json!({ "order_detail_error_percent": 0 }))
        .await;
    scene.merchant.import(&store).await;
    assert_eq!(scene.points("TINY", &known).await, Some(150));
    assert_eq!(scene.points("TINY", &fresh).await, Some(80));
}

/// A sale that both the shop and the ERP tell of counts once, as the shop's.
#[tokio::test]
async fn a_sale_of_the_shop_counts_once() {
    let scene = Scene::open().await;
    let (shop, _) = scene.connect(&MAGAZORD, DAYS_BACK).await;
    let (erp, _) = scene.connect(&TINY, DAYS_BACK).await;
    let (at_shop, at_erp) = (scene.buyer(Kind::Magazord).await, scene.buyer(Kind::Tiny).await);
    let of_shop = json!({ "customer": at_shop, "products_cents": 15_000, "status": MAGAZORD.paid, "shop_id": 1 });
    let of_erp = |shop_number: &str| json!({ "customer": at_erp, "products_cents": 15_000, "status": "aprovado", "shop_number": shop_number });
    // The shop first.
    let first = scene.place(Kind::Magazord, of_shop.clone()).await;
    scene.merchant.import(&shop).await;
    let told = scene.place(Kind::Tiny, of_erp(&first)).await;
    scene.merchant.import(&erp).await;
    let orders = scene.orders().await;
    assert_eq!(scene.points("MAGAZORD", &first).await, Some(150));
    let linked = find(&orders, "TINY", &told).unwrap();
    assert_eq!(
        (number(&linked["points"]), &linked["countedAs"]["number"]),
        (0, &json!(first))
    );

    // The ERP first: points change hands, and there are never two lots of them.
    let second = scene.place(Kind::Magazord, of_shop).await;
    let told = scene.place(Kind::Tiny, of_erp(&second)).await;
    scene.merchant.import(&erp).await;
    assert_eq!(scene.points("TINY", &told).await, Some(150));
    scene.merchant.import(&shop).await;
    assert_eq!(scene.points("TINY", &told).await, Some(0));
    assert_eq!(scene.points("MAGAZORD", &second).await, Some(150));
}

#[tokio::test]
async fn a_sale_is_points_within_seconds() {
    let scene = Scene::open().await;
    let (store, hook) = scene.connect(&TINY, DAYS_BACK).await;
    let url = format!("http://{}{hook}", scene.app.address());
    let readings = json!({ "delivery": "twice", "hook_document": "masked", "numbers": "number" });
    scene.app.sandbox.switches(Kind::Tiny, &readings).await;
    scene
        .app
        .sandbox
        .control(Method::PUT, "/hooks/tiny", &json!({ "url": url }))
        .await;
    let buyer = scene.buyer(Kind::Tiny).await;
    let sale = json!({ "customer": buyer, "products_cents": 15_050, "status": "aprovado" });
    let order = scene.place(Kind::Tiny, sale).await;
    scene.has_points(&order, 150).await;
    scene.app.sandbox.set_status(Kind::Tiny, &order, "cancelado").await;
    scene.has_points(&order, 0).await;
    assert_eq!(scene.merchant.runs(&store).await.len(), 1, "no import but the first");
    let sent = scene
        .app
        .sandbox
        .control(Method::GET, "/hooks/tiny", &Value::Null)
        .await;
    let sent = sent["deliveries"].as_array().unwrap().clone();
    let told: Vec<_> = sent
        .iter()
        .map(|one| (text(&one["body"]["tipo"]), one["status"].clone()))
        .collect();
    let expected = [
        "inclusao_pedido",
        "inclusao_pedido",
        "atualizacao_pedido",
        "atualizacao_pedido",
    ];
    assert_eq!(told, expected.map(|kind| (kind.to_owned(), json!(200))));
    assert_eq!(scene.readings().await, 2, "a repeat is no other reading");

    // What the webhooks brought is known to the list: nothing is read again.
    let run = scene.merchant.import(&store).await;
    assert_eq!((number(&run["created"]), number(&run["updated"])), (0, 0), "{run:#}");
}

#[tokio::test]
async fn everything_is_answered_with_200_and_another_accounts_news_are_none() {
    let scene = Scene::open().await;
    let (_, hook) = scene.connect(&TINY, DAYS_BACK).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let post = async |path: &str, body: String| {
        let url = format!("http://{}{path}", scene.app.address());
        http.post(url).body(body).send().await.unwrap().status().as_u16()
    };
    let order = scene.app.sandbox.truth(Kind::Tiny).await.orders[0].id;
    let body = |cnpj: &str, kind: &str, id: &str| {
        json!({ "versao": "1.0.0", "cnpj": cnpj, "tipo": kind, "dados": { "id": id, "codigoSituacao": "aprovado" } })
            .to_string()
    };
    let (ours, known) = ("11.222.333/0001-81", order.to_string());
    for odd in [
        String::new(),
        "{".to_owned(),
        "null".to_owned(),
        body(ours, "estoque", &known),
        body(ours, "nota_fiscal", &known),
        body(ours, "atualizacao_pedido", "?"),
        body("11.222.333/0002-62", "atualizacao_pedido", &known),
        body("99.***.***/****-81", "atualizacao_pedido", &known),
    ] {
        assert_eq!(post(&hook, odd.clone()).await, 200, "{odd}");
    }
    assert_eq!(scene.readings().await, 0, "nothing of that is looked at");
    assert_eq!(
        post("/hooks/hook_x", body(ours, "atualizacao_pedido", &known)).await,
        404
    );
    for _ in 0..3 {
        assert_eq!(post(&hook, body(ours, "atualizacao_pedido", &known)).await, 200);
    }
    assert_eq!(post(&hook, body(ours, "inclusao_pedido", "999999999")).await, 200);
    // A hint that comes again after it was followed is followed again: on a slow machine there are more jobs than hints.
    eventually("both readings", SECONDS, async || {
        (scene.hints().await.len() == 2).then_some(())
    })
    .await;
}

impl Scene {
    /// How many jobs that read orders there were.
    async fn readings(&self) -> usize {
        self.followed().await.len()
    }

    /// The hints that were followed, each once.
    async fn hints(&self) -> BTreeSet<String> {
        self.followed().await.into_iter().collect()
    }

    /// The hint of each job that read an order.
    async fn followed(&self) -> Vec<String> {
        let query = "query ($id: ID!) { store(id: $id) { jobs(first: 50, where: { kind: { eq: READ_ORDER } }) {
            nodes { objectId } } } }";
        let told = self.merchant.ask(query, json!({ "id": self.store })).await;
        let jobs = told["store"]["jobs"]["nodes"].as_array().unwrap();
        jobs.iter().map(|job| text(&job["objectId"])).collect()
    }
}
