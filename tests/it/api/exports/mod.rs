//! Lists written to files: what is in them, of which moment they are, who gets them, and for how long.

mod addresses;
mod content;
mod lists;
mod moment;
mod size;
mod upkeep;

use std::io::Read as _;

use fidelidade::service::export::{self, Written};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::actor::Actor;
use crate::support::app::TestApp;
use crate::support::merchant::text;

const EMAIL: &str = "dona@loja-exemplo.invalid";

/// The selection of a mutation on an export.
const RUN: &str = "exportRun { id state done total url list format columns cancelRequested }";

/// An export as it is now.
async fn run(who: &Actor<'_>, id: &str) -> Value {
    let query = "query ($id: ID!) { node(id: $id) { ... on ExportRun { id state done total bytes url actorId
        cancelRequested createdAt startedAt finishedAt expiresAt errorMessage store { id } } } }";
    who.ask(query, json!({ "id": id })).await["node"].take()
}

/// Starts an export and gives its id. The key is made of what is asked for.
async fn start(who: &Actor<'_>, name: &str, mut input: Value) -> String {
    input["idempotencyKey"] = json!(format!("{:x}", number_of(&format!("{name} {input}"))));
    text(&who.must(name, RUN, input).await["exportRun"]["id"])
}

/// A number that tells texts apart.
fn number_of(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Has a worker that is not there write the file.
async fn written(app: &TestApp, id: &str) {
    let id = id.parse().unwrap();
    assert_eq!(export::write(app.app(), id, "a test").await.unwrap(), Written::Ended);
}

/// Starts an export, has it written, and gives its text.
async fn exported(who: &Actor<'_>, name: &str, input: Value) -> String {
    let id = start(who, name, input).await;
    written(who.app, &id).await;
    let done = run(who, &id).await;
    assert_eq!(done["state"], "SUCCEEDED");
    fetch(who.app, &text(&done["url"]), &[]).await.2
}

/// An answer at an address: status, headers, and the text, which is unpacked where it came packed.
async fn fetch(app: &TestApp, url: &str, headers: &[(&str, &str)]) -> (u16, HeaderMap, String) {
    let client = reqwest::Client::builder().no_proxy().no_gzip().build().unwrap();
    let mut request = client.get(format!("http://{}{url}", app.address()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let bytes = answer.bytes().await.unwrap().to_vec();
    let mut plain = String::new();
    if headers.get("content-encoding").is_some_and(|coding| coding == "gzip") {
        assert_eq!(headers["content-length"], bytes.len().to_string().as_str());
        let mut unpacker = flate2::bufread::GzDecoder::new(&bytes[..]);
        unpacker.read_to_string(&mut plain).unwrap();
        // One stream and nothing after it: many clients understand no more.
        assert!(unpacker.into_inner().is_empty());
    } else {
        plain = String::from_utf8(bytes).unwrap();
    }
    (status, headers, plain)
}
