//! Sales in files: sent to an address, imported in the background, each line judged by itself, and each sale once.

mod again;
mod lines;
mod points;
mod scale;
mod sending;

use std::io::Write as _;

use serde_json::{Value, json};

use super::actor::Actor;
use crate::support::app::{TestApp, eventually};
use crate::support::merchant::{PATIENCE, list, text};

/// A store with a till whose sales come in files.
struct Till<'a> {
    app: &'a TestApp,
    owner: Actor<'a>,
    store: String,
    source: String,
}

impl<'a> Till<'a> {
    async fn open(app: &'a TestApp) -> Self {
        let owner = Actor::user(app, "dona@loja-exemplo.invalid").await;
        let store = owner.create_store("Loja").await;
        let source = owner.source(&store, "Caixa").await;
        Self {
            app,
            owner,
            store,
            source,
        }
    }

    /// A place for a file: its id and its address.
    async fn place(&self, key: &str) -> (String, String) {
        let input = json!({ "integrationId": self.source, "idempotencyKey": key });
        let made = self
            .owner
            .must("createSalesUpload", "upload { id url expiresAt maxBytes }", input)
            .await;
        (text(&made["upload"]["id"]), text(&made["upload"]["url"]))
    }

    /// Sends a file and gives its upload.
    async fn send(&self, key: &str, file: impl Into<Vec<u8>>) -> String {
        let (id, url) = self.place(key).await;
        let (status, told) = put(self.app, &url, file.into()).await;
        assert_eq!((status, &told["uploadId"]), (200, &json!(id)), "{told}");
        id
    }

    /// What beginning to import an upload says.
    async fn begin(&self, key: &str, upload: &str) -> Value {
        let input = json!({ "integrationId": self.source, "uploadId": upload, "idempotencyKey": key });
        self.owner
            .call("importSales", "importRun { id kind state phase }", input)
            .await
    }

    /// Sends and imports a file, and gives the run at its end.
    async fn import(&self, key: &str, file: impl Into<Vec<u8>>) -> Value {
        let upload = self.send(key, file).await;
        let begun = self.begin(&format!("{key} import"), &upload).await;
        assert_eq!(begun["userErrors"], json!([]), "{begun:#}");
        self.end(&text(&begun["importRun"]["id"])).await
    }

    /// A run when it has ended.
    async fn end(&self, run: &str) -> Value {
        eventually("the end of an import", PATIENCE, async || {
            let told = self.run(run).await;
            (told["finishedAt"] != Value::Null).then_some(told)
        })
        .await
    }

    async fn run(&self, run: &str) -> Value {
        let query =
            "query ($id: ID!) { node(id: $id) { ... on ImportRun { id kind trigger state total done created updated
            unchanged rejected errorCode errorMessage startedAt finishedAt } } }";
        self.owner.ask(query, json!({ "id": run })).await["node"].take()
    }

    /// What a run kept aside.
    async fn rejects(&self, run: &Value) -> Vec<Value> {
        let query = "query ($id: ID!) { node(id: $id) { ... on ImportRun { rejects(first: 100) { nodes {
            resource line externalId field message record } } } } }";
        let told = self.owner.ask(query, json!({ "id": run["id"] })).await;
        list(&told["node"]["rejects"]["nodes"])
    }

    /// The store's sales: number, status and points, by number.
    async fn sales(&self) -> Vec<(String, String, i64)> {
        let query = "query ($id: ID!) { store(id: $id) { orders(first: 100) { nodes { number statusCode points } } } }";
        let told = self.owner.ask(query, json!({ "id": self.store })).await;
        let mut sales: Vec<_> = list(&told["store"]["orders"]["nodes"])
            .iter()
            .map(|sale| {
                (
                    text(&sale["number"]),
                    text(&sale["statusCode"]),
                    sale["points"].as_i64().unwrap(),
                )
            })
            .collect();
        sales.sort();
        sales
    }

    /// The entries of somebody's statement, the oldest first: kind and points.
    async fn ledger(&self, document: &str) -> Vec<(String, i64)> {
        let query = "query ($id: ID!, $document: String!) { store(id: $id) { customer(document: $document) {
            statement(first: 50) { nodes { kind points } } } } }";
        let told = self
            .owner
            .ask(query, json!({ "id": self.store, "document": document }))
            .await;
        let entries = list(&told["store"]["customer"]["statement"]["nodes"]);
        let entry = |entry: &Value| (text(&entry["kind"]), entry["points"].as_i64().unwrap());
        entries.iter().rev().map(entry).collect()
    }
}

/// Sends a file to an address: status and answer.
async fn put(app: &TestApp, path: &str, file: Vec<u8>) -> (u16, Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.put(format!("http://{}{path}", app.address())).body(file);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// What a run did: total, done, created, updated, unchanged, rejected.
fn counts(run: &Value) -> [i64; 6] {
    assert_eq!(run["state"], "SUCCEEDED", "{run:#}");
    ["total", "done", "created", "updated", "unchanged", "rejected"].map(|count| run[count].as_i64().unwrap())
}

fn packed(plain: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(plain).unwrap();
    packer.finish().unwrap()
}
