//! The program is killed twice while it reads a feed. It goes on at the item where it was: nothing is counted twice. When
//! the feed has become another meanwhile, it begins anew, and the end is that of the other feed alone.

use serde_json::{Value, json};

use crate::support::app::eventually;
use crate::support::merchant::{Merchant, PATIENCE};
use crate::support::process::{Installation, Part};
use crate::support::sandbox::Sandbox;
use crate::support::shop::MAGAZORD;
use crate::support::site::{Site, Told};

/// Items of the feed, a tenth of which cannot be used.
const ITEMS: usize = 12_000;

fn feed(price: &str, items: std::ops::Range<usize>) -> String {
    let item = |number: usize| {
        let price = if number % 10 == 7 { "dez" } else { price };
        format!(
            "<item><g:id>P-{number:05}</g:id><title>Produto {number}</title><g:availability>in_stock</g:availability>\
             <g:price>{price} BRL</g:price></item>\n"
        )
    };
    let items: String = items.map(item).collect();
    format!("<rss xmlns:g='http://base.google.com/ns/1.0'><channel>{items}</channel></rss>")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_of_products() {
    let sandbox = Sandbox::start().await;
    let site = Site::start().await;
    let installation = Installation::new(&sandbox, &sandbox.origin()).await;
    let mut process = installation.start(Part::Whole).await;
    let mut merchant = Merchant::sign_in(&installation, &process).await;
    let (store, connected) = merchant.connect(&MAGAZORD).await;
    let input = json!({ "id": store.integration, "version": connected["integration"]["version"], "feedUrl": site.url,
        "rewardPointsPerHundred": 100 });
    merchant.must("updateIntegration", "integration { id }", input).await;
    let told = async |merchant: &Merchant, run: &Value| -> Value {
        let query =
            "query ($id: ID!) { node(id: $id) { ... on ImportRun { state total done created updated unchanged gone
            rejected rejects(first: 1) { totalCount } errorMessage } } }";
        merchant.ask(query, json!({ "id": run })).await["node"].take()
    };
    let begin = async |merchant: &Merchant| {
        let input = json!({ "integrationId": store.integration, "kind": "CATALOGUE" });
        merchant.must("startImport", "importRun { id }", input).await["importRun"]["id"].take()
    };
    let done = async |merchant: &Merchant, run: &Value, least: i64| {
        eventually("some pages", PATIENCE, async || {
            let done = told(merchant, run).await["done"].as_i64().unwrap();
            (done >= least).then_some(done)
        })
        .await
    };
    let end = async |merchant: &Merchant, run: &Value| {
        eventually("the end of the import", PATIENCE, async || {
            let told = told(merchant, run).await;
            (told["state"] == "SUCCEEDED").then_some(told)
        })
        .await
    };
    let on_offer = async |merchant: &Merchant, points: i64| {
        let query = "query ($id: ID!, $points: Int!) { store(id: $id) {
            all: rewards(first: 1, where: { active: true }) { totalCount }
            these: rewards(first: 1, where: { active: true, points: { eq: $points } }) { totalCount } } }";
        let found = merchant.ask(query, json!({ "id": store.id, "points": points })).await["store"].take();
        [&found["all"], &found["these"]].map(|list| list["totalCount"].as_i64().unwrap())
    };

    // Killed twice, with the same feed before and after.
    site.has(feed("10.00", 0..ITEMS), Told::Tag("\"a\"".to_owned()));
    let run = begin(&merchant).await;
    let mut killed_at = Vec::new();
    for least in [500, 4_000] {
        killed_at.push(done(&merchant, &run, least).await);
        process.kill();
        process = installation.start(Part::Whole).await;
        merchant.address.clone_from(&process.address);
    }
    assert!(killed_at[1] < 12_000 && killed_at[0] < killed_at[1], "{killed_at:?}");
    let expected = json!({ "state": "SUCCEEDED", "total": 12_000, "done": 12_000, "created": 10_800, "updated": 0,
        "unchanged": 0, "gone": 0, "rejected": 1_200, "rejects": { "totalCount": 1_000 }, "errorMessage": null });
    assert_eq!(end(&merchant, &run).await, expected);
    assert_eq!(on_offer(&merchant, 10).await, [10_800, 10_800]);

    // Killed while a second feed is read; then there is a third, of which the first and the second know some.
    site.has(feed("20.00", 0..ITEMS + 1_000), Told::Tag("\"b\"".to_owned()));
    let run = begin(&merchant).await;
    let at = done(&merchant, &run, 500).await;
    process.kill();
    assert!(at < 12_000, "{at}");
    site.has(feed("30.00", 2_000..ITEMS), Told::Tag("\"c\"".to_owned()));
    process = installation.start(Part::Whole).await;
    merchant.address.clone_from(&process.address);
    // 1,800 products are gone, whether the second feed was read so far or not.
    let expected = json!({ "state": "SUCCEEDED", "total": 10_000, "done": 10_000, "created": 0, "updated": 9_000,
        "unchanged": 0, "gone": 1_800, "rejected": 1_000, "rejects": { "totalCount": 1_000 }, "errorMessage": null });
    assert_eq!(end(&merchant, &run).await, expected);
    assert_eq!(on_offer(&merchant, 30).await, [9_000, 9_000]);

    // What was read last was the third, whole: nothing is left to do.
    let run = begin(&merchant).await;
    let expected = json!({ "state": "SUCCEEDED", "total": 9_000, "done": 9_000, "created": 0, "updated": 0,
        "unchanged": 9_000, "gone": 0, "rejected": 0, "rejects": { "totalCount": 0 }, "errorMessage": null });
    assert_eq!(end(&merchant, &run).await, expected);
    drop(process);
}
