//! However the fields of a list's rows are asked for – by other names, in fragments, twice – they tell the same.

use fidelidade::run::Halves;
use serde_json::{Value, json};

use super::actor::Actor;
use super::seed;
use crate::support::app::TestApp;
use crate::support::merchant::list;

const PLAIN: &str = "query ($id: ID!) { store(id: $id) { orders(first: 5) {
    nodes { __typename id number total { amount currency } customer { id name } } } } }";

/// Each in another way than `PLAIN`.
const OTHERS: [&str; 4] = [
    "query ($id: ID!) { store(id: $id) { orders(first: 5) { nodes { ...All } } } }
     fragment All on Order { __typename id ... { number } ... on Order { total { ...Amount currency } } customer { id name } }
     fragment Amount on Money { amount }",
    "query ($id: ID!) { store(id: $id) { orders(first: 5) {
        nodes { __typename ... on Node { id } number total { amount } total { currency } customer { id } customer { name } } } } }",
    "query ($id: ID!) { store(id: $id) { orders(first: 5) { nodes { __typename id number id }
        nodes { total { amount currency } customer { ... on Customer { id name } } } } } }",
    "query ($id: ID!, $yes: Boolean = true) { store(id: $id) { orders(first: 5) {
        edges { node { __typename id @include(if: $yes) points @skip(if: $yes) number total { amount currency }
            customer { id name } } } } } }",
];

fn nodes(mut data: Value) -> Vec<Value> {
    let orders = data["store"]["orders"].take();
    match &orders["nodes"] {
        Value::Null => list(&orders["edges"]).iter().map(|edge| edge["node"].clone()).collect(),
        nodes => list(nodes),
    }
}

#[tokio::test]
async fn fields_tell_the_same_however_they_are_asked_for() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    seed::fill(app.app(), &store, 7).await;
    let plain = nodes(merchant.ask(PLAIN, json!({ "id": store })).await);
    assert_eq!(plain.len(), 5);
    assert!(
        plain
            .iter()
            .all(|node| node["__typename"] == "Order" && node["total"]["amount"].is_string())
    );
    for other in OTHERS {
        assert_eq!(
            nodes(merchant.ask(other, json!({ "id": store })).await),
            plain,
            "{other}"
        );
    }
}

#[tokio::test]
async fn fields_come_in_the_order_in_which_they_are_asked_for() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    seed::fill(app.app(), &store, 1).await;
    let query = format!(
        "{{ store(id: \"{store}\") {{ orders(first: 1) {{ \
         nodes {{ customer {{ name }} points total {{ amount }} number id }} }} }} }}"
    );
    let text = merchant.written(&query).await;
    let places: Vec<usize> = ["\"customer\"", "\"points\"", "\"total\"", "\"number\"", "\"id\""]
        .iter()
        .map(|name| text.find(name).unwrap_or_else(|| panic!("{name} in {text}")))
        .collect();
    assert!(places.is_sorted(), "{text}");
}
