//! A process that starts, is looked after, and stops in order.

use std::time::{Duration, Instant};

use fidelidade::run::Halves;
use serde_json::{Value, json};

use super::actor::Actor;
use crate::support::app::{TestApp, eventually};
use crate::support::merchant::{number, text};
use crate::support::shop::{LOJA_INTEGRADA, MAGAZORD};

#[tokio::test]
async fn it_says_that_it_lives_and_whether_it_is_ready() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let told = |(status, text): (u16, String)| (status, serde_json::from_str::<Value>(&text).unwrap());
    assert_eq!(
        told(app.get("/health/live").await),
        (200, json!({ "ok": true, "checks": [] }))
    );
    let (status, body) = told(app.get("/health/ready").await);
    assert_eq!(
        (status, &body["ok"], &body["checks"][0]["name"]),
        (200, &json!(true), &json!("database"))
    );

    app.app().db.clone().close().await.unwrap();
    let (status, body) = told(app.get("/health/ready").await);
    assert_eq!(
        (status, &body["ok"], &body["checks"][0]["ok"]),
        (503, &json!(false), &json!(false))
    );
    assert_eq!(
        app.get("/health/live").await.0,
        200,
        "it lives without a database, and need not be started again"
    );
}

/// How many requests the shop has answered or is answering.
async fn requests(app: &TestApp) -> i64 {
    let stats = app.sandbox.stats(MAGAZORD.kind).await;
    stats["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| number(&account["requests"]))
        .sum()
}

#[tokio::test]
async fn a_request_in_flight_is_answered_when_it_stops() {
    let mut app = TestApp::start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    assert_eq!(requests(&app).await, 0);
    app.sandbox.faults(json!({ "latency_ms": 300 })).await;
    let input = json!({ "storeId": store, "platform": "MAGAZORD", "credentials": MAGAZORD.credentials() });
    let body = json!({ "query": Actor::mutation("connectIntegration", "integration { id }"), "variables": { "input": input } });
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let address = format!("http://{}/graphql", app.address());
    let request = client
        .post(&address)
        .json(&body)
        .bearer_auth(merchant.token.as_deref().unwrap());
    let answered = tokio::spawn(async move { request.send().await.unwrap().json::<Value>().await.unwrap() });
    eventually("a question to the shop", Duration::from_secs(20), async || {
        (requests(&app).await > 0).then_some(())
    })
    .await;

    let began = Instant::now();
    app.stop().await;
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "it stops, whatever its workers hold"
    );
    let answer = answered.await.unwrap();
    assert!(
        answer["data"]["connectIntegration"]["integration"]["id"].is_string(),
        "{answer}"
    );
    let refused = client
        .post(&address)
        .json(&json!({ "query": "{ viewer { id } }" }))
        .send()
        .await;
    assert!(
        refused.is_err_and(|error| error.is_connect()),
        "nobody listens any more"
    );
}

#[tokio::test]
async fn an_import_under_way_goes_on_after_a_restart() {
    // As many connections as there are by default: each of the three queues may keep one when it stops.
    let app = TestApp::builder();
    let mut app = app.set("platforms.loja_integrada.page_size", "4").start().await;
    let email = "dona@loja-exemplo.invalid";
    let token = Actor::user(&app, email).await.token.unwrap();
    let merchant = Actor::with(&app, &token);
    let store = merchant.create_store("Loja").await;
    let integration = merchant.connect(&store, &LOJA_INTEGRADA).await;
    merchant.fill_in(&integration, &LOJA_INTEGRADA).await;
    app.sandbox.faults(json!({ "latency_ms": 150 })).await;
    merchant.activate(&integration).await;
    let query = "query ($id: ID!) { node(id: $id) { ... on Integration { importRuns(first: 5) { nodes {
        id state done total created startedAt finishedAt } } } } }";
    let runs = async |app: &TestApp| {
        let told = Actor::with(app, &token).ask(query, json!({ "id": integration })).await;
        told["node"]["importRuns"]["nodes"].as_array().unwrap().clone()
    };
    let page = eventually("a page of the import", Duration::from_secs(30), async || {
        let run = runs(&app).await.remove(0);
        (number(&run["done"]) > 0).then_some(run)
    });
    let page = page.await;

    app.sandbox.faults(json!({ "latency_ms": 0 })).await;
    app.restart().await;
    let ended = eventually("the end of the import", Duration::from_mins(1), async || {
        let run = runs(&app).await.remove(0);
        assert_eq!(run["id"], page["id"], "it is the same run");
        assert!(
            ["RUNNING", "SUCCEEDED"].contains(&text(&run["state"]).as_str()),
            "{run}"
        );
        (run["state"] == "SUCCEEDED").then_some(run)
    });
    let ended = ended.await;
    assert_eq!(ended["startedAt"], page["startedAt"]);
    assert_eq!(ended["done"], ended["total"]);
    let truth = app.sandbox.truth(LOJA_INTEGRADA.kind).await;
    let query =
        "query ($id: ID!) { store(id: $id) { customers(first: 1) { totalCount } orders(first: 1) { totalCount } } }";
    let told = Actor::with(&app, &token).ask(query, json!({ "id": store })).await;
    assert!(
        number(&told["store"]["customers"]["totalCount"]) >= i64::try_from(truth.customers.len()).unwrap() / 2,
        "{told}"
    );
    let since = truth.now - chrono::TimeDelta::days(30);
    let recent = truth.orders.iter().filter(|order| order.placed_at >= since).count();
    assert_eq!(
        told["store"]["orders"]["totalCount"], recent,
        "no sale is lost, and none is counted twice"
    );
}
