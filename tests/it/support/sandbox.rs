//! A sandbox in this process, and a client of its control API.
//!
//! Used by the contract tests directly and by `TestApp`, which points the platforms' addresses at
//! it. Knows the control API as `docs/sandbox.md` describes it and nothing of the adapters.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use fidelidade::platform::Kind;
use fidelidade::platform::registry::PlatformSettings;
use fidelidade::sandbox::{self, RunningSandbox, SandboxConfig};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::truth::{CouponCount, TrueOrder, Truth};

/// A sandbox that serves until it is dropped.
pub(crate) struct Sandbox {
    running: RunningSandbox,
    http: reqwest::Client,
}

/// The instant at which a sandbox starts unless it is told otherwise.
pub(crate) fn start_of_time() -> DateTime<Utc> {
    "2026-03-01T15:00:00Z".parse().unwrap()
}

/// A platform's name in the control API.
fn slug(kind: Kind) -> String {
    kind.as_str().replace('_', "-")
}

impl Sandbox {
    /// A sandbox on a fixed clock that takes any number of requests.
    pub(crate) async fn start() -> Self {
        let sandbox = Self::start_with(SandboxConfig::at(start_of_time())).await;
        sandbox.faults(json!({ "rate_limit": "off" })).await;
        sandbox
    }

    /// A sandbox with the platforms' own limits.
    pub(crate) async fn start_with(config: SandboxConfig) -> Self {
        // The second test of a process finds the provider installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let running = sandbox::start(config, listener).await;
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .no_proxy()
            .build()
            .unwrap();
        Self { running, http }
    }

