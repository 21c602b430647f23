//! Reconciling a shop that has no list of its sales: each is asked for by itself, and what nobody told of is found and mended.

use std::collections::BTreeMap;

use fidelidade::platform::Kind;
use serde_json::{Value, json};

use super::jet::{Scene, points};
use crate::support::app::TestApp;
use crate::support::merchant::{Merchant, Store, text};
use crate::support::shop::JET;

/// What was changed by hand a moment ago is no news of the next import.
async fn program() -> TestApp {
    let builder = TestApp::builder().set("import.every_minutes", "60");
    builder.set("import.overlap_minutes", "0").start().await
}

#[tokio::test]
async fn what_no_webhook_told() {
    let scene = Scene::on(program().await).await;
    let mut sales = Vec::new();
    for cents in [15_000, 16_000, 17_000, 18_000] {
        let sale = scene.place(JET.paid, cents).await;
        scene.has_points(&sale, cents / 100).await;
        sales.push(sale);
    }
    found_and_mended(&scene.app, &scene.merchant, &scene.store, &sales).await;
}

#[tokio::test]
async fn what_no_queue_told() {
    let app = program().await;
    let merchant = Merchant::of(&app).await;
    let (store, connected) = merchant.connect(&JET).await;
    merchant.fill_in(&JET, &connected, 40).await;
    merchant.activate(&store).await;
    merchant
        .run_that(&store, "the first import", |run| run["trigger"] == "ACTIVATION")
        .await;
    let buyer = app.sandbox.truth(Kind::Jet).await.customers[0].external_id;
    let mut sales = Vec::new();
    for cents in [15_000, 16_000, 17_000, 18_000] {
        let body = json!({ "customer": buyer, "products_cents": cents, "status": JET.paid });
        sales.push(app.sandbox.place_order(Kind::Jet, &body).await.number);
    }
    merchant.import(&store).await;
    found_and_mended(&app, &merchant, &store, &sales).await;
}

/// Sales of 150, 160, 170 and 180 points: one is cancelled, one made dearer and one taken away so that nobody hears of it.
async fn found_and_mended(app: &TestApp, merchant: &Merchant, store: &Store, sales: &[String]) {
    let [undone, dearer, gone, same] = [0, 1, 2, 3].map(|place: usize| sales[place].as_str());
    app.sandbox
        .edit_order(Kind::Jet, undone, &json!({ "status": JET.cancelled }))
        .await;
    app.sandbox
        .edit_order(Kind::Jet, dearer, &json!({ "products_cents": 25_000 }))
        .await;
    app.sandbox.delete_order(Kind::Jet, gone).await;
    merchant.import(store).await;
    for (sale, before) in [(undone, 150), (dearer, 160), (gone, 170), (same, 180)] {
        assert_eq!(points(merchant, store, sale).await, Some(before), "nobody told of it");
    }

    let run = reconcile(merchant, store).await;
    let found = merchant.differences(&run).await;
    let told: BTreeMap<String, Value> = found
        .iter()
        .map(|one| {
            (
                text(&one["orderNumber"]),
                json!([one["kind"], one["repair"], one["state"]]),
            )
        })
        .collect();
    let expected = BTreeMap::from([
        (undone.to_owned(), json!(["ORDER_UNDONE", "IMPORT_ORDER", "OPEN"])),
        (dearer.to_owned(), json!(["ORDER_VALUE", "IMPORT_ORDER", "OPEN"])),
        (gone.to_owned(), json!(["ORDER_NOT_IN_SHOP", "REVOKE_ORDER", "OPEN"])),
    ]);
    assert_eq!(told, expected);

    merchant.ask_for_repairs(&run).await;
    merchant.repairs_end(&run).await;
    for (sale, after) in [(undone, 0), (dearer, 250), (gone, 0), (same, 180)] {
        assert_eq!(points(merchant, store, sale).await, Some(after), "{sale}");
    }
    let again = reconcile(merchant, store).await;
    assert_eq!(merchant.differences(&again).await, Vec::<Value>::new());
}

async fn reconcile(merchant: &Merchant, store: &Store) -> String {
    let id = merchant.begin_reconciliation(store).await;
    merchant
        .run_that(store, "a reconciliation", |run| run["id"] == *id)
        .await;
    id
}
