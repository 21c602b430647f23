//! Rates of categories in imitated shops: one tells the categories of what it sold, the other leaves them
//! to its feed.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::merchant::{Merchant, cents, list, number, text};
use crate::support::shop::{self, Shop};

#[tokio::test]
async fn magazord() {
    sold_by_category(&shop::MAGAZORD).await;
}

#[tokio::test]
async fn loja_integrada() {
    sold_by_category(&shop::LOJA_INTEGRADA).await;
}

/// Points for a hundred reais of a category.
fn rate(category: &str) -> i64 {
    match category {
        "Vestuário > Camisetas" => 350,
        category if category.starts_with("Vestuário") => 200,
        category if category.starts_with("Casa") => 0,
        _ => 100,
    }
}

async fn sold_by_category(shop: &'static Shop) {
    let app = TestApp::start().await;
    let merchant = Merchant::of(&app).await;
    let (store, connected) = merchant.connect(shop).await;
    merchant.fill_in(shop, &connected, 60).await;
    let slug = shop.kind.as_str().replace('_', "-");
    let feed = format!("{}/_sandbox/feed/{slug}", app.sandbox.origin());
    let input = json!({ "id": store.integration, "version": 2, "feedUrl": feed });
    merchant.must("updateIntegration", "integration { id }", input).await;
    let rates = json!([
        { "category": "vestuario", "pointsPerReal": "2" }, { "category": "Vestuário>Camisetas", "pointsPerReal": "3.5" },
        { "category": "Casa", "pointsPerReal": "0" }, { "category": "Nada", "pointsPerReal": "900" },
    ]);
    let input = json!({ "storeId": store.id, "version": 1, "pointsPerReal": "1", "categoryRates": rates });
    merchant.must("updateProgramme", "programme { version }", input).await;

    // The feed is read before any sale, so that these find their products in it.
    let input = json!({ "integrationId": store.integration, "kind": "CATALOGUE" });
    let run = merchant.must("startImport", "importRun { id }", input).await["importRun"]["id"].take();
    merchant.run_that(&store, "the feed", |found| found["id"] == run).await;
    merchant.activate(&store).await;
    merchant
        .run_that(&store, "the first import", |run| run["trigger"] == "ACTIVATION")
        .await;
    agree(shop, &app, &merchant, &store.id).await;

    // Some money of a sale is given back: the rest decides.
    let truth = app.sandbox.truth(shop.kind).await;
    let refunded = truth
        .orders
        .iter()
        .find(|order| shop.sold(order) && shop.worth(order, false) > 100)
        .unwrap();
    let path = format!("/orders/{slug}/{}/refund", refunded.number);
    app.sandbox
        .control(reqwest::Method::POST, &path, &json!({ "cents": 3_333 }))
        .await;
    merchant.import(&store).await;
    agree(shop, &app, &merchant, &store.id).await;
}

/// Compares every sale's categories with the shop's truth, and its points with what the lines give.
async fn agree(shop: &Shop, app: &TestApp, merchant: &Merchant, store: &str) {
    let truth = app.sandbox.truth(shop.kind).await;
    let query = "query ($id: ID!) { store(id: $id) { orders(first: 50) { nodes {
        number points lines { sku category total { amount } } } } } }";
    let found = merchant.ask(query, json!({ "id": store })).await["store"]["orders"].take();
    let orders = list(&found["nodes"]);
    assert!(orders.len() > 20, "{} sales", orders.len());
    let (mut given, mut plain) = (0, 0);
    for order in &orders {
        let known = truth.order(&text(&order["number"]));
        let told = |line: &Value| (text(&line["sku"]), text(&line["category"]));
        let lines: Vec<_> = list(&order["lines"]).iter().map(told).collect();
        let sold: Vec<_> = known
            .lines
            .iter()
            .map(|line| (line.sku.clone(), line.category.clone()))
            .collect();
        assert_eq!(lines, sold, "{order:#}");

        let paid = known.products_cents - known.discount_cents - known.store_credit_cents;
        let earns = shop.worth(known, false) > 0 || paid < 100;
        let (mut weighed, mut all) = (0, 0);
        for line in list(&order["lines"]) {
            let total = cents(&line["total"]);
            weighed += total * rate(&text(&line["category"]));
            all += total;
        }
        let points = if earns && all > 0 {
            paid * weighed / all / 10_000
        } else {
            0
        };
        assert_eq!(number(&order["points"]), points, "{order:#}\n{known:#?}");
        given += points;
        plain += shop.worth(known, false);
    }
    assert!(given > 0 && given != plain, "{given} and {plain}");
}
