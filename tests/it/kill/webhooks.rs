//! A process that dies while a receiver has its delivery: another sends it again, and it ends.

use serde_json::json;

use crate::support::app::eventually;
use crate::support::merchant::{Merchant, PATIENCE, text};
use crate::support::process::{Installation, Part};
use crate::support::receiver::Receiver;
use crate::support::sandbox::Sandbox;

#[tokio::test]
async fn a_delivery_that_was_under_way_is_sent_again_with_its_id() {
    let sandbox = Sandbox::start().await;
    let installation = Installation::new(&sandbox, &sandbox.origin()).await;
    let mut process = installation.start(Part::Whole).await;
    let mut merchant = Merchant::sign_in(&installation, &process).await;
    let input = json!({ "name": "Loja", "idempotencyKey": "loja" });
    let store = text(&merchant.must("createStore", "store { id }", input).await["store"]["id"]);
    let receiver = Receiver::start().await;
    receiver.answer(&[(200, 60_000)]);
    let input = json!({ "storeId": store, "url": receiver.url, "eventTypes": ["ORDER_CREATED"], "scopes": [],
        "ordering": "OBJECT", "idempotencyKey": "webhook" });
    let webhook = text(&merchant.must("createWebhook", "webhook { id }", input).await["webhook"]["id"]);
    for _ in 0..2 {
        merchant
            .must("testWebhook", "webhook { id }", json!({ "id": webhook }))
            .await;
    }
    receiver.until(1).await;
    process.kill();

    let process = installation.start(Part::Whole).await;
    merchant.address.clone_from(&process.address);
    let sent = receiver.until(3).await;
    assert_eq!(sent[0].id(), sent[1].id());
    assert_ne!(sent[1].id(), sent[2].id(), "the next of the object waited for it");
    let query =
        "query ($id: ID!) { node(id: $id) { ... on Webhook { deliveries(first: 10) { nodes { state attempts } } } } }";
    let delivered = json!([{ "state": "DELIVERED", "attempts": 1 }, { "state": "DELIVERED", "attempts": 1 }]);
    eventually("both deliveries", PATIENCE, async || {
        let told = merchant.ask(query, json!({ "id": webhook })).await;
        (told["node"]["deliveries"]["nodes"] == delivered).then_some(())
    })
    .await;
}
