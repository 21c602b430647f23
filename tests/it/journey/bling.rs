//! A merchant with the ERP Bling: consents, imports, hears of a sale within seconds, and has a sale that the shop tells
//! of too count once. Nobody is asked for a coupon: codes of a pool take their place, and people.

use std::time::Duration;

use fidelidade::clock::Clock;
use fidelidade::platform::Kind;
use fidelidade::sandbox::SandboxConfig;
use reqwest::Method;
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use serde_json::{Value, json};

use super::without_coupons::redeem;
use crate::support::app::{TestApp, eventually};
use crate::support::consent::consent;
use crate::support::merchant::{Merchant, Store, number, text};
use crate::support::shop::{BLING, JET};
use crate::support::truth::TrueOrder;

const SECONDS: Duration = Duration::from_secs(40);

/// What an order of the ERP is worth alone. Somebody without a name and an address is nobody.
fn worth(order: &TrueOrder) -> i64 {
    let is_somebody = order.person.document.is_some() || order.person.email.is_some();
    if is_somebody { BLING.worth(order, false) } else { 0 }
}

/// Connects Bling in a new store, and imports what there is.
async fn connected(merchant: &Merchant) -> Store {
    let (store, _) = merchant.connect(&BLING).await;
    assert_eq!(consent(merchant, &store.integration).await.status, 303);
    let query = "query ($id: ID!) { node(id: $id) { ... on Integration { id version } } }";
    let told = merchant.ask(query, json!({ "id": store.integration })).await;
    merchant
        .fill_in(&BLING, &json!({ "integration": told["node"] }), 70)
        .await;
    merchant.activate(&store).await;
    merchant
        .run_that(&store, "the first import", |run| run["trigger"] == "ACTIVATION")
        .await;
    store
}

async fn points(merchant: &Merchant, store: &Store, order: &str) -> Option<i64> {
    let orders = merchant.orders(store).await;
    let found = orders.iter().find(|one| one["number"] == *order)?;
    Some(number(&found["points"]))
}

#[tokio::test]
async fn sales_become_points() {
    let app = TestApp::builder().set("import.every_minutes", "60").start().await;
    let merchant = Merchant::of(&app).await;
    let store = connected(&merchant).await;
    let truth = app.sandbox.truth(Kind::Bling).await;
    let orders = merchant.orders(&store).await;
    assert_eq!(orders.len(), truth.orders.len());
    for order in &truth.orders {
        let found = orders.iter().find(|one| one["number"] == *order.number).unwrap();
        assert_eq!(number(&found["points"]), worth(order), "{order:?}");
    }
    assert_eq!(merchant.rejects(&store).await, Vec::<Value>::new());

    let query = "query ($id: ID!) { node(id: $id) { ... on Integration { hookUrl } } }";
    let told = merchant.ask(query, json!({ "id": store.integration })).await;
    let hook = format!("http://{}{}", app.address(), text(&told["node"]["hookUrl"]));
    app.sandbox
        .control(Method::PUT, "/hooks/bling", &json!({ "url": hook }))
        .await;
    app.sandbox.switches(Kind::Bling, &json!({ "delivery": "twice" })).await;
    let buyer = truth.customers[0].external_id;
    let body = json!({ "customer": buyer, "products_cents": 15_050, "discount_cents": 1_000, "shipping_cents": 990,
        "status": "9", "channel": "manual" });
    let placed = app.sandbox.place_order(Kind::Bling, &body).await;
    let has = async |wanted: i64| {
        eventually("the points of a sale", SECONDS, async || {
            (points(&merchant, &store, &placed.number).await == Some(wanted)).then_some(())
        })
        .await;
    };
    has(140).await;
    app.sandbox.set_status(Kind::Bling, &placed.number, "12").await;
    has(0).await;
    let runs = merchant.runs(&store).await;
    assert_eq!(runs.len(), 1, "no import but the first");

    forged(&app, &hook, placed.id).await;
    another_company(&app, &merchant, &store, &placed.number).await;
    redeem(&merchant, &store).await;
    let stats = app.sandbox.stats(Kind::Bling).await;
    assert_eq!((&stats["forbidden"], &stats["max_parallel"]), (&json!([]), &json!(1)));
}

/// Whoever knows the address and not the secret is sent away.
async fn forged(app: &TestApp, hook: &str, order: u64) {
    let sent = app.sandbox.control(Method::GET, "/hooks/bling", &Value::Null).await;
    let sent = sent["deliveries"].as_array().unwrap().clone();
    assert!(
        sent.len() == 4 && sent.iter().all(|one| one["status"] == 200),
        "{sent:?}"
    );
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let body = json!({ "eventId": "falso", "event": "order.updated", "data": { "id": order } }).to_string();
    let wrong = format!("sha256={}", "0".repeat(64));
    for signature in [None, Some(""), Some("sha256="), Some(wrong.as_str())] {
        let mut request = http.post(hook).body(body.clone());
        if let Some(signature) = signature {
            request = request.header("X-Bling-Signature-256", signature);
        }
        assert_eq!(request.send().await.unwrap().status().as_u16(), 401, "{signature:?}");
    }
}

