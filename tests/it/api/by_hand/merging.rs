//! `mergeCustomers` and `unmergeCustomers`.

use entity::ledger_entry::{EntryKind, SourceKind};
use entity::{CustomerId, integration};
use fidelidade::service::order::OrderPage;
use serde_json::{Value, json};

use super::books::Books;
use super::{EMAIL, Scene, balance, program};
use crate::api::actor::Actor;
use crate::api::seed;
use crate::support::app::TestApp;

const CUSTOMER: &str = "customer { id mergedCustomerIds balance { available pending reserved debt } }";

/// Two customers who have bought for 100 points each.
struct Pair<'a> {
    scene: Scene<'a>,
    shop: integration::Model,
    one: CustomerId,
    two: CustomerId,
}

impl<'a> Pair<'a> {
    async fn meet(app: &'a TestApp) -> Self {
        let merchant = Actor::user(app, EMAIL).await;
        let store = merchant.create_store("Loja").await;
        let shop = seed::integration(app.app(), &store).await;
        seed::import_sales(app.app(), &shop, seed::sales(app.app(), 0..2, 1)).await;
        let customers = seed::customers(app.app(), shop.store_id).await;
        let (one, two) = (customers[0].id, customers[1].id);
        let scene = Scene {
            app,
            merchant,
            store: shop.store_id,
            customer: two,
        };
        Self { scene, shop, one, two }
    }

    async fn merge(&self, key: &str) -> Value {
        let input = json!({
            "fromCustomerId": self.one, "intoCustomerId": self.two, "reason": "a mesma pessoa", "idempotencyKey": key,
        });
        self.scene.merchant.call("mergeCustomers", CUSTOMER, input).await
    }

    async fn unmerge(&self, key: &str) -> Value {
        let input = json!({ "customerId": self.one, "reason": "engano", "idempotencyKey": key });
        self.scene.merchant.call("unmergeCustomers", CUSTOMER, input).await
    }

    /// Adjusts the points of one of them; the key is as good as the reason.
    async fn adjust(&self, customer: CustomerId, points: i64, reason: &str) -> Value {
        self.scene
            .adjust(points, reason, json!({ "customerId": customer }))
            .await
    }

    /// Who is found by an id, and with which balance.
    async fn look(&self, customer: CustomerId) -> (Value, Value) {
        let query = "query ($id: ID!) { node(id: $id) { ... on Customer { id
            balance { available pending reserved debt } } } }";
        let mut told = self.scene.merchant.ask(query, json!({ "id": customer })).await;
        let node = &mut told["node"];
        (node["id"].take(), node["balance"].take())
    }

    /// A sale of one of them is imported in a status.
    async fn sale(&self, number: usize, buyer: usize, status: &str) {
        let mut sale = seed::sale(self.scene.app.app(), number, buyer);
        sale.order.status = status.to_owned();
        sale.fingerprint = format!("{number} in {status}");
        let page = OrderPage {
            orders: vec![sale],
            ..OrderPage::default()
        };
        seed::import_sales(self.scene.app.app(), &self.shop, page).await;
    }

    /// The books of both agree with themselves.
    async fn books(&self) -> (Books, Books) {
        let app = self.scene.app.app();
        (Books::of(app, self.one).await, Books::of(app, self.two).await)
    }
}

#[tokio::test]
async fn two_become_one_with_everything_they_have() {
    let app = program().await;
    let pair = Pair::meet(&app).await;
    let merged = pair.merge("juntar").await;
    assert_eq!(merged["userErrors"], json!([]));
    assert_eq!(
        merged["customer"],
        json!({ "id": pair.two, "mergedCustomerIds": [pair.one], "balance": balance(200, 0) })
    );
    assert_eq!(pair.merge("juntar").await, merged, "the same request, the same answer");
    // Whoever asks for one finds two.
    assert_eq!(pair.look(pair.one).await, (json!(pair.two), balance(200, 0)));
    let query = r#"query ($id: ID!) { store(id: $id) {
        email: customer(email: "pessoa0@exemplo.com.br") { id }
        customers(first: 9) { totalCount nodes { id orders(first: 9) { totalCount nodes { customer { id } } } } } } }"#;
    let told = pair.scene.merchant.ask(query, json!({ "id": pair.scene.store })).await;
    let two = json!({ "id": pair.two });
    let orders = json!({ "totalCount": 2, "nodes": [{ "customer": two }, { "customer": two }] });
    assert_eq!(told["store"]["email"], two);
    assert_eq!(
        told["store"]["customers"],
        json!({ "totalCount": 1, "nodes": [{ "id": pair.two, "orders": orders }] })
    );

    // New sales of one are two's, and what is taken back is taken from its own lot.
    pair.sale(7, 0, seed::PAID).await;
    assert_eq!(pair.look(pair.two).await.1, balance(300, 0));
    pair.sale(0, 0, "2").await;
    assert_eq!(pair.look(pair.two).await.1, balance(200, 0));
    let (one, two) = pair.books().await;
    assert_eq!(one.caused_by(SourceKind::Merge), [(EntryKind::Transfer, -100)]);
    assert_eq!(two.caused_by(SourceKind::Merge), [(EntryKind::Transfer, 100)]);
    let mut left = two.remaining();
    left.sort_unstable();
    assert_eq!(left, [0, 100, 100]);

    // And by hand.
    let taken = pair.adjust(pair.one, -150, "gastos").await;
    assert_eq!(taken["customer"]["id"], json!(pair.two));
    assert_eq!(taken["customer"]["balance"], balance(50, 0));
    pair.books().await;
}

