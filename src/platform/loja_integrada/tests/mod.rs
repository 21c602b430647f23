//! The adapter against a few hand-written routes on loopback.
#![expect(clippy::unwrap_used, reason = "a failed set-up is a failed test")]

mod access;
mod coupons;
mod orders;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::LojaIntegrada;
use crate::platform::http::{AccountKey, Api, Auth, Client, HttpSettings, Limits, LocalPacer, RetryPolicy};
use crate::platform::registry::LojaIntegradaSettings;
use crate::platform::{Window, WindowKind};

/// A request as the platform saw it.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    method: Method,
    /// Path and query.
    target: String,
    body: Value,
}

/// Answers by method and path, in turn; the last answer of a route repeats.
#[derive(Default)]
struct Routes {
    answers: Vec<(String, VecDeque<Reply>)>,
    seen: Vec<Seen>,
}

#[derive(Debug, Clone)]
struct Reply(u16, Option<&'static str>, String);

type Shared = Arc<Mutex<Routes>>;

/// A shop under test: its adapter, and what it was asked.
struct Shop {
    platform: LojaIntegrada,
    routes: Shared,
}

impl Shop {
    async fn open() -> Self {
        let routes = Shared::default();
        let app = Router::new().fallback(answer).with_state(Arc::clone(&routes));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let pause = Duration::from_millis(1);
        let retry = RetryPolicy {
            max_tries: 2,
            base: pause,
            cap: pause,
            patience: pause,
        };
        let settings = HttpSettings {
            allow_private: true,
            retry,
            ..HttpSettings::default()
        };
        let api = Api::new(
            Client::new(settings).unwrap(),
            Arc::new(LocalPacer::default()),
            AccountKey("test".to_owned()),
            Limits {
                per_minute: 60_000,
                burst: 1000,
                concurrency: 2,
            },
            base,
            Auth::Header(SecretString::from("Basic token")),
        );
        Self {
            platform: LojaIntegrada::new(api, LojaIntegradaSettings::default()),
            routes,
        }
    }

    fn on(&self, route: &str, status: u16, body: &(impl ToString + ?Sized)) -> &Self {
        self.reply(route, Reply(status, None, body.to_string()))
    }

    fn reply(&self, route: &str, reply: Reply) -> &Self {
        let mut routes = self.routes.lock().unwrap();
        match routes.answers.iter_mut().find(|(known, _)| known == route) {
            Some((_, replies)) => replies.push_back(reply),
            None => routes.answers.push((route.to_owned(), VecDeque::from([reply]))),
        }
        drop(routes);
        self
    }

    fn seen(&self) -> Vec<Seen> {
        self.routes.lock().unwrap().seen.clone()
    }

    fn targets(&self) -> Vec<String> {
        self.seen()
            .into_iter()
            .map(|seen| format!("{} {}", seen.method, seen.target))
            .collect()
    }
}

async fn answer(State(routes): State<Shared>, method: Method, uri: Uri, body: Bytes) -> Response {
    let mut routes = routes.lock().unwrap();
    let route = format!("{method} {}", uri.path());
    let body = serde_json::from_slice(&body).unwrap_or_default();
    routes.seen.push(Seen {
        method,
        target: uri.to_string(),
        body,
    });
    let Some((_, replies)) = routes.answers.iter_mut().find(|(known, _)| *known == route) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Reply(status, location, body) = if replies.len() > 1 {
        replies.pop_front().unwrap()
    } else {
        replies[0].clone()
    };
    let status = StatusCode::from_u16(status).unwrap();
    match location {
        Some(location) => (status, [(header::LOCATION, location)], body).into_response(),
        None => (status, body).into_response(),
    }
}

fn list(rows: &[Value], next: Option<&str>) -> Value {
    json!({"meta": {"limit": 50, "next": next, "offset": 0, "previous": null, "total_count": rows.len()}, "objects": rows})
}

fn window(by: WindowKind) -> Window {
    Window {
        since: "2026-11-01T13:00:00Z".parse().unwrap(),
        by,
    }
}
