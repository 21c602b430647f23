//! A proxy before the sandbox that spoils answers: rows that no platform should send, and some do.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::Value;

/// Changes an answer to a request for `path`: JSON, or a text where it is none.
type Spoil = Arc<dyn Fn(&str, &mut Value) + Send + Sync>;

/// A proxy that serves until the test's runtime ends.
pub(crate) struct Proxy {
    /// Its address, without a path.
    pub(crate) origin: String,
}

impl Proxy {
    /// A proxy before `target` (an address without a path) that changes answers.
    pub(crate) async fn start(target: String, spoil: impl Fn(&str, &mut Value) + Send + Sync + 'static) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let state = (client, target, Arc::new(spoil) as Spoil);
        let router = Router::new().fallback(forward).with_state(state);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { origin }
    }
}

async fn forward(
    State((client, target, spoil)): State<(reqwest::Client, String, Spoil)>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut headers = parts.headers;
    headers.remove("host");
    headers.remove("accept-encoding");
    let address = format!("{target}{}", parts.uri);
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let answer = client
        .request(parts.method, address)
        .headers(headers)
        .body(body)
        .send()
        .await
        .unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    let text = if let Ok(mut value) = serde_json::from_str::<Value>(&text) {
        spoil(parts.uri.path(), &mut value);
        value.to_string()
    } else {
        let mut value = Value::String(text);
        spoil(parts.uri.path(), &mut value);
        value.as_str().unwrap_or_default().to_owned()
    };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}
