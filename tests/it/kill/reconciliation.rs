//! The program is killed while it compares a shop with the books, and again while it mends what it found. Each difference is
//! told once, and each repair is carried out once.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::gate::Moment::{Answered, Applied, Before};
use crate::support::merchant::{number, text};
use crate::support::shop::{self, Shop, Step};
use crate::support::stage::Stage;

/// What the books are about to say of a sale: the kind of the difference, then the points.
type Fate = (&'static str, i64);

const DEARER: i64 = 77_700;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn magazord() {
    killed_on_the_way(&shop::MAGAZORD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loja_integrada() {
    killed_on_the_way(&shop::LOJA_INTEGRADA).await;
}

async fn killed_on_the_way(shop: &'static Shop) {
    let settings = [("import.every_minutes", "600"), ("import.overlap_minutes", "0")];
    let mut stage = Stage::open(shop, json!({ "rate_limit": "off" }), &settings, 365).await;
    stage.begin_import(Step::Customers).await.let_go();
    stage
        .merchant
        .run_that(&stage.store, "the import", |run| run["trigger"] == "ACTIVATION")
        .await;
    let (before, fates) = sow(&stage).await;

    let caught = stage.gate.trap(Step::Orders, 2, Applied);
    let run = stage.merchant.begin_reconciliation(&stage.store).await;
    stage.kill(caught).await;
    let caught = stage.gate.trap(Step::Order, 3, Before);
    stage.start_again().await;
    stage.kill(caught).await;
    stage.start_again().await;
    stage
        .merchant
        .run_that(&stage.store, "the reconciliation", |one| one["id"] == *run)
        .await;
    assert_eq!(points(&stage).await, before, "it has changed nothing");
    let found = stage.merchant.differences(&run).await;
    let kinds: BTreeMap<String, String> = found
        .iter()
        .map(|one| (text(&one["orderNumber"]), text(&one["kind"])))
        .collect();
    let expected = fates
        .iter()
        .map(|(number, (kind, _))| (number.clone(), (*kind).to_owned()));
    assert_eq!(kinds, expected.collect());
    assert_eq!(found.len(), fates.len(), "each is told once: {found:#?}");

    let caught = stage.gate.trap(Step::Order, 2, Applied);
    stage.merchant.ask_for_repairs(&run).await;
    stage.kill(caught).await;
    let caught = stage.gate.trap(Step::Order, 2, Answered);
    stage.start_again().await;
    stage.kill(caught).await;
    stage.start_again().await;
    stage.merchant.repairs_end(&run).await;

    let mut expected = before;
    expected.extend(fates.into_iter().map(|(number, (_, points))| (number, points)));
    assert_eq!(points(&stage).await, expected);
    entries_are_single(&stage).await;
    stage.behaved_well().await;
    stage.process.kill();
    stage.installation.run(&["ledger", "verify"]);
}

/// Changes sales behind the books' back: the points of all sales, and what is to become of those that were changed.
async fn sow(stage: &Stage) -> (BTreeMap<String, i64>, BTreeMap<String, Fate>) {
    let before = points(stage).await;
    let (sandbox, shop) = (&stage.sandbox, stage.shop);
    let worth: Vec<String> = before
        .iter()
        .filter(|(_, points)| **points > 0)
        .map(|(number, _)| number.clone())
        .collect();
    assert!(worth.len() >= 6, "{before:?}");
    let mut fates = BTreeMap::new();
    for (place, sale) in worth.into_iter().take(6).enumerate() {
        let fate = match place % 3 {
            0 => {
                sandbox.delete_order(shop.kind, &sale).await;
                ("ORDER_NOT_IN_SHOP", 0)
            }
            1 => {
                let edit = json!({ "status": shop.cancelled });
                sandbox.edit_order(shop.kind, &sale, &edit).await;
                ("ORDER_UNDONE", 0)
            }
            _ => {
                let edit = json!({ "products_cents": DEARER, "discount_cents": 0 });
                sandbox.edit_order(shop.kind, &sale, &edit).await;
                ("ORDER_VALUE", DEARER / 100)
            }
        };
        fates.insert(sale, fate);
    }
    (before, fates)
}

/// The points of each sale.
async fn points(stage: &Stage) -> BTreeMap<String, i64> {
    let orders = stage.merchant.orders(&stage.store).await;
    orders
        .iter()
        .map(|one| (text(&one["number"]), number(&one["points"])))
        .collect()
}

/// Nothing was written twice: no sale has two entries of one kind and one worth.
async fn entries_are_single(stage: &Stage) {
    for customer in stage.merchant.customers(&stage.store).await {
        let query = "query ($id: ID!) { node(id: $id) { ... on Customer {
            statement(first: 100, orderBy: RECORDED_AT_DESC) { nodes { kind points order { number } } } } } }";
        let told = stage.merchant.ask(query, json!({ "id": customer["id"] })).await["node"].take();
        let mut lines: Vec<String> = told["statement"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(Value::to_string)
            .collect();
        let all = lines.len();
        lines.sort();
        lines.dedup();
        assert_eq!(lines.len(), all, "{told:#}");
    }
}
