//! The statement: every movement, why, by whom, and which lots it made or used.

use serde_json::{Value, json};

use super::scene::{Scene, start};
use crate::api::seed::PAID;
use crate::support::merchant::{list, number, text};

async fn story() -> Scene {
    let scene = Scene::open(json!({ "expiryMonths": 2 })).await;
    scene.sell(1, 0, 100).await;
    scene.days(1);
    scene.sell(2, 0, 50).await;
    let made = scene.redeem(0, 120).await;
    scene.complete(&made).await;
    scene
        .snapshot(2, 0, 50, "2", start() + chrono::TimeDelta::days(1))
        .await;
    scene.sell(3, 0, 90).await;
    scene
}

#[tokio::test]
async fn every_line_tells_what_caused_it_and_what_it_took() {
    let scene = story().await;
    let told = scene
        .statement(
            0,
            "kind points source actor order { number } redemption { points state } madeLot { points }
             programme { version } change { balance reserved debt } totalsAfter { balance reserved debt }
             allocations(first: 10) { totalCount nodes { points lot { points order { number } } entry { kind } } }",
        )
        .await;
    let kinds: Vec<_> = told
        .iter()
        .map(|line| (text(&line["kind"]), number(&line["points"])))
        .collect();
    let expected = [
        ("EARN", 100),
        ("EARN", 50),
        ("RESERVE", -120),
        ("CAPTURE", 0),
        ("REVOKE", -50),
        ("EARN", 90),
        ("DEBT_PAYMENT", -20),
    ];
    assert_eq!(kinds, super::scene::lines(&expected));
    let totals: Vec<[i64; 3]> = told
        .iter()
        .map(|line| ["balance", "reserved", "debt"].map(|of| number(&line["totalsAfter"][of])))
        .collect();
    assert_eq!(
        totals,
        [
            [100, 0, 0],
            [150, 0, 0],
            [30, 120, 0],
            [30, 0, 0],
            [0, 0, 20],
            [90, 0, 20],
            [70, 0, 0]
        ]
    );
    assert_eq!(
        told[2]["allocations"],
        json!({ "totalCount": 2, "nodes": [
            { "points": 100, "lot": { "points": 100, "order": { "number": "00001" } }, "entry": { "kind": "RESERVE" } },
            { "points": 20, "lot": { "points": 50, "order": { "number": "00002" } }, "entry": { "kind": "RESERVE" } },
        ] })
    );
    assert_eq!(told[2]["redemption"], json!({ "points": 120, "state": "COMPLETED" }));
    assert_eq!((&told[2]["order"], &told[2]["madeLot"]), (&Value::Null, &Value::Null));
    assert!(text(&told[2]["actor"]).starts_with("user_"), "{}", told[2]["actor"]);
    assert_eq!(
        (
            &told[5]["order"],
            &told[5]["madeLot"],
            &told[5]["programme"],
            &told[5]["actor"]
        ),
        (
            &json!({ "number": "00003" }),
            &json!({ "points": 90 }),
            &json!({ "version": 2 }),
            &json!("import")
        )
    );
}

#[tokio::test]
async fn totals_are_those_of_the_line_on_any_page_of_any_customer() {
    let scene = story().await;
    for (order, points) in [(4, 10), (5, 15), (6, 20)] {
        scene.sell(order, 1, points).await;
    }
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer {
        newest: statement(first: 2) { nodes { totalsAfter { balance debt } } }
        oldest: statement(last: 1) { nodes { totalsAfter { balance debt } } } } } }";
    let ids = [scene.customer(0).await, scene.customer(1).await];
    let told = scene.owner().ask(query, json!({ "ids": ids })).await;
    let totals = |balance: i64, debt: i64| json!({ "totalsAfter": { "balance": balance, "debt": debt } });
    assert_eq!(
        told["nodes"],
        json!([
            {
                "newest": { "nodes": [totals(70, 0), totals(90, 20)] },
                "oldest": { "nodes": [totals(100, 0)] },
            },
            {
                "newest": { "nodes": [totals(45, 0), totals(25, 0)] },
                "oldest": { "nodes": [totals(10, 0)] },
            },
        ])
    );
}

#[tokio::test]
async fn a_slice_of_the_statement_is_the_difference_of_its_balances() {
    let scene = story().await;
    scene.days(10);
    let from = scene.now();
    scene.sell(4, 0, 33).await;
    let to = scene.now();
    scene.sell(5, 0, 44).await;
    let query = "query ($id: ID!, $where: StatementFilter) { node(id: $id) { ... on Customer {
        statement(first: 9, where: $where) { totalCount nodes { points } } } } }";
    let ask = async |filter: Value| {
        let variables = json!({ "id": scene.customer(0).await, "where": filter });
        let told = scene.owner().ask(query, variables).await["node"]["statement"].take();
        let points = list(&told["nodes"])
            .iter()
            .map(|line| number(&line["points"]))
            .collect::<Vec<_>>();
        assert_eq!(told["totalCount"], points.len());
        points
    };
    assert_eq!(ask(json!({ "recordedAt": { "gte": from, "lt": to } })).await, [33]);
    assert_eq!(ask(json!({ "recordedAt": { "gte": from } })).await, [44, 33]);
    assert_eq!(ask(json!({ "kind": { "in": ["REVOKE", "CAPTURE"] } })).await, [-50, 0]);
    assert_eq!(ask(json!({ "kind": { "in": [] } })).await, [0_i64; 0]);
    let (before, after) = (scene.balance(0, Some(from)).await, scene.balance(0, Some(to)).await);
    assert_eq!(after[0] - before[0], 33);
}

#[tokio::test]
async fn lots_tell_what_is_left_and_where_it_went() {
    let scene = story().await;
    scene.sell(6, 0, 10).await;
    scene
        .snapshot(7, 0, 5, PAID, scene.now() - chrono::TimeDelta::days(90))
        .await;
    let query = "query ($id: ID!) { node(id: $id) { ... on Customer { lots(last: 10) { totalCount nodes {
        points remaining state availableAt expiresAt order { number } entry { kind points }
        allocations(first: 10) { nodes { points entry { kind } } } } } } } }";
    let told = scene.owner().ask(query, json!({ "id": scene.customer(0).await })).await["node"]["lots"].take();
    let mut lots = list(&told["nodes"]);
    lots.reverse();
    assert_eq!(told["totalCount"], 5);
    let states: Vec<_> = lots
        .iter()
        .map(|lot| (number(&lot["points"]), number(&lot["remaining"]), text(&lot["state"])))
        .collect();
    let state = |points, remaining, state: &str| (points, remaining, state.to_owned());
    assert_eq!(
        states,
        [
            state(100, 0, "SPENT"),
            state(50, 0, "SPENT"),
            state(90, 70, "AVAILABLE"),
            state(10, 10, "AVAILABLE"),
            state(5, 0, "EXPIRED")
        ]
    );
    let second = &lots[1];
    assert_eq!(
        (&second["expiresAt"], &second["order"], &second["entry"]),
        (
            &json!("2026-03-12T03:00:00+00:00"),
            &json!({ "number": "00002" }),
            &json!({ "kind": "EARN", "points": 50 })
        )
    );
    assert_eq!(
        second["allocations"]["nodes"],
        json!([{ "points": 20, "entry": { "kind": "RESERVE" } }, { "points": 30, "entry": { "kind": "REVOKE" } }])
    );
}
