//! What is said of this door: the OpenAPI document, and the examples of the guide.

use std::collections::BTreeSet;

use fidelidade::run::Halves;
use fidelidade::till;
use reqwest::Method;
use serde_json::{Value, json};

use super::Till;
use crate::api::{seed, seed_pools};
use crate::support::app::TestApp;
use crate::support::merchant::text;

const CHECKED_IN: &str = include_str!("../../../../docs/api/openapi.json");
const GUIDE: &str = include_str!("../../../../docs/pushing-sales.md");

#[test]
fn the_document_is_checked_in() {
    assert!(
        till::document() == CHECKED_IN,
        "the door for tills has changed: `cargo run -- openapi > docs/api/openapi.json`"
    );
}

#[tokio::test]
async fn the_document_is_served_and_names_every_route() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let (status, body) = app.get("/api/v1/openapi.json").await;
    assert_eq!((status, body.as_str()), (200, CHECKED_IN));
    let told: Value = serde_json::from_str(CHECKED_IN).unwrap();
    let routes: BTreeSet<String> = told["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods
                .as_object()
                .unwrap()
                .keys()
                .map(move |method| format!("{method} {path}"))
        })
        .collect();
    let expected = [
        "get /api/v1/rewards",
        "patch /api/v1/sales/{externalId}",
        "post /api/v1/balances",
        "post /api/v1/customers",
        "post /api/v1/redemptions",
        "post /api/v1/redemptions/codes",
        "post /api/v1/sales",
        "post /api/v1/sales/{externalId}/refunds",
    ];
    assert_eq!(routes.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    // Whatever is referred to is there.
    let schemas = &told["components"]["schemas"];
    let mut open = vec![&told];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(name) = fields.get("$ref").and_then(Value::as_str) {
                    let name = name.strip_prefix("#/components/schemas/").unwrap();
                    assert!(schemas[name].is_object(), "{name}");
                }
                open.extend(fields.values());
            }
            Value::Array(values) => open.extend(values),
            _ => {}
        }
    }
    let fields = |name: &str| -> BTreeSet<String> {
        let properties = schemas[name]["properties"].as_object();
        properties
            .unwrap_or_else(|| panic!("{name}: {}", schemas[name]))
            .keys()
            .cloned()
            .collect()
    };
    // The sale of this door is that of `registerSales`.
    let query = "{ sale: __type(name: \"SaleInput\") { inputFields { name } }
        customer: __type(name: \"SaleCustomerInput\") { inputFields { name } }
        line: __type(name: \"SaleLineInput\") { inputFields { name } } }";
    let known = app.data(query, json!({}), None).await;
    for (schema, input) in [("Sale", "sale"), ("Customer", "customer"), ("Line", "line")] {
        let names = known[input]["inputFields"].as_array().unwrap().iter();
        let names: BTreeSet<String> = names.map(|field| field["name"].as_str().unwrap().to_owned()).collect();
        assert_eq!(fields(schema), names, "{schema}");
    }
}

/// A reward for 100 points, with a code of a pool.
async fn reward(till: &Till<'_>) -> String {
    let app = till.app.app();
    let shop = seed::integration(app, &till.store).await;
    let pool = seed_pools::pool(app, &shop, 0).await;
    seed_pools::add(app, &shop, pool, "VERAO-0000000\n").await;
    let input = json!({ "integrationId": shop.id, "kind": "AMOUNT_OFF", "amount": "5.00", "name": "R$ 5", "points": 100,
        "fulfilment": "POOL", "poolId": pool, "idempotencyKey": "prêmio" });
    text(&till.owner.must("createReward", "reward { id }", input).await["reward"]["id"])
}

/// The guide's examples: `till METHOD PATH 'body'`, each with its answer in the next block.
#[tokio::test]
async fn the_examples_of_the_guide_are_answered_as_it_says() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let till = Till::open(&app).await;
    let reward = reward(&till).await;
    let mut asked = 0;
    let mut blocks = GUIDE.split("```");
    while let Some(block) = blocks.next() {
        for call in block.split("\ntill ").skip(1) {
            let (method, rest) = call.split_once(' ').unwrap();
            if method == "GET" {
                let path = rest.trim().trim_matches('"').replace("$SOURCE", &till.source);
                let told = till.get(&path).await;
                let expected = blocks.nth(1).unwrap().strip_prefix("json").unwrap();
                let expected = expected.replace("reward_01J000000000000000000000000", &reward);
                assert_eq!(told, (200, serde_json::from_str(&expected).unwrap()), "{path}");
                asked += 1;
                continue;
            }
            let (path, rest) = rest.split_once(' ').unwrap();
            let mut body = rest.trim().trim_matches('\'').replace("'$SOURCE'", &till.source);
            if body.contains("'$CODE'") {
                let code = seed::digits(app.app()).await;
                body = body.replace("'$REWARD'", &reward).replace("'$CODE'", &code);
            }
            let body: Value = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}"));
            let method: Method = method.parse().unwrap();
            let (status, _, told) = till.send(method, path, &format!("guia {asked}"), &body).await;
            let expected = blocks.nth(1).unwrap().strip_prefix("json").unwrap();
            let expected: Value = serde_json::from_str(expected).unwrap();
            let (mut told, mut expected) = (told, expected);
            for varying in ["requestId", "customerId", "expiresAt", "redemptionId"] {
                for body in [&mut told, &mut expected] {
                    body.as_object_mut().unwrap().remove(varying);
                    if let Some(Value::Object(coupon)) = body.get_mut("coupon") {
                        coupon.remove("validUntil");
                    }
                }
            }
            assert_eq!(told, expected, "{status} {path}");
            asked += 1;
        }
    }
    assert_eq!(asked, 10);
}
