//! Arguments of lists: errors of the request, not of an input.

use fidelidade::run::Halves;
use serde_json::json;

use crate::api::actor::Actor;
use crate::api::seed;
use crate::support::app::TestApp;

/// Arguments that no list takes, and the error's code.
const WRONG: &[(&str, &str)] = &[
    ("", "BAD_PAGE"),
    ("(first: 0)", "BAD_PAGE"),
    ("(first: -1)", "BAD_PAGE"),
    ("(first: 101)", "BAD_PAGE"),
    ("(last: 0)", "BAD_PAGE"),
    ("(last: 101)", "BAD_PAGE"),
    ("(first: 1, last: 1)", "BAD_PAGE"),
    (r#"(after: "x")"#, "BAD_PAGE"),
    (r#"(first: 1, after: "")"#, "BAD_CURSOR"),
    (r#"(first: 1, after: "cursor")"#, "BAD_CURSOR"),
    (r#"(last: 1, before: "5")"#, "BAD_CURSOR"),
];

#[tokio::test]
async fn wrong_page_arguments() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    seed::fill(app.app(), &store, 1).await;
    let lists = [
        ("customers", "id"),
        ("orders", "id"),
        ("rewards", "id"),
        ("redemptions", "id"),
        ("coupons", "id"),
        ("integrations", "id"),
    ];
    for (list, fields) in lists {
        for (arguments, code) in WRONG {
            let query =
                format!("query ($id: ID!) {{ store(id: $id) {{ {list}{arguments} {{ nodes {{ {fields} }} }} }} }}");
            let answer = merchant.answer(&query, json!({ "id": store })).await;
            assert_eq!(
                answer["errors"][0]["extensions"]["code"], *code,
                "{list}{arguments}: {answer}"
            );
        }
    }
    for arguments in ["", "(first: 101)"] {
        let query = format!(
            "query ($id: ID!) {{ store(id: $id) {{ customers(first: 1) {{ nodes {{ name orders{arguments} {{ nodes {{ id }} }} }} }} }} }}"
        );
        let answer = merchant.answer(&query, json!({ "id": store })).await;
        let node = &answer["data"]["store"]["customers"]["nodes"][0];
        assert!(
            node["name"].is_string() && node["orders"].is_null(),
            "the rest of the answer stays: {answer}"
        );
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_PAGE");
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_is_none() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    seed::fill(app.app(), &store, 2).await;
    let query = "query ($id: ID!) { store(id: $id) { orders(first: 1) { pageInfo { endCursor } } } }";
    let cursor = merchant.ask(query, json!({ "id": store })).await["store"]["orders"]["pageInfo"]["endCursor"].take();
    let query =
        "query ($id: ID!, $after: String) { store(id: $id) { customers(first: 1, after: $after) { nodes { id } } } }";
    let answer = merchant.answer(query, json!({ "id": store, "after": cursor })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_CURSOR");
}

#[tokio::test]
async fn too_many_ids() {
    let app = TestApp::start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let answer = merchant.answer(query, json!({ "ids": vec!["x"; 101] })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "TOO_MANY_IDS");
    let told = merchant.ask(query, json!({ "ids": ["x", "store_x", "", "_"] })).await;
    assert_eq!(
        told["nodes"],
        json!([null, null, null, null]),
        "an id of nothing is nothing"
    );
}

/// Filters with ids of the wrong kind, or documents that are none, find nothing.
#[tokio::test]
async fn filters_that_nothing_meets() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    let full = seed::fill(app.app(), &store, 1).await;
    let filters = [
        r#"orders(first: 1, where: { customerId: { eq: "x" } })"#.to_owned(),
        format!(r#"orders(first: 1, where: {{ customerId: {{ eq: "{store}" }} }})"#),
        r#"orders(first: 1, where: { number: { eq: "?" } })"#.to_owned(),
        "orders(first: 1, where: { statusCode: { in: [] } })".to_owned(),
        r#"orders(first: 1, where: { placedAt: { lt: "2001-01-01T00:00:00Z" } })"#.to_owned(),
        r#"customers(first: 1, where: { document: { eq: "123" } })"#.to_owned(),
        r#"customers(first: 1, where: { email: { eq: "ninguem@exemplo.com.br" } })"#.to_owned(),
        format!(
            r#"rewards(first: 1, where: {{ integrationId: {{ eq: "{}" }} }})"#,
            full.customer
        ),
        "rewards(first: 1, where: { points: { lte: 0 } })".to_owned(),
        r#"coupons(first: 1, where: { customerId: { eq: "customer_1" } })"#.to_owned(),
        "coupons(first: 1, where: { state: { in: [FAILED, DISABLED] } })".to_owned(),
    ];
    for filter in filters {
        let query =
            format!("query ($id: ID!) {{ store(id: $id) {{ list: {filter} {{ totalCount nodes {{ id }} }} }} }}");
        let told = merchant.ask(&query, json!({ "id": store })).await;
        assert_eq!(
            told["store"]["list"],
            json!({ "totalCount": 0, "nodes": [] }),
            "{filter}"
        );
    }
}
