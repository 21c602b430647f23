//! The door for tills, over real HTTP: what is registered through it, what a repetition does, who is let in, and in
//! which words it refuses.

mod changes;
mod customers;
mod described;
mod limits;
mod redemptions;
mod register;
mod rewards;
mod rights;

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::actor::Actor;
use super::sales;
use crate::support::app::TestApp;
use crate::support::merchant::text;

const EMAIL: &str = "dona@loja-exemplo.invalid";

/// A till with its token.
struct Till<'a> {
    app: &'a TestApp,
    owner: Actor<'a>,
    store: String,
    source: String,
    token: String,
    http: reqwest::Client,
}

/// An answer: status, headers, body.
type Answer = (u16, HeaderMap, Value);

impl<'a> Till<'a> {
    /// A till that may register sales, see balances and redeem with codes.
    async fn open(app: &'a TestApp) -> Self {
        let owner = Actor::user(app, EMAIL).await;
        let store = owner.create_store("Loja").await;
        let source = owner.source(&store, "Caixa").await;
        let scopes = [
            "orders:write",
            "customers:read",
            "customers:write",
            "redemptions:with_code",
        ];
        let token = token(&owner, &store, &scopes).await;
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            app,
            owner,
            store,
            source,
            token,
            http,
        }
    }

    /// Asks for something as it is.
    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let address = format!("http://{}/api/v1{path}", self.app.address());
        let mut request = self.http.request(method, address).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{path}: {status} {text}"));
        (status, headers, body)
    }

    /// Asks for something of the source, with the till's token and a key.
    async fn send(&self, method: Method, path: &str, key: &str, body: &Value) -> Answer {
        let mut body = body.clone();
        body["source"] = json!(self.source);
        let bearer = format!("Bearer {}", self.token);
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        self.ask(method, path, &headers, body.to_string()).await
    }

    /// Posts something: status and body.
    async fn post(&self, path: &str, key: &str, body: &Value) -> (u16, Value) {
        let (status, headers, body) = self.send(Method::POST, path, key, body).await;
        assert_eq!(headers["cache-control"], "no-store");
        (status, body)
    }

    /// Gets something: status and body.
    async fn get(&self, path: &str) -> (u16, Value) {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("authorization", bearer.as_str())];
        let (status, headers, body) = self.ask(Method::GET, path, &headers, String::new()).await;
        assert_eq!(headers["cache-control"], "no-store");
        (status, body)
    }

    /// The points that can be spent of whoever has a document.
    async fn available(&self, document: &str) -> Value {
        let (status, body) = self.post("/balances", "", &json!({ "document": document })).await;
        assert_eq!(status, 200, "{body}");
        body["available"].clone()
    }
}

async fn token(owner: &Actor<'_>, store: &str, scopes: &[&str]) -> String {
    let input = json!({ "storeId": store, "name": scopes.join(" "), "scopes": scopes });
    text(&owner.must("createApiToken", "secret", input).await["secret"])
}

/// A sale of R$ 100.00 to somebody, as it was an hour ago, in the words of this door.
fn sale(app: &TestApp, number: usize, status: &str) -> Value {
    let mut sale = sales::sale(app, number, status);
    sale["channel"] = json!("point_of_sale");
    sale
}

/// A problem without what differs from request to request.
fn problem((status, headers, mut body): Answer) -> (u16, Value) {
    assert_eq!(headers["content-type"], "application/problem+json", "{body}");
    let id = body.as_object_mut().unwrap().remove("requestId");
    assert_eq!(headers["x-request-id"].to_str().unwrap(), id.unwrap());
    assert_eq!(body["status"], status);
    (status, body)
}