/// An app serves every company that consented to it. What it tells of another is taken and changes nothing; whose account
/// this one is, the platform was asked with the consent.
async fn another_company(app: &TestApp, merchant: &Merchant, store: &Store, order: &str) {
    let readings = json!({ "hook_company": "other", "delivery": "once" });
    app.sandbox.switches(Kind::Bling, &readings).await;
    let before = hints(app).await;
    app.sandbox.set_status(Kind::Bling, order, "9").await;
    eventually("a webhook about another company", SECONDS, async || {
        (answers(app).await == [200; 5]).then_some(())
    })
    .await;
    assert_eq!(
        (hints(app).await, points(merchant, store, order).await),
        (before, Some(0))
    );
    let readings = json!({ "hook_company": "own", "delivery": "once" });
    app.sandbox.switches(Kind::Bling, &readings).await;
    app.sandbox.set_status(Kind::Bling, order, "15").await;
    app.sandbox.set_status(Kind::Bling, order, "9").await;
    eventually("the points of a sale", SECONDS, async || {
        (points(merchant, store, order).await == Some(140)).then_some(())
    })
    .await;
    app.sandbox.set_status(Kind::Bling, order, "12").await;
    eventually("the points of a sale", SECONDS, async || {
        (points(merchant, store, order).await == Some(0)).then_some(())
    })
    .await;
}

async fn answers(app: &TestApp) -> Vec<u64> {
    let sent = app.sandbox.control(Method::GET, "/hooks/bling", &Value::Null).await;
    let sent = sent["deliveries"].as_array().unwrap().clone();
    sent.iter()
        .map(|one| one["status"].as_u64().unwrap_or_default())
        .collect()
}

/// How many hints were kept.
async fn hints(app: &TestApp) -> u64 {
    let hints = entity::received_hook::Entity::find();
    hints.count(&app.app().db).await.unwrap()
}

/// An app that may not ask for the company's data is told of every company's orders, as long as it may not: the hint
/// is followed, and an order that the account does not have is none.
#[tokio::test]
async fn a_company_that_is_not_told_is_not_compared() {
    let app = TestApp::builder().set("import.every_minutes", "60").start().await;
    let missing = json!({ "company_scope": "missing", "hook_company": "other" });
    app.sandbox.switches(Kind::Bling, &missing).await;
    let merchant = Merchant::of(&app).await;
    let store = connected(&merchant).await;
    let query = "query ($id: ID!) { node(id: $id) { ... on Integration { hookUrl } } }";
    let told = merchant.ask(query, json!({ "id": store.integration })).await;
    let hook = format!("http://{}{}", app.address(), text(&told["node"]["hookUrl"]));
    app.sandbox
        .control(Method::PUT, "/hooks/bling", &json!({ "url": hook }))
        .await;
    let truth = app.sandbox.truth(Kind::Bling).await;
    let body = json!({ "customer": truth.customers[0].external_id, "products_cents": 10_000, "status": "9",
        "channel": "manual" });
    let placed = app.sandbox.place_order(Kind::Bling, &body).await;
    eventually("the points of a sale", SECONDS, async || {
        (points(&merchant, &store, &placed.number).await == Some(100)).then_some(())
    })
    .await;

    // When it may, it is asked with the next renewal.
    app.sandbox
        .switches(
            Kind::Bling,
            &json!({ "company_scope": "granted", "hook_company": "other" }),
        )
        .await;
    fidelidade::service::consent::work(app.app(), store.integration.parse().unwrap())
        .await
        .unwrap();
    let before = hints(&app).await;
    app.sandbox.set_status(Kind::Bling, &placed.number, "12").await;
    eventually("a webhook about another company", SECONDS, async || {
        (answers(&app).await == [200; 2]).then_some(())
    })
    .await;
    assert_eq!(hints(&app).await, before);
}

#[tokio::test]
async fn a_sale_that_the_shop_tells_of_too_counts_once() {
    let app = TestApp::builder()
        .set("import.every_minutes", "60")
        .sandbox(SandboxConfig {
            orders: 40,
            ..SandboxConfig::at(Clock::System.now())
        })
        .start()
        .await;
    let merchant = Merchant::of(&app).await;
    let erp = connected(&merchant).await;
    let sum = |orders: &[Value]| orders.iter().map(|order| number(&order["points"])).sum::<i64>();
    let alone = app.sandbox.truth(Kind::Bling).await;
    assert_eq!(
        sum(&merchant.orders(&erp).await),
        alone.orders.iter().map(worth).sum::<i64>()
    );

    let input = json!({ "storeId": erp.id, "platform": "JET", "credentials": JET.credentials() });
    let connected = merchant
        .must("connectIntegration", "integration { id version }", input)
        .await;
    merchant.fill_in(&JET, &connected, 70).await;
    let shop = Store {
        id: erp.id.clone(),
        integration: text(&connected["integration"]["id"]),
    };
    merchant.activate(&shop).await;
    merchant
        .run_that(&shop, "the shop's import", |run| run["trigger"] == "ACTIVATION")
        .await;
    let shops = app.sandbox.truth(Kind::Jet).await;
    let query = "query ($id: ID!) { store(id: $id) { orders(first: 100) { nodes { number points integration { id }
        countedAs { number } } } } }";
    let told = merchant.ask(query, json!({ "id": erp.id })).await;
    let told = told["store"]["orders"]["nodes"].as_array().unwrap().clone();
    assert_eq!(told.len(), alone.orders.len() + shops.orders.len());
    let mut linked = 0;
    for order in &alone.orders {
        let found = told
            .iter()
            .find(|one| one["number"] == *order.number && one["integration"]["id"] == *erp.integration)
            .unwrap();
        if order.channel == "site" {
            linked += 1;
            let shops_number = (50_001 + order.id - 1_001).to_string();
            assert_eq!(
                (&found["countedAs"]["number"], number(&found["points"])),
                (&json!(shops_number), 0)
            );
        } else {
            assert_eq!(
                (&found["countedAs"], number(&found["points"])),
                (&Value::Null, worth(order))
            );
        }
    }
    assert!(linked > 15, "too few to tell anything");
    for order in &shops.orders {
        let found = told.iter().find(|one| one["number"] == *order.number).unwrap();
        let known = order.person.document.is_some() || order.person.email.is_some();
        if known {
            assert_eq!(number(&found["points"]), JET.worth(order, false), "{}", order.number);
        }
    }
}
