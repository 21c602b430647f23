//! A store whose feed is at an address, and feeds for it.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::api::actor::Actor;
use crate::api::seed;
use crate::support::app::{TestApp, eventually};
use crate::support::merchant::{list, text};

/// How long an import may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A feed of these items.
pub(super) fn feed(items: &[String]) -> String {
    format!(
        "<rss version='2.0' xmlns:g='http://base.google.com/ns/1.0'><channel><title>Loja</title>\n{}</channel></rss>",
        items.concat()
    )
}

/// A product at this price, which is there.
pub(super) fn item(sku: &str, price: &str) -> String {
    with(sku, price, "<g:availability>in stock</g:availability>")
}

/// A product at this price and with more.
pub(super) fn with(sku: &str, price: &str, more: &str) -> String {
    let mut item =
        format!("<item><g:id>{sku}</g:id><title>Produto {sku}</title><g:description>Um produto</g:description>");
    writeln!(
        item,
        "<link>https://www.loja-exemplo.com.br/{sku}</link><g:image_link>https://www.loja-exemplo.com.br/{sku}.jpg</g:image_link>\
         <g:price>{price} BRL</g:price>{more}</item>"
    )
    .unwrap();
    item
}

/// A feed of so many products at R$ 10.00.
pub(super) fn many(count: usize) -> String {
    let items: Vec<String> = (0..count)
        .map(|number| item(&format!("P{number:06}"), "10.00"))
        .collect();
    feed(&items)
}

/// A store whose feed is at an address.
pub(super) struct Shop<'a> {
    pub(super) merchant: Actor<'a>,
    pub(super) store: String,
    pub(super) integration: String,
}

impl<'a> Shop<'a> {
    pub(super) async fn with_feed(app: &'a TestApp, url: &str) -> Self {
        let merchant = Actor::user(app, "dona@loja-exemplo.invalid").await;
        let store = merchant.create_store("Loja").await;
        let integration = seed::switched_off(app.app(), &store).await.id.to_string();
        let shop = Self {
            merchant,
            store,
            integration,
        };
        shop.set("feedUrl", json!(url)).await;
        shop
    }

    pub(super) async fn set(&self, setting: &str, value: Value) {
        let version = self.merchant.version(&self.integration).await;
        let input = json!({ "id": self.integration, "version": version, setting: value });
        self.merchant
            .must("updateIntegration", "integration { id }", input)
            .await;
    }

    /// Asks for the feed to be read.
    pub(super) async fn begin(&self) -> String {
        let input = json!({ "integrationId": self.integration, "kind": "CATALOGUE" });
        let payload = self.merchant.must("startImport", "importRun { id }", input).await;
        text(&payload["importRun"]["id"])
    }

    /// A run with all that is told of it.
    pub(super) async fn run(&self, id: &str) -> Value {
        let query = "query ($id: ID!) { node(id: $id) { ... on ImportRun {
            state done total created updated unchanged gone rejected errorCode errorMessage
            feedReport { outcome items usable rejected isComplete warnings { kind message count places { item line detail } } }
            } } }";
        self.merchant.ask(query, json!({ "id": id })).await["node"].take()
    }

    /// Reads the feed, and waits for the end.
    pub(super) async fn read(&self) -> Value {
        let id = self.begin().await;
        eventually("the end of the import", PATIENCE, async || {
            let run = self.run(&id).await;
            (run["state"] != "QUEUED" && run["state"] != "RUNNING").then_some(run)
        })
        .await
    }

    /// Reads the feed, which has to be possible, and gives what became of its products: new, changed, unchanged, gone;
    /// and how much was read.
    pub(super) async fn counts(&self) -> ([i64; 4], String) {
        let run = self.read().await;
        assert_eq!(run["state"], "SUCCEEDED", "{run}");
        let counts = ["created", "updated", "unchanged", "gone"].map(|count| run[count].as_i64().unwrap());
        let rejected = run["rejected"].as_i64().unwrap();
        assert_eq!(run["done"], counts[..3].iter().sum::<i64>() + rejected, "{run}");
        assert_eq!(run["total"], run["done"], "{run}");
        (counts, text(&run["feedReport"]["outcome"]))
    }

    /// The SKUs of the rewards on offer with what they cost, sorted; a hundred at most.
    pub(super) async fn offered(&self) -> Vec<(String, i64)> {
        let query =
            "query ($id: ID!) { store(id: $id) { rewards(first: 100, where: { active: true, kind: { eq: PRODUCT } }) {
            nodes { points product { sku } } } } }";
        let told = self.merchant.ask(query, json!({ "id": self.store })).await;
        let mut rewards: Vec<(String, i64)> = list(&told["store"]["rewards"]["nodes"])
            .iter()
            .map(|node| (text(&node["product"]["sku"]), node["points"].as_i64().unwrap()))
            .collect();
        rewards.sort();
        rewards
    }

    /// How many rewards are on offer.
    pub(super) async fn on_offer(&self) -> i64 {
        let query =
            "query ($id: ID!) { store(id: $id) { rewards(first: 1, where: { active: true, kind: { eq: PRODUCT } }) {
            totalCount } } }";
        let told = self.merchant.ask(query, json!({ "id": self.store })).await;
        told["store"]["rewards"]["totalCount"].as_i64().unwrap()
    }
}
