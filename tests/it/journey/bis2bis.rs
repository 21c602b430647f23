//! A merchant's way with Bis2Bis, which makes no coupons: by Magento 2's door in a shop where much goes wrong, and by
//! Magento 1's. Sales give points, what is cancelled, given back or refunded takes them back, and the shop is never
//! asked for a coupon: codes of a pool take their place, and people.

use std::collections::BTreeSet;

use serde_json::json;

use super::without_coupons::redeem;
use super::{DAYS_BACK, SETTINGS, mails_agree};
use crate::support::agreement::{Known, instant};
use crate::support::app::TestApp;
use crate::support::merchant::{Merchant, Store, number};
use crate::support::shop;
use crate::support::stage::Stage;

#[tokio::test]
async fn by_rest() {
    let shop = &shop::BIS2BIS;
    let trouble = json!({ "error_rate_percent": 10, "malformed_percent": 4, "rows_move": true });
    let mut stage = Stage::open(shop, trouble, &SETTINGS, DAYS_BACK).await;
    let begun = stage.begin_import(shop::Step::Orders).await;
    let more = json!({ "discount_cents": 1_000, "shipping_cents": 1_990 });
    let earned = stage.order(0, shop.paid, 15_000, more).await.number;
    let cancelled = stage.order(1, shop.paid, 9_990, json!({})).await.number;
    let returned = stage.order(2, shop.delivered, 12_000, json!({})).await.number;
    let shipping = json!({ "shipping_cents": 1_500 });
    let refunded = stage.order(3, shop.paid, 20_000, shipping).await.number;
    let waiting = stage.order(4, shop.unpaid, 8_000, json!({})).await.number;
    let processing = stage.order(5, "processing", 7_000, json!({})).await.number;
    begun.let_go();
    let is_first = |run: &serde_json::Value| run["trigger"] == "ACTIVATION";
    stage
        .merchant
        .run_that(&stage.store, "the first import", is_first)
        .await;
    assert_eq!(points(&stage.merchant, &stage.store, &returned).await, 120);

    for (number, status) in [
        (&cancelled, shop.cancelled),
        (&returned, "closed/devolvido"),
        (&waiting, "complete"),
    ] {
        stage.sandbox.set_status(shop.kind, number, status).await;
    }
    stage.sandbox.refund(shop.kind, &refunded, 3_333).await;
    stage.known.seen_awarding.extend([cancelled.clone(), returned.clone()]);
    stage.merchant.import(&stage.store).await;
    let well = json!({ "error_rate_percent": 0, "malformed_percent": 0, "rows_move": false });
    stage.sandbox.faults(well).await;
    stage.merchant.import(&stage.store).await;
    stage.compare().await;
    for (number, due) in [
        (&earned, 140),
        (&cancelled, 0),
        (&returned, 0),
        (&refunded, 166),
        (&waiting, 80),
        (&processing, 0),
    ] {
        assert_eq!(
            points(&stage.merchant, &stage.store, number).await,
            due,
            "order {number}"
        );
    }
    mails_agree(&stage, 0).await;
    redeem(&stage.merchant, &stage.store).await;
    no_validity(&stage.merchant, &stage.store).await;
    assert_eq!(stage.sandbox.coupons(shop.kind).await.len(), 0);

    let run = stage.merchant.import(&stage.store).await;
    assert_eq!((number(&run["created"]), number(&run["updated"])), (0, 0), "{run:#}");
    assert_eq!(
        stage.merchant.rejects(&stage.store).await,
        Vec::<serde_json::Value>::new()
    );
    stage.behaved_well().await;
}

/// What cannot be set where the shop makes no coupons.
async fn no_validity(merchant: &Merchant, store: &Store) {
    let query = "query ($id: ID!) { node(id: $id) { ... on Integration { version } } }";
    let version = merchant.ask(query, json!({ "id": store.integration })).await["node"]["version"].take();
    let input = json!({ "id": store.integration, "version": version, "couponValidityDays": 30 });
    let refused = merchant.call("updateIntegration", "integration { id }", input).await;
    assert_eq!(refused["userErrors"][0]["code"], "UNSUPPORTED", "{refused:#}");
    assert_eq!(refused["userErrors"][0]["path"], json!(["couponValidityDays"]));
}

#[tokio::test]
async fn by_soap() {
    let shop = &shop::BIS2BIS_SOAP;
    let app = TestApp::start().await;
    let merchant = Merchant::of(&app).await;
    let switches = json!({ "soap_style": "document", "soap_session": "short" });
    app.sandbox.switches(shop.kind, &switches).await;
    let (store, connected) = merchant.connect(shop).await;
    merchant.fill_in(shop, &connected, 60).await;
    let activated = instant(&merchant.activate(&store).await);
    let is_first = |run: &serde_json::Value| run["trigger"] == "ACTIVATION";
    merchant.run_that(&store, "the first import", is_first).await;
    let known = Known {
        shop,
        activated,
        days_back: 60,
        seen_awarding: BTreeSet::new(),
    };
    let truth = app.sandbox.truth(shop.kind).await;
    known.compare(&merchant, &store, &truth).await;
    let given = truth
        .orders
        .iter()
        .filter(|order| shop.worth(order, false) > 100 && order.total_cents > 0)
        .take(2)
        .collect::<Vec<_>>();
    app.sandbox.refund(shop.kind, &given[0].number, 3_333).await;
    app.sandbox.set_status(shop.kind, &given[1].number, "closed").await;
    merchant.import(&store).await;
    let truth = app.sandbox.truth(shop.kind).await;
    known.compare(&merchant, &store, &truth).await;
    assert_eq!(points(&merchant, &store, &given[1].number).await, 0);
    assert_eq!(merchant.rejects(&store).await, Vec::<serde_json::Value>::new());
}

/// The points that a sale stands at.
async fn points(merchant: &Merchant, store: &Store, number_of: &str) -> i64 {
    let orders = merchant.orders(store).await;
    let order = orders.iter().find(|order| order["number"] == number_of).unwrap();
    number(&order["points"])
}
