//! However the fields of a list's rows are asked for – by other names, in fragments, twice – they tell the same.

use fidelidade::run::Halves;
use serde_json::{Value, json};

use super::actor::Actor;
use super::seed;
use super::statements::corpus::Stocked;
use super::statements::counted::Counted;
use super::streams::listen;
use crate::support::app::TestApp;
use crate::support::merchant::{list, text};
use crate::support::socket::Socket;

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

/// The same query, made to ask for a name twice: all of it is left to the library.
fn left_to_the_library(query: &str) -> String {
    query.replacen('{', "{ again: __typename again: __typename ", 1)
}

#[tokio::test]
async fn the_library_tells_the_same() {
    let program = Counted::start().await;
    let stocked = Stocked::new(&program, 5).await;
    let mut compared = 0;
    for operation in stocked.operations() {
        if operation.query.lines().any(|line| line.starts_with("mutation")) {
            continue;
        }
        let ask = async |query: &str| {
            let mut answer = program.gql(query, operation.variables.clone()).await;
            assert!(answer.get("errors").is_none(), "{query}: {answer:#}");
            answer["data"].take()
        };
        // What tells how long something has waited changes when a second passes between both: then they are asked again.
        for turn in 1..=3 {
            let mut expected = ask(&left_to_the_library(&operation.query)).await;
            let again = expected.as_object_mut().and_then(|data| data.remove("again"));
            assert_eq!(again, Some(json!("Query")), "{}", operation.title);
            let told = ask(&operation.query).await;
            if told == expected {
                break;
            }
            let may_pass = turn < 3 && operation.query.contains("waitedSeconds");
            assert!(may_pass, "{}: {told:#} and {expected:#}", operation.title);
        }
        compared += 1;
    }
    assert!(compared >= 20, "only {compared} queries were compared");
}

#[tokio::test]
async fn events_and_sockets_tell_the_same() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    seed::fill(app.app(), &store, 3).await;
    let expected = merchant.ask(PLAIN, json!({ "id": store })).await;
    assert_eq!(nodes(expected.clone()).len(), 5);

    let events = listen(&merchant, PLAIN, &store).await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["data"], expected);

    let mut socket = Socket::init(&app.address().to_string(), &text(&json!(merchant.token))).await;
    socket.ask("0", PLAIN, &json!({ "id": store })).await;
    let said = socket.said().await;
    assert_eq!(said["payload"]["data"], expected, "{said}");
}

const PAGE: &str = "query ($id: ID!, $after: String) { store(id: $id) { orders(first: 2, after: $after) {
    kind: __typename totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
    edges { cursor node { id } } nodes { id ...Customer } } } }
    fragment Customer on Order { customer { name orders(first: 1) { nodes { number } pageInfo { startCursor } } } }";

#[tokio::test]
async fn pages_have_all_that_belongs_to_them() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    seed::fill(app.app(), &store, 5).await;
    let mut after = Value::Null;
    for page in 0..3 {
        let variables = json!({ "id": store, "after": after });
        let mut written = merchant.ask(PAGE, variables.clone()).await;
        let mut values = merchant.ask(&left_to_the_library(PAGE), variables).await;
        assert_eq!(written["store"], values["store"].take());
        let orders = written["store"]["orders"].take();
        assert_eq!(orders["kind"], "OrderConnection");
        assert_eq!(orders["pageInfo"]["hasPreviousPage"], page > 0);
        let ids = |nodes: Vec<Value>| nodes.iter().map(|node| node["id"].clone()).collect::<Vec<_>>();
        let edges = list(&orders["edges"]);
        assert_eq!(
            ids(list(&orders["nodes"])),
            ids(edges.iter().map(|edge| edge["node"].clone()).collect())
        );
        assert_eq!(orders["pageInfo"]["endCursor"], edges[1]["cursor"]);
        after = edges[1]["cursor"].clone();
    }
}

#[tokio::test]
async fn a_field_that_fails_is_null_and_its_error_tells_where() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    seed::fill(app.app(), &store, 2).await;
    let query = "query ($id: ID!) { store(id: $id) { orders(first: 2) {
        nodes { number sold: customer { name orders(first: 0) { nodes { id } } } points } } } }";
    let written = merchant.answer(query, json!({ "id": store })).await;
    let nodes = list(&written["data"]["store"]["orders"]["nodes"]);
    assert_eq!(nodes.len(), 2, "{written:#}");
    for node in &nodes {
        assert!(node["number"].is_string() && node["points"].is_i64(), "{node}");
        assert!(
            node["sold"]["name"].is_string() && node["sold"]["orders"].is_null(),
            "{node}"
        );
        assert_eq!(node["sold"].as_object().map(serde_json::Map::len), Some(2), "{node}");
    }
    let mut places: Vec<Value> = list(&written["errors"])
        .iter()
        .map(|error| error["path"].clone())
        .collect();
    places.sort_by_key(Value::to_string);
    let at = |place: u32| json!(["store", "orders", "nodes", place, "sold", "orders"]);
    assert_eq!(places, [at(0), at(1)]);
    assert!(
        list(&written["errors"])
            .iter()
            .all(|error| error["extensions"]["code"] == "BAD_PAGE")
    );
}
