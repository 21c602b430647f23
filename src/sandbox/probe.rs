//! A small client for the sandbox's own tests: starts one on a free port and talks to it over the
//! loopback interface.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{Faults, RunningSandbox, SandboxConfig, credentials, faults::RateLimit};

pub(super) struct Probe {
    pub(super) sandbox: RunningSandbox,
    pub(super) http: Client,
}

/// The instant at which every test's sandbox starts.
pub(super) fn start_of_time() -> DateTime<Utc> {
    "2026-03-01T15:00:00Z".parse().unwrap()
}

/// The `Authorization` header of HTTP Basic.
pub(super) fn basic(token: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{token}:{password}")))
}

impl Probe {
    /// A sandbox without limits and faults.
    pub(super) async fn start() -> Self {
        let faults = Faults {
            rate_limit: RateLimit::Off,
            ..Faults::default()
        };
        Self::start_with(SandboxConfig {
            faults,
            ..SandboxConfig::at(start_of_time())
        })
        .await
    }

    pub(super) async fn start_with(config: SandboxConfig) -> Self {
        // The second test of a process finds the provider installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox = super::start(config, listener).await;
        let http = Client::builder()
            .timeout(Duration::from_secs(10))
            .no_proxy()
            .build()
            .unwrap();
        Self { sandbox, http }
    }

    pub(super) fn magazord_url(&self, path: &str) -> String {
        format!(
            "{}{path}",
            self.sandbox
                .magazord_url
                .replace("{alias}", credentials().magazord.alias)
        )
    }

    /// A call of Magazord with the good credential.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Response, reqwest::Error> {
        let known = credentials().magazord;
        let mut request = self.http.request(method, self.magazord_url(path));
        request = request.header("authorization", basic(known.token, known.password));
        match body {
            Some(body) => request.json(&body).send().await,
            None => request.send().await,
        }
    }

    /// Status and body of a GET; a body that is no JSON is null.
    pub(super) async fn get(&self, path: &str) -> (u16, Value) {
        told(self.call(Method::GET, path, None).await.unwrap()).await
    }

    /// The same of a POST.
    pub(super) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        told(self.call(Method::POST, path, Some(body)).await.unwrap()).await
    }

    /// The rows of a list that has to be there.
    pub(super) async fn rows(&self, path: &str) -> Vec<Value> {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body["data"]["items"]
            .as_array()
            .cloned()
            .unwrap_or_else(|| panic!("{path} has no items: {body}"))
    }

    /// A call of the control API.
    pub(super) async fn control(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}{path}", self.sandbox.control_url);
        let request = self.http.request(method.clone(), url);
        let request = if method == Method::GET {
            request
        } else {
            request.json(&body)
        };
        told(request.send().await.unwrap()).await
    }

    /// What the control API tells.
    pub(super) async fn told(&self, path: &str) -> Value {
        let (status, body) = self.control(Method::GET, path, Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// The truth about Magazord's orders.
    pub(super) async fn true_orders(&self) -> Vec<Value> {
        self.told("/truth/magazord").await["orders"]
            .as_array()
            .cloned()
            .unwrap()
    }

    /// Sets faults without a limit on requests.
    pub(super) async fn faults(&self, faults: Value) {
        let mut body = json!({ "rate_limit": "off" });
        for (name, value) in faults.as_object().unwrap() {
            body[name.as_str()] = value.clone();
        }
        let (status, told) = self.control(Method::PUT, "/faults", body).await;
        assert_eq!(status, 200, "{told}");
    }

    /// Sets Magazord's switches, the others being at their defaults.
    pub(super) async fn switches(&self, switches: Value) {
        let (status, told) = self.control(Method::PUT, "/switches/magazord", switches).await;
        assert_eq!(status, 200, "{told}");
    }
}

async fn told(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_default())
}
