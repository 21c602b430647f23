//! Drives the imitation over loopback, as a partner's program would.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod auth;
mod coupon_rules;
mod coupon_uses;
mod customers;
mod lists;
mod orders;
mod traffic;

use std::collections::BTreeMap;

use chrono::DateTime;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::{Faults, RunningSandbox, SandboxConfig, faults::RateLimit, start};

const TOKEN: &str = "Basic li-token-pessoal-exemplo";

/// An answer as it came off the wire.
struct Got {
    status: u16,
    location: Option<String>,
    retry_after: Option<String>,
    text: String,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    fn objects(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()["objects"].as_array().unwrap().clone()
    }

    /// 400 about this field.
    fn refuses(&self, field: &str) {
        assert_eq!(self.status, 400, "{}", self.text);
        assert!(self.json()[field][0].is_string(), "{field}: {}", self.text);
    }
}

/// A sandbox of its own and somebody to talk to it.
struct Stage {
    sandbox: RunningSandbox,
    client: reqwest::Client,
}

impl Stage {
    /// Without limits.
    async fn new() -> Self {
        Self::with(Faults {
            rate_limit: RateLimit::Off,
            ..Faults::default()
        })
        .await
    }

    async fn with(faults: Faults) -> Self {
        // A second provider in the same process is refused, and the first does as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox = start(
            SandboxConfig {
                faults,
                ..SandboxConfig::at(now)
            },
            listener,
        )
        .await;
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { sandbox, client }
    }

    async fn send(&self, method: Method, path: &str, authorization: Option<&str>, body: Option<Value>) -> Got {
        self.try_send(method, path, authorization, body).await.unwrap()
    }

    async fn try_send(
        &self,
        method: Method,
        path: &str,
        authorization: Option<&str>,
        body: Option<Value>,
    ) -> Result<Got, reqwest::Error> {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.sandbox.loja_integrada_url));
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        Ok(Got {
            status: response.status().as_u16(),
            location: header("location"),
            retry_after: header("retry-after"),
            text: response.text().await?,
        })
    }

    async fn get(&self, path: &str) -> Got {
        self.send(Method::GET, path, Some(TOKEN), None).await
    }

    async fn post(&self, path: &str, body: Value) -> Got {
        self.send(Method::POST, path, Some(TOKEN), Some(body)).await
    }

    async fn put(&self, path: &str, body: Value) -> Got {
        self.send(Method::PUT, path, Some(TOKEN), Some(body)).await
    }

    /// The control API: a read without a body, a change with one.
    async fn control(&self, path: &str, change: Option<(Method, Value)>) -> (u16, Value) {
        let url = format!("{}{path}", self.sandbox.control_url);
        let request = match change {
            None => self.client.get(url),
            Some((method, body)) => self.client.request(method, url).json(&body),
        };
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn switch(&self, switches: Value) {
        let (status, told) = self
            .control("/switches/loja-integrada", Some((Method::PUT, switches)))
            .await;
        assert_eq!(status, 200, "{told}");
    }

    async fn truth(&self) -> Value {
        self.control("/truth/loja-integrada", None).await.1
    }

    async fn place(&self, order: Value) -> Value {
        let (status, told) = self
            .control("/orders/loja-integrada", Some((Method::POST, order)))
            .await;
        assert_eq!(status, 200, "{told}");
        told
    }

    async fn check_out(&self, code: &str, customer: u64, cents: i64) -> (u16, Value) {
        let body =
            json!({ "coupon_code": code, "customer": customer, "products_cents": cents, "shipping_cents": 1500 });
        self.control("/checkout/loja-integrada", Some((Method::POST, body)))
            .await
    }

    /// Follows `meta.next` by its query until it ends or repeats itself.
    async fn walk(&self, path: &str) -> Vec<Value> {
        let (bare, mut address) = (path.split('?').next().unwrap().to_owned(), path.to_owned());
        let mut rows = Vec::new();
        loop {
            let got = self.get(&address).await;
            rows.extend(got.objects());
            let Some(next) = got.json()["meta"]["next"].as_str().map(str::to_owned) else {
                return rows;
            };
            assert!(next.starts_with("/api/v1/"), "{next}");
            let next = format!("{bare}?{}", next.split_once('?').unwrap().1);
            if next == address {
                return rows;
            }
            address = next;
        }
    }
}

/// The truth's orders by number.
fn by_number(truth: &Value) -> BTreeMap<u64, Value> {
    let orders = truth["orders"].as_array().unwrap();
    orders
        .iter()
        .map(|order| (order["number"].as_str().unwrap().parse().unwrap(), order.clone()))
        .collect()
}

fn numbers(rows: &[Value]) -> Vec<u64> {
    rows.iter().map(|row| row["numero"].as_u64().unwrap()).collect()
}

fn sorted(mut numbers: Vec<u64>) -> Vec<u64> {
    numbers.sort_unstable();
    numbers
}

/// Money off the wire, in cents; written without the imitation's own code.
fn cents(value: &Value) -> i64 {
    let text = value.as_str().unwrap();
    let (whole, part) = text.split_once('.').unwrap();
    assert!((2..=4).contains(&part.len()), "{text}");
    let part: i64 = format!("{part:0<4}").parse().unwrap();
    assert_eq!(part % 100, 0, "{text}");
    whole.parse::<i64>().unwrap() * 100 + part / 100
}

/// A date off the wire, as the truth writes it.
fn instant(value: &Value) -> String {
    let text = value.as_str().unwrap().replace(' ', "T");
    let text = if text.ends_with("-03:00") {
        text
    } else {
        format!("{text}-03:00")
    };
    let at: DateTime<chrono::Utc> = DateTime::parse_from_rfc3339(&text).unwrap().into();
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A body that creates a coupon.
fn reward(code: &str) -> Value {
    json!({
        "codigo": code,
        "descricao": "Resgate 5001",
        "tipo": "fixo",
        "valor": "20.00",
        "valor_minimo": "60.00",
        "quantidade": 1,
        "quantidade_por_cliente": 1,
        "validade": "2027-12-31T23:59:59",
        "ativo": true,
        "cumulativo": false,
        "aplicar_no_total": false,
        "condicao_cliente": "todos_clientes",
        "condicao_produto": "todos_produtos",
    })
}

/// The body with one field changed, or taken out with `null`.
fn but(mut body: Value, field: &str, value: Value) -> Value {
    let fields = body.as_object_mut().unwrap();
    if value.is_null() {
        fields.remove(field);
    } else {
        fields.insert(field.to_owned(), value);
    }
    body
}
