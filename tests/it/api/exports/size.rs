//! What a large export takes of a worker's memory.
//!
//! ```sh
//! cargo test --test it -- api::exports::size --ignored --nocapture
//! ```

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::app::eventually;
use crate::support::bulk;
use crate::support::merchant::{Merchant, number, text};
use crate::support::process::{Installation, Part};
use crate::support::sandbox::Sandbox;

const MANY: usize = 1_000_000;

/// A store with so many orders: one that a till tells of, and its copies.
async fn with_orders(merchant: &Merchant, installation: &Installation, name: &str, count: usize) -> String {
    let store = merchant.store_with_a_sale(name).await;
    let db = installation.connect().await;
    let order = bulk::order_of(&db, store.parse().unwrap()).await;
    bulk::copies(&db, order, count - 1).await;
    db.close().await.unwrap();
    store
}

#[tokio::test]
#[ignore = "a million orders: some minutes, and 2 GB of disk"]
async fn a_million_rows_take_the_memory_of_ten_thousand() {
    let sandbox = Sandbox::start().await;
    let installation = Installation::new(&sandbox, &sandbox.origin()).await;
    let mut process = installation.start(Part::Whole).await;
    let mut merchant = Merchant::sign_in(&installation, &process).await;
    let mut peaks = Vec::new();
    let mut stores = Vec::new();
    for count in [10_000, MANY] {
        stores.push((
            with_orders(&merchant, &installation, &count.to_string(), count).await,
            count,
        ));
    }
    for (store, count) in stores {
        // A fresh one for each: what one has had at most is never forgotten.
        process.kill();
        process = installation.start(Part::Whole).await;
        merchant.address.clone_from(&process.address);
        let started = Instant::now();
        let input = json!({ "storeId": store, "format": "JSON_LINES",
            "idempotencyKey": format!("export {store}") });
        let made = merchant.must("exportOrders", "exportRun { id }", input).await;
        let id = text(&made["exportRun"]["id"]);
        let query = "query ($id: ID!) { node(id: $id) { ... on ExportRun { state done bytes errorMessage } } }";
        let done = eventually("the export", Duration::from_mins(30), async || {
            let run = merchant.ask(query, json!({ "id": id })).await["node"].take();
            tokio::time::sleep(Duration::from_millis(200)).await;
            Some(run).filter(|run| !["QUEUED", "RUNNING"].contains(&text(&run["state"]).as_str()))
        })
        .await;
        assert_eq!(number(&done["done"]), i64::try_from(count).unwrap(), "{done}");
        let peak = process.peak_kib();
        println!(
            "{count} rows, {} MB: {:.1} s, peak {} MiB",
            number(&done["bytes"]) / 1_000_000,
            started.elapsed().as_secs_f64(),
            peak / 1024
        );
        peaks.push(peak);
    }
    // SQLite's cache of pages fills up; what the export itself holds is the same.
    assert!(peaks[1] < peaks[0] + 32 * 1024, "KiB: {peaks:?}");
}