    /// The address of everything that it serves, without a path.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.running.address)
    }

    /// Settings whose platforms all live here, reached through `origin`, asked as fast as they answer.
    pub(crate) fn settings_through(&self, origin: &str) -> PlatformSettings {
        let moved = |url: &str| url.replace(&self.origin(), origin);
        let mut settings = PlatformSettings::default();
        let (magazord, loja_integrada) = (&mut settings.magazord, &mut settings.loja_integrada);
        settings.jet.base_url = moved(&self.running.jet_url);
        settings.jet.adm_url = moved(&self.running.jet_adm_url);
        (settings.jet.per_minute, settings.jet.burst, settings.jet.page_size) = (60_000, 1_000, 13);
        magazord.base_url = moved(&self.running.magazord_url);
        loja_integrada.base_url = moved(&self.running.loja_integrada_url);
        (magazord.per_minute, loja_integrada.per_minute) = (60_000, 60_000);
        (magazord.burst, loja_integrada.burst) = (1_000, 1_000);
        settings.bis2bis.base_url = moved(&self.running.bis2bis_url);
        (settings.bis2bis.per_minute, settings.bis2bis.burst) = (60_000, 1_000);
        settings.bis2bis.page_size = 13;
        settings.tiny.base_url = moved(&self.running.tiny_url);
        (settings.tiny.per_minute, settings.tiny.burst) = (60_000, 1_000);
        settings.tiny.heed_told_limit = false;
        let tiny_v3 = &mut settings.tiny_v3;
        tiny_v3.base_url = moved(&self.running.tiny_v3_url);
        tiny_v3.authorize_url = format!("{}/auth", moved(&self.running.tiny_v3_accounts_url));
        tiny_v3.token_url = format!("{}/token", moved(&self.running.tiny_v3_accounts_url));
        (tiny_v3.per_minute, tiny_v3.burst) = (60_000, 1_000);
        (tiny_v3.page_size, tiny_v3.contacts_page_size) = (13, 7);
        tiny_v3.heed_told_limit = false;
        let bling = &mut settings.bling;
        bling.base_url = moved(&self.running.bling_url);
        bling.authorize_url = format!("{}/oauth/authorize", bling.base_url);
        bling.token_url = format!("{}/oauth/token", bling.base_url);
        (bling.per_minute, bling.burst, bling.page_size) = (60_000, 1_000, 13);
        // Small pages, so that every list has several.
        (magazord.page_size, loja_integrada.page_size) = (13, 13);
        settings
    }

    /// The program's settings that lead here, by their full names, with values in TOML.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let urls = [
            ("magazord", &self.running.magazord_url),
            ("loja_integrada", &self.running.loja_integrada_url),
            ("jet", &self.running.jet_url),
            ("bis2bis", &self.running.bis2bis_url),
            ("tiny", &self.running.tiny_url),
            ("tiny_v3", &self.running.tiny_v3_url),
            ("bling", &self.running.bling_url),
        ];
        let settings = urls.into_iter().flat_map(|(platform, url)| {
            let values = [
                ("base_url", format!("'{url}'")),
                ("per_minute", "60000".into()),
                ("burst", "1000".into()),
            ];
            values.map(|(key, value)| (format!("platforms.{platform}.{key}"), value))
        });
        let legacy = format!("'{}'", self.running.jet_adm_url);
        let consent = ["authorize", "token"].map(|what| {
            let url = format!("'{}/oauth/{what}'", self.running.bling_url);
            (format!("platforms.bling.{what}_url"), url)
        });
        let accounts = [("authorize", "auth"), ("token", "token")].map(|(what, path)| {
            let url = format!("'{}/{path}'", self.running.tiny_v3_accounts_url);
            (format!("platforms.tiny_v3.{what}_url"), url)
        });
        let others = [
            ("platforms.jet.adm_url".to_owned(), legacy),
            ("platforms.tiny.heed_told_limit".to_owned(), "false".to_owned()),
            ("platforms.tiny_v3.heed_told_limit".to_owned(), "false".to_owned()),
        ];
        settings.chain(others).chain(consent).chain(accounts).collect()
    }

    /// A call of the control API that has to succeed.
    pub(crate) async fn control(&self, method: Method, path: &str, body: &Value) -> Value {
        let (status, told) = self.ask(method, path, body).await;
        assert!(
            (200..300).contains(&status),
            "the sandbox answers {status} on {path}: {told}"
        );
        told
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let request = self
            .http
            .request(method.clone(), format!("{}{path}", self.running.control_url));
        let request = if method == Method::GET {
            request
        } else {
            request.json(body)
        };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (
            status,
            serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default(),
        )
    }

    async fn tell(&self, path: &str) -> Value {
        self.control(Method::GET, path, &Value::Null).await
    }

    /// What is true of a platform.
    pub(crate) async fn truth(&self, kind: Kind) -> Truth {
        serde_json::from_value(self.tell(&format!("/truth/{}", slug(kind))).await).unwrap()
    }

    /// What became of each coupon code, by the code in capitals.
    pub(crate) async fn coupons(&self, kind: Kind) -> BTreeMap<String, CouponCount> {
        let mut told = self.tell(&format!("/coupons/{}", slug(kind))).await;
        let counts: Vec<CouponCount> = serde_json::from_value(told["coupons"].take()).unwrap();
        counts.into_iter().map(|count| (count.code.clone(), count)).collect()
    }

    /// How often a code's creation was asked for, and how many coupons there are of it.
    pub(crate) async fn coupon_count(&self, kind: Kind, code: &str) -> (u32, u32) {
        let counts = self.coupons(kind).await;
        counts
            .get(&code.to_uppercase())
            .map_or((0, 0), |count| (count.posts, count.created))
    }

    /// Deletes a coupon, as somebody does in the shop's panel.
    pub(crate) async fn delete_coupon(&self, kind: Kind, code: &str) {
        let path = format!("/coupons/{}/{code}", slug(kind));
        self.control(Method::DELETE, &path, &Value::Null).await;
    }

    /// Changes a coupon by hand, as somebody does in the shop's panel.
    pub(crate) async fn edit_coupon(&self, kind: Kind, code: &str, edit: &Value) {
        let path = format!("/coupons/{}/{code}", slug(kind));
        self.control(Method::PATCH, &path, edit).await;
    }

    /// What the sandbox knows of each coupon, whoever made it.
    pub(crate) async fn coupons_made(&self, kind: Kind) -> Vec<Value> {
        let told = self.tell(&format!("/coupons/{}", slug(kind))).await;
        let codes = told["coupons"].as_array().unwrap().iter();
        codes
            .flat_map(|code| code["coupons"].as_array().unwrap().clone())
            .collect()
    }

    /// Changes an order so that no list of changes tells.
    pub(crate) async fn edit_order(&self, kind: Kind, number: &str, edit: &Value) -> TrueOrder {
        let path = format!("/orders/{}/{number}", slug(kind));
        serde_json::from_value(self.control(Method::PATCH, &path, edit).await).unwrap()
    }

    /// Takes an order away.
    pub(crate) async fn delete_order(&self, kind: Kind, number: &str) -> TrueOrder {
        let path = format!("/orders/{}/{number}", slug(kind));
        serde_json::from_value(self.control(Method::DELETE, &path, &Value::Null).await).unwrap()
    }

    /// Changes what goes wrong; what is not named stays.
    pub(crate) async fn faults(&self, faults: Value) {
        self.control(Method::PATCH, "/faults", &faults).await;
    }

    /// Plays these readings of a platform, and the defaults of all others.
    pub(crate) async fn switches(&self, kind: Kind, switches: &Value) {
        self.control(Method::PUT, &format!("/switches/{}", slug(kind)), switches)
            .await;
    }

    /// The readings that a platform is played with.
    pub(crate) async fn readings(&self, kind: Kind) -> Value {
        self.tell(&format!("/switches/{}", slug(kind))).await
    }

    /// Every value of every switch of a platform but those in force. The sandbox lists them when it is
    /// given one that it does not know.
    pub(crate) async fn other_readings(&self, kind: Kind) -> Vec<Value> {
        let path = format!("/switches/{}", slug(kind));
        let mut others = Vec::new();
        for (switch, now) in self.tell(&path).await.as_object().unwrap() {
            let (status, told) = self.ask(Method::PATCH, &path, &json!({ switch: "?" })).await;
            assert_eq!(status, 400, "{switch}: {told}");
            let text = told["error"].as_str().unwrap();
            let expected = text.split_once("expected").unwrap_or_default().1;
            let mut values: Vec<Value> = expected.split('`').skip(1).step_by(2).map(Value::from).collect();
            if now.is_boolean() {
                values = vec![false.into(), true.into()];
            }
            others.extend(
                values
                    .into_iter()
                    .filter(|value| value != now)
                    .map(|value| json!({ switch: value })),
            );
        }
        others
    }

    /// What was counted about a platform.
    pub(crate) async fn stats(&self, kind: Kind) -> Value {
        self.tell("/stats").await[slug(kind)].take()
    }

    /// Moves the clock forward, and returns what it shows then.
    pub(crate) async fn advance(&self, by: chrono::TimeDelta) -> DateTime<Utc> {
        let mut told = self
            .control(Method::POST, "/clock", &json!({ "advance_seconds": by.num_seconds() }))
            .await;
        serde_json::from_value(told["now"].take()).unwrap()
    }

    /// Places an order; see `docs/sandbox.md` for the body.
    pub(crate) async fn place_order(&self, kind: Kind, body: &Value) -> TrueOrder {
        let told = self
            .control(Method::POST, &format!("/orders/{}", slug(kind)), body)
            .await;
        serde_json::from_value(told).unwrap()
    }

    /// Moves an order to a status, the platform's own code.
    pub(crate) async fn set_status(&self, kind: Kind, number: &str, status: &str) -> TrueOrder {
        let path = format!("/orders/{}/{number}/status", slug(kind));
        let told = self.control(Method::POST, &path, &json!({ "status": status })).await;
        serde_json::from_value(told).unwrap()
    }

    /// Gives a part of an order's money back.
    pub(crate) async fn refund(&self, kind: Kind, number: &str, cents: i64) -> TrueOrder {
        let path = format!("/orders/{}/{number}/refund", slug(kind));
        let told = self.control(Method::POST, &path, &json!({ "cents": cents })).await;
        serde_json::from_value(told).unwrap()
    }

    /// Lets the shop forget a customer.
    pub(crate) async fn forget(&self, kind: Kind, customer: u64) {
        let path = format!("/customers/{}/{customer}/forget", slug(kind));
        let (status, told) = self.ask(Method::POST, &path, &json!({})).await;
        assert_eq!(status, 204, "{told}");
    }

    /// Uses a coupon at the shop's checkout: the order that carries it, or why it is refused.
    pub(crate) async fn checkout(&self, kind: Kind, body: &Value) -> Result<TrueOrder, String> {
        match self.ask(Method::POST, &format!("/checkout/{}", slug(kind)), body).await {
            (200, told) => Ok(serde_json::from_value(told).unwrap()),
            (422, told) => Err(told["error"].as_str().unwrap_or_default().to_owned()),
            (status, told) => panic!("the checkout answers {status}: {told}"),
        }
    }
}
