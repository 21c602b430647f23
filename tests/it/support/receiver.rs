//! A partner's address: a real HTTP server that keeps what it was sent, and answers as it is told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;

use super::app::eventually;

/// How long a delivery may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// What was sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) headers: HeaderMap,
    pub(crate) raw: String,
    pub(crate) body: Value,
}

impl Sent {
    /// The delivery's id.
    pub(crate) fn id(&self) -> String {
        self.headers["webhook-id"].to_str().unwrap().to_owned()
    }
}

#[derive(Clone, Default)]
struct Shared {
    sent: Arc<Mutex<Vec<Sent>>>,
    answers: Arc<Mutex<VecDeque<(u16, Duration)>>>,
    /// The status of answers about which nothing was said; none: 200.
    usual: Arc<Mutex<Option<u16>>>,
}

/// The server; it ends with the test.
pub(crate) struct Receiver {
    pub(crate) url: String,
    shared: Shared,
}

impl Receiver {
    /// Starts one that takes everything.
    pub(crate) async fn start() -> Self {
        let shared = Shared::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/fidelidade", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/fidelidade", post(take))
            .with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared }
    }

    /// Answers the next requests with these statuses, each after a while.
    pub(crate) fn answer(&self, answers: &[(u16, u64)]) {
        let answers = answers.iter().map(|(status, ms)| (*status, Duration::from_millis(*ms)));
        self.shared.answers.lock().unwrap().extend(answers);
    }

    /// Answers everything else with this status.
    pub(crate) fn answer_always(&self, status: u16) {
        *self.shared.usual.lock().unwrap() = Some(status);
    }

    /// What was sent so far.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.shared.sent.lock().unwrap().clone()
    }

    /// Waits until so much was sent.
    pub(crate) async fn until(&self, count: usize) -> Vec<Sent> {
        eventually("a delivery", PATIENCE, async || {
            let sent = self.sent();
            (sent.len() >= count).then_some(sent)
        })
        .await
    }
}

async fn take(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let raw = String::from_utf8(body.to_vec()).unwrap();
    let body = serde_json::from_str(&raw).unwrap();
    shared.sent.lock().unwrap().push(Sent { headers, raw, body });
    let answer = shared.answers.lock().unwrap().pop_front();
    let usual = shared.usual.lock().unwrap().unwrap_or(200);
    let (status, after) = answer.unwrap_or((usual, Duration::ZERO));
    tokio::time::sleep(after).await;
    (StatusCode::from_u16(status).unwrap(), format!("answered {status}"))
}
