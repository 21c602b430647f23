//! Feed addresses: what is no product feed is said to be none, and what is one becomes rewards.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::api::actor::Actor;
use crate::api::seed;
use crate::support::app::{TestApp, eventually};
use crate::support::merchant::{list, text};

const CARS: &str = "<?xml version='1.0'?><listings><title>Carros</title><listing><vehicle_id>1</vehicle_id>
    <title>Fusca 1969</title><price>25000 BRL</price></listing></listings>";
const PAGE: &str = "<!DOCTYPE html><html><head><title>Loja</title></head><body>Em manutenção</body></html>";
const SITE_MAP: &str = "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url>
    <loc>https://www.loja-exemplo.com.br/</loc></url></urlset>";
const JSON: &str = r#"{ "error": "not found" }"#;

/// A feed of products at R$ 10.00, by their ids.
fn feed(skus: &[&str]) -> String {
    let mut items = String::new();
    for sku in skus {
        write!(
            items,
            "<item><g:id>{sku}</g:id><title>Produto {sku}</title><link>https://www.loja-exemplo.com.br/{sku}</link>
             <g:price>10.00 BRL</g:price><g:availability>in stock</g:availability></item>"
        )
        .unwrap();
    }
    format!(
        "<rss version='2.0' xmlns:g='http://base.google.com/ns/1.0'><channel><title>Loja</title>{items}</channel></rss>"
    )
}

/// A shop's server, whose feed can be changed.
struct Site {
    address: String,
    answer: Arc<Mutex<(StatusCode, String)>>,
}

impl Site {
    async fn start() -> Self {
        let answer = Arc::new(Mutex::new((StatusCode::OK, String::new())));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/feed.xml", listener.local_addr().unwrap());
        let served = Arc::clone(&answer);
        let router = Router::new().route("/feed.xml", get(move || async move { served.lock().unwrap().clone() }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, answer }
    }

    fn answers(&self, status: StatusCode, body: &str) {
        *self.answer.lock().unwrap() = (status, body.to_owned());
    }
}

/// A store whose feed is at an address.
struct Shop<'a> {
    merchant: Actor<'a>,
    store: String,
    integration: String,
}

impl<'a> Shop<'a> {
    async fn with_feed(app: &'a TestApp, address: &str) -> Self {
        let merchant = Actor::user(app, "dona@loja-exemplo.invalid").await;
        let store = merchant.create_store("Loja").await;
        let integration = seed::switched_off(app.app(), &store).await.id.to_string();
        let shop = Self {
            merchant,
            store,
            integration,
        };
        shop.set("feedUrl", json!(address)).await;
        shop
    }

    async fn set(&self, setting: &str, value: Value) {
        let version = self.merchant.version(&self.integration).await;
        let input = json!({ "id": self.integration, "version": version, setting: value });
        self.merchant
            .must("updateIntegration", "integration { id }", input)
            .await;
    }

    /// Reads the feed, and waits for the end.
    async fn read(&self) -> Value {
        let input = json!({ "integrationId": self.integration, "kind": "CATALOGUE" });
        let payload = self.merchant.must("startImport", "importRun { id }", input).await;
        let id = text(&payload["importRun"]["id"]);
        eventually("the end of the import", Duration::from_secs(30), async || {
            let run = self.merchant.run(&id).await;
            (run["state"] != "QUEUED" && run["state"] != "RUNNING").then_some(run)
        })
        .await
    }

    /// Reads a feed that cannot be used, and gives the code and the message.
    async fn refusal(&self) -> (String, String) {
        let run = self.read().await;
        assert_eq!(run["state"], "FAILED", "{run}");
        assert_eq!(self.offered().await, Vec::<String>::new());
        (text(&run["errorCode"]), text(&run["errorMessage"]))
    }

    /// The SKUs of the rewards on offer, sorted.
    async fn offered(&self) -> Vec<String> {
        let query =
            "query ($id: ID!) { store(id: $id) { rewards(first: 50, where: { active: true, kind: { eq: PRODUCT } }) {
            nodes { product { sku } } } } }";
        let told = self.merchant.ask(query, json!({ "id": self.store })).await;
        let mut skus: Vec<String> = list(&told["store"]["rewards"]["nodes"])
            .iter()
            .map(|node| text(&node["product"]["sku"]))
            .collect();
        skus.sort();
        skus
    }
}

