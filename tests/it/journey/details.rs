//! A shop that lists its orders but cannot tell their details: only these tell whether an order was sold
//! on a marketplace and what was paid with store credit.

use serde_json::{Value, json};

use super::mails_agree;
use crate::support::mailbox;
use crate::support::merchant::number;
use crate::support::shop::{self, Shop, Step};
use crate::support::stage::Stage;

#[tokio::test]
async fn magazord() {
    late_details(&shop::MAGAZORD).await;
}

#[tokio::test]
async fn loja_integrada() {
    late_details(&shop::LOJA_INTEGRADA).await;
}

async fn late_details(shop: &'static Shop) {
    let trouble = json!({ "rate_limit": "off", "order_detail_error_percent": 100 });
    let mut stage = Stage::open(shop, trouble, &[("outbound.max_tries", "1")], 30).await;
    let begun = stage.begin_import(Step::Orders).await;
    stage.order(0, shop.paid, 10_000, json!({})).await;
    let marketplace = stage
        .order(1, shop.paid, 10_000, json!({ "channel": "marketplace" }))
        .await;
    begun.let_go();
    stage
        .merchant
        .run_that(&stage.store, "the first import", |run| run["trigger"] == "ACTIVATION")
        .await;

    // The sales are known, but not yet what they are worth: nobody is told of points too early.
    let orders = stage.merchant.orders(&stage.store).await;
    assert!(orders.len() > 10, "{orders:#?}");
    let is_settled = |order: &&Value| order["complete"] == true || number(&order["points"]) != 0;
    assert_eq!(orders.iter().find(is_settled), None);
    assert_eq!(mailbox::read(&stage.mail_folder()), []);

    // The next import reads them again, also those that have not changed for weeks.
    stage.sandbox.faults(json!({ "order_detail_error_percent": 0 })).await;
    stage.merchant.import(&stage.store).await;
    stage.compare().await;
    mails_agree(&stage, 0).await;

    // What a detail has told stays, when the order changes and its detail cannot be had again.
    stage.sandbox.faults(json!({ "order_detail_error_percent": 100 })).await;
    stage
        .sandbox
        .set_status(shop.kind, &marketplace.number, shop.delivered)
        .await;
    let truth = stage.sandbox.truth(shop.kind).await;
    let credit = truth
        .orders
        .iter()
        .find(|order| shop.sold(order) && order.store_credit_cents > 0 && shop.worth(order, false) > 0);
    if let Some(order) = credit {
        stage.sandbox.set_status(shop.kind, &order.number, shop.delivered).await;
    }
    stage.merchant.import(&stage.store).await;
    stage.compare().await;
    assert_eq!(stage.merchant.rejects(&stage.store).await, Vec::<Value>::new());
    mails_agree(&stage, 0).await;
}