#[tokio::test]
async fn a_merge_is_undone_with_what_is_left() {
    let app = program().await;
    let pair = Pair::meet(&app).await;
    pair.merge("juntar").await;
    pair.sale(7, 0, seed::PAID).await;
    // The oldest sale goes first: number 7 of one, then number 1 of two.
    pair.adjust(pair.two, -130, "gastos").await;
    let separate = pair.unmerge("separar").await;
    assert_eq!(separate["userErrors"], json!([]));
    assert_eq!(separate["customer"]["id"], json!(pair.one));
    assert_eq!(pair.unmerge("separar").await, separate);
    assert_eq!(pair.unmerge("de novo").await["userErrors"][0]["code"], "NOT_MERGED");
    let (one, two) = (pair.look(pair.one).await, pair.look(pair.two).await);
    assert_eq!((&one.0, &two.0), (&json!(pair.one), &json!(pair.two)));
    assert_eq!((&one.1, &two.1), (&balance(100, 0), &balance(70, 0)));
    pair.books().await;

    // What is one's own is one's again.
    pair.sale(8, 0, seed::PAID).await;
    assert_eq!(pair.look(pair.one).await.1, balance(200, 0));
    pair.sale(8, 0, "2").await;
    assert_eq!(pair.look(pair.one).await, one);
    // They can be merged again.
    assert_eq!(pair.merge("outra vez").await["customer"]["balance"], balance(170, 0));
    pair.books().await;
}

#[tokio::test]
async fn debt_moves_along_and_is_paid() {
    let app = program().await;
    let pair = Pair::meet(&app).await;
    pair.adjust(pair.one, -100, "gastos").await;
    pair.sale(0, 0, "2").await;
    assert_eq!(pair.look(pair.one).await.1, balance(0, 100));
    pair.adjust(pair.two, -40, "gastos também").await;
    let merged = pair.merge("juntar").await;
    assert_eq!(merged["customer"]["balance"], balance(0, 40));
    pair.books().await;
    // What was paid stays paid, what is left goes back.
    pair.unmerge("separar").await;
    assert_eq!(pair.look(pair.one).await.1, balance(0, 40));
    assert_eq!(pair.look(pair.two).await.1, balance(0, 0));
    pair.books().await;
}

#[tokio::test]
async fn what_one_gave_comes_back_to_two() {
    let app = program().await;
    let pair = Pair::meet(&app).await;
    let taken = pair.adjust(pair.one, -60, "engano").await;
    let given = pair.adjust(pair.one, 25, "presente").await;
    pair.merge("juntar").await;
    assert_eq!(pair.look(pair.two).await.1, balance(165, 0));
    let back = pair.scene.reverse(&taken, "desfazer").await;
    assert_eq!(back["customer"]["balance"], balance(225, 0));
    let back = pair.scene.reverse(&given, "desfazer o presente").await;
    assert_eq!(back["customer"]["balance"], balance(200, 0));
    let (one, _) = pair.books().await;
    assert_eq!(one.remaining(), [0, 0]);
    // All of it was one's.
    pair.unmerge("separar").await;
    assert_eq!(pair.look(pair.one).await.1, balance(100, 0));
    assert_eq!(pair.look(pair.two).await.1, balance(100, 0));
    pair.books().await;
}

#[tokio::test]
async fn two_who_are_merged_into_each_other_at_once_are_merged_once() {
    let app = program().await;
    let pair = Pair::meet(&app).await;
    let other = json!({
        "fromCustomerId": pair.two, "intoCustomerId": pair.one, "reason": "ao contrário", "idempotencyKey": "outra",
    });
    let merchant = &pair.scene.merchant;
    let (one, two) = tokio::join!(pair.merge("uma"), merchant.call("mergeCustomers", CUSTOMER, other));
    let done = [&one, &two]
        .iter()
        .filter(|told| told["userErrors"] == json!([]))
        .count();
    assert_eq!(done, 1, "{one}\n{two}");
    assert_eq!(pair.look(pair.one).await, pair.look(pair.two).await);
    assert_eq!(pair.look(pair.one).await.1, balance(200, 0));
    pair.books().await;
}