#[tokio::test]
async fn what_is_no_product_feed_is_called_by_its_name() {
    let (app, site) = (TestApp::start().await, Site::start().await);
    let shop = Shop::with_feed(&app, &site.address).await;
    for (what, status, body, code, message) in [
        ("cars", StatusCode::OK, CARS, "NOT_A_PRODUCT_FEED", "vehicle"),
        (
            "a page",
            StatusCode::OK,
            PAGE,
            "NOT_A_PRODUCT_FEED",
            "found an HTML page",
        ),
        (
            "a site map",
            StatusCode::OK,
            SITE_MAP,
            "NOT_A_PRODUCT_FEED",
            "found a sitemap",
        ),
        ("JSON", StatusCode::OK, JSON, "NOT_A_PRODUCT_FEED", "JSON"),
        (
            "nothing",
            StatusCode::OK,
            "",
            "NOT_A_PRODUCT_FEED",
            "this is not a product feed",
        ),
        (
            "a page that is not there",
            StatusCode::NOT_FOUND,
            PAGE,
            "FEED_UNAVAILABLE",
            "404",
        ),
        (
            "a closed door",
            StatusCode::FORBIDDEN,
            PAGE,
            "FEED_UNAVAILABLE",
            "check it in a browser",
        ),
    ] {
        site.answers(status, body);
        let told = shop.refusal().await;
        assert!(told.0 == code && told.1.contains(message), "{what}: {told:?}");
    }
}

#[tokio::test]
async fn addresses_in_private_networks_are_refused() {
    let app = TestApp::builder().set("outbound.allow_private", "false").start().await;
    let site = Site::start().await;
    site.answers(StatusCode::OK, &feed(&["A"]));
    let shop = Shop::with_feed(&app, &site.address).await;
    for (address, message) in [
        ("http://127.0.0.1/feed.xml", "private"),
        ("http://localhost:8080/feed.xml", "private"),
        ("http://[::1]/feed.xml", "private"),
        ("http://[::ffff:10.0.0.1]/feed.xml", "private"),
        ("http://169.254.169.254/latest/meta-data", "private"),
        ("http://10.0.0.1/feed.xml", "private"),
        (&site.address, "use 80, 443, 8080 or 8443"),
    ] {
        shop.set("feedUrl", json!(address)).await;
        let told = shop.refusal().await;
        assert!(
            told.0 == "FEED_UNAVAILABLE" && told.1.contains(message),
            "{address}: {told:?}"
        );
    }
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_said_to() {
    let app = TestApp::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = format!("http://{}/feed.xml", listener.local_addr().unwrap());
    drop(listener);
    let shop = Shop::with_feed(&app, &nowhere).await;
    let told = shop.refusal().await;
    assert!(told.0 == "FEED_UNAVAILABLE" && told.1.contains("127.0.0.1"), "{told:?}");
}

#[tokio::test]
async fn products_become_rewards_and_go_with_their_products() {
    let (app, site) = (TestApp::start().await, Site::start().await);
    let shop = Shop::with_feed(&app, &site.address).await;
    site.answers(StatusCode::OK, &feed(&["A", "B", "C"]));
    let run = shop.read().await;
    assert_eq!(
        (&run["state"], &run["created"], &run["rejected"]),
        (&json!("SUCCEEDED"), &json!(3), &json!(0)),
        "{run}"
    );
    assert_eq!(shop.offered().await, ["A", "B", "C"]);

    // Only what the merchant allows.
    shop.set("rewardSkus", json!(["B", "C", "unknown"])).await;
    let run = shop.read().await;
    assert_eq!((&run["unchanged"], &run["updated"]), (&json!(3), &json!(0)), "{run}");
    assert_eq!(shop.offered().await, ["B", "C"]);
    shop.set("rewardSkus", json!([])).await;

    // The feed goes on without a product, and later with it.
    site.answers(StatusCode::OK, &feed(&["A", "C", "D"]));
    assert_eq!(shop.read().await["created"], 1);
    assert_eq!(shop.offered().await, ["A", "C", "D"]);
    site.answers(StatusCode::OK, &feed(&["B"]));
    shop.read().await;
    assert_eq!(shop.offered().await, ["B"]);

    // What is broken takes nothing away.
    site.answers(StatusCode::OK, PAGE);
    assert_eq!(shop.read().await["state"], "FAILED");
    let whole = feed(&["A", "B", "C", "D"]);
    site.answers(StatusCode::OK, whole.split("Produto C").next().unwrap());
    shop.read().await;
    assert_eq!(
        shop.offered().await,
        ["A", "B"],
        "what a feed lacks that was cut short may only be missing today"
    );
}

#[tokio::test]
async fn a_product_costs_what_the_merchant_says() {
    let (app, site) = (TestApp::start().await, Site::start().await);
    let shop = Shop::with_feed(&app, &site.address).await;
    site.answers(StatusCode::OK, &feed(&["A"]));
    for (rate, points) in [(100, 10), (2_000, 200), (1, 1)] {
        shop.set("rewardPointsPerHundred", json!(rate)).await;
        shop.read().await;
        let query = "query ($id: ID!) { store(id: $id) { rewards(first: 1) { nodes { points kind amount { amount } minimumOrder { amount } } } } }";
        let told = shop.merchant.ask(query, json!({ "id": shop.store })).await;
        let expected = json!({ "points": points, "kind": "PRODUCT", "amount": { "amount": "10.00" }, "minimumOrder": { "amount": "10.00" } });
        assert_eq!(
            told["store"]["rewards"]["nodes"][0], expected,
            "at {rate} points for 100.00"
        );
    }
}
