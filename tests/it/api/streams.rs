//! Subscriptions as server-sent events: what is waited for moves, ends, and ends the stream.

use std::time::Duration;

use fidelidade::run::Halves;
use futures_util::StreamExt;
use serde_json::{Value, json};

use super::actor::Actor;
use super::seed;
use crate::support::app::TestApp;
use crate::support::merchant::{number, text};
use crate::support::shop::LOJA_INTEGRADA;

/// All answers of an operation, up to the end of its stream.
pub(super) async fn listen(who: &Actor<'_>, query: &str, id: &str) -> Vec<Value> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let body = json!({ "query": query, "variables": { "id": id } });
    let request = client.post(format!("http://{}/graphql", who.app.address())).json(&body);
    let request = request
        .header("accept", "text/event-stream")
        .bearer_auth(who.token.as_deref().unwrap());
    let response = request.send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"text/event-stream".parse().unwrap())
    );
    let mut stream = response.bytes_stream();
    let mut text = String::new();
    let all = async {
        while let Some(piece) = stream.next().await {
            text += std::str::from_utf8(&piece.unwrap()).unwrap();
        }
    };
    tokio::time::timeout(Duration::from_mins(1), all).await.unwrap();
    let (events, end) = text
        .rsplit_once("event: complete")
        .unwrap_or_else(|| panic!("the stream has no end: {text}"));
    assert_eq!(end.trim().replace("data:", "").trim(), "");
    let data = events.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|line| serde_json::from_str(line).unwrap()).collect()
}

const RUN: &str = "subscription ($id: ID!) { importRun(id: $id) { state phase done total created errorMessage } }";
const REDEMPTION: &str = "subscription ($id: ID!) { redemption(id: $id) { state coupon { code state } customer { balance { available reserved } } } }";

#[tokio::test]
async fn an_import_moves_and_ends() {
    let app = TestApp::builder()
        .set("platforms.loja_integrada.page_size", "5")
        .start()
        .await;
    app.sandbox.faults(json!({ "latency_ms": 40 })).await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    let integration = merchant.connect(&store, &LOJA_INTEGRADA).await;
    merchant.fill_in(&integration, &LOJA_INTEGRADA).await;
    merchant.activate(&integration).await;
    let query = "query ($id: ID!) { node(id: $id) { ... on Integration { importRuns(first: 1) { nodes { id } } } } }";
    let run = text(&merchant.ask(query, json!({ "id": integration })).await["node"]["importRuns"]["nodes"][0]["id"]);

    let told = listen(&merchant, RUN, &run).await;
    let runs: Vec<&Value> = told.iter().map(|answer| &answer["data"]["importRun"]).collect();
    assert!(runs.len() > 2, "{told:?}");
    assert!(
        runs.windows(2)
            .all(|pair| number(&pair[0]["done"]) <= number(&pair[1]["done"])),
        "{told:?}"
    );
    let (last, before) = runs.split_last().unwrap();
    assert!(
        before
            .iter()
            .all(|run| run["state"] == "QUEUED" || run["state"] == "RUNNING"),
        "{told:?}"
    );
    assert_eq!(
        (&last["state"], &last["done"]),
        (&json!("SUCCEEDED"), &last["total"]),
        "{last}"
    );
    // Asked for again, it is told at once how it ended.
    assert_eq!(
        listen(&merchant, RUN, &run).await.last().unwrap()["data"]["importRun"],
        **last
    );

    let reward = json!({ "integrationId": integration, "kind": "PERCENT_OFF", "percent": "10", "name": "10 %", "points": 1, "idempotencyKey": "r" });
    let reward = merchant.must("createReward", "reward { id }", reward).await["reward"]["id"].take();
    let query = "query ($id: ID!) { store(id: $id) { customers(first: 100) { nodes { id balance { available } } } } }";
    let customers = merchant.ask(query, json!({ "id": store })).await["store"]["customers"]["nodes"].take();
    let rich = customers
        .as_array()
        .unwrap()
        .iter()
        .find(|one| number(&one["balance"]["available"]) > 0)
        .unwrap();
    let input = json!({ "customerId": rich["id"], "rewardId": reward, "idempotencyKey": "resgate" });
    let id = text(&merchant.must("redeemReward", "redemption { id }", input).await["redemption"]["id"]);
    let told = listen(&merchant, REDEMPTION, &id).await;
    let last = &told.last().unwrap()["data"]["redemption"];
    assert_eq!(
        (&last["state"], &last["coupon"]["state"]),
        (&json!("COMPLETED"), &json!("ACTIVE")),
        "{told:?}"
    );
    assert_eq!(
        last["customer"]["balance"],
        json!({ "available": number(&rich["balance"]["available"]) - 1, "reserved": 0 })
    );
}

#[tokio::test]
async fn what_is_not_ones_own_is_not_found() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let stranger = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let full = seed::fill(app.app(), &store, 1).await;
    let token = async |scope: &str| {
        let input = json!({ "storeId": store, "name": "ERP", "scopes": [scope] });
        text(&owner.must("createApiToken", "secret", input).await["secret"])
    };
    let lacking = Actor::with(&app, &token("orders:read").await);
    for (query, id) in [(RUN, full.run.to_string()), (REDEMPTION, full.redemption.to_string())] {
        for who in [&stranger, &lacking] {
            for id in [id.as_str(), "x", store.as_str()] {
                let told = listen(who, query, id).await;
                assert_eq!(told.len(), 1);
                assert_eq!(told[0]["errors"][0]["extensions"]["code"], "NOT_FOUND", "{told:?}");
            }
        }
    }
    let reader = Actor::with(&app, &token("integrations:read").await);
    let told = listen(&reader, RUN, &full.run.to_string()).await;
    assert_eq!(
        told[0]["data"]["importRun"]["state"], "FAILED",
        "an ended run is told and the stream ends: {told:?}"
    );
}
