//! A client of server-sent events, as a browser is one: it knows the id that it had last.

use std::pin::Pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use serde_json::{Value, json};

/// How long an event may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open stream.
pub(crate) struct Events {
    bytes: Pin<Box<dyn Stream<Item = Vec<u8>> + Send>>,
    text: String,
    /// The id of the last event.
    pub(crate) last_id: Option<String>,
}

impl Events {
    /// Subscribes at an address, after the event that one had last.
    pub(crate) async fn open(address: &str, token: &str, query: &str, variables: Value, last_id: Option<&str>) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let body = json!({ "query": query, "variables": variables });
        let mut request = client.post(format!("http://{address}/graphql")).json(&body);
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        let request = request.header("accept", "text/event-stream").bearer_auth(token);
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        let bytes = response
            .bytes_stream()
            .map(|piece| piece.map(|bytes| bytes.to_vec()).unwrap_or_default());
        Self {
            bytes: Box::pin(bytes),
            text: String::new(),
            last_id: last_id.map(str::to_owned),
        }
    }

    /// The next answer; none at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        let next = tokio::time::timeout(PATIENCE, self.read()).await;
        next.unwrap_or_else(|_| panic!("nothing is told within {PATIENCE:?}"))
    }

    /// The next answer, if it comes within a while.
    pub(crate) async fn within(&mut self, patience: Duration) -> Option<Value> {
        tokio::time::timeout(patience, self.read()).await.ok().flatten()
    }

    async fn read(&mut self) -> Option<Value> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    let mut lines = event.lines();
                    lines
                        .find_map(|line| line.strip_prefix(name))
                        .map(|value| value.trim().to_owned())
                };
                if let Some(id) = field("id:") {
                    self.last_id = Some(id);
                }
                match field("event:").as_deref() {
                    Some("next") => return Some(serde_json::from_str(&field("data:").unwrap()).unwrap()),
                    Some("complete") => return None,
                    // A comment that keeps the connection open.
                    _ => {}
                }
            }
            match self.bytes.next().await {
                Some(piece) => self.text += std::str::from_utf8(&piece).unwrap(),
                None => return None,
            }
        }
    }
}
