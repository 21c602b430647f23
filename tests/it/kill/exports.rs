//! A process that dies while it writes an export: another writes it, whole and once.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::app::eventually;
use crate::support::bulk;
use crate::support::merchant::{Merchant, PATIENCE, number, text};
use crate::support::process::{Installation, Part};
use crate::support::sandbox::Sandbox;

const COPIES: usize = 30_000;

async fn run(merchant: &Merchant, id: &str) -> Value {
    let query = "query ($id: ID!) { node(id: $id) { ... on ExportRun { state done total bytes url } } }";
    merchant.ask(query, json!({ "id": id })).await["node"].take()
}

#[tokio::test]
async fn an_export_that_was_under_way_is_written_by_another() {
    let sandbox = Sandbox::start().await;
    let installation = Installation::new(&sandbox, &sandbox.origin()).await;
    let mut process = installation.start(Part::Whole).await;
    let mut merchant = Merchant::sign_in(&installation, &process).await;
    let store = merchant.store_with_a_sale("Loja").await;
    let db = installation.connect().await;
    let order = bulk::order_of(&db, store.parse().unwrap()).await;
    bulk::copies(&db, order, COPIES).await;
    let input = json!({ "storeId": store, "format": "JSON_LINES", "idempotencyKey": "tudo",
        "where": { "number": { "startsWith": "B" } } });
    let made = merchant.must("exportOrders", "exportRun { id }", input).await;
    let id = text(&made["exportRun"]["id"]);
    let before = eventually("progress", PATIENCE, async || {
        Some(run(&merchant, &id).await).filter(|run| number(&run["done"]) > 0)
    })
    .await;
    process.kill();
    assert_eq!((&before["state"], &before["url"]), (&json!("RUNNING"), &Value::Null));
    // What the dead one saw is over: this is of another moment.
    bulk::rename(&db, "B0000001", "B9999999").await;

    let process = installation.start(Part::Whole).await;
    merchant.address.clone_from(&process.address);
    let done = eventually("the export", PATIENCE, async || {
        Some(run(&merchant, &id).await).filter(|run| run["state"] != "RUNNING")
    })
    .await;
    assert_eq!((&done["state"], &done["done"]), (&json!("SUCCEEDED"), &json!(COPIES)));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}{}", process.address, text(&done["url"]));
    let file = client.get(url).send().await.unwrap().text().await.unwrap();
    let numbers: Vec<String> = file
        .lines()
        .map(|line| text(&serde_json::from_str::<Value>(line).unwrap()["number"]))
        .collect();
    let once: BTreeSet<&String> = numbers.iter().collect();
    assert_eq!((numbers.len(), once.len()), (COPIES, COPIES));
    assert!(once.contains(&"B9999999".to_owned()) && !once.contains(&"B0000001".to_owned()));
}
