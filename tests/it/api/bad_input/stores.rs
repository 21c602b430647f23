//! Stores and the rules of their programmes.

use serde_json::{Value, json};

use super::{Names, Row, Said, check, row};
use crate::api::actor::Actor;
use crate::support::app::TestApp;

pub(super) fn rows() -> Vec<Row> {
    let create = |what: &'static str, field: &str, value: Value, said: Said| {
        let mut input = json!({ "name": "Loja", "idempotencyKey": what });
        input[field] = value;
        row(what, "createStore", input, &[said])
    };
    let rename = |what: &'static str, field: &str, value: Value, said: Said| {
        let mut input = json!({ "id": "$store", "version": 1, "name": "Outra" });
        input[field] = value;
        row(what, "updateStore", input, &[said])
    };
    let rules = |what: &'static str, field: &str, value: Value, said: Said| {
        let mut input = json!({ "storeId": "$store", "pointsPerReal": "1", "version": 1 });
        input[field] = value;
        row(what, "updateProgramme", input, &[said])
    };
    let invalid = |path, message| ("INVALID", path, message);
    let period = |from: &str, to: &str, factor: &str| json!({ "startsAt": from, "endsAt": to, "factor": factor });
    let webhook = json!({ "storeId": "$store", "url": "https://erp.exemplo.com.br/", "idempotencyKey": "aviso",
        "eventTypes": ["ORDER_CREATED"], "scopes": ["orders:read"],
        "payload": "query ($id: ID!) { node(id: $id) { ... on Order { customer { id } } } }" });
    let missing = |place| ("SCOPE_MISSING", "payload", place);
    vec![
        row(
            "a query beyond its scopes",
            "createWebhook",
            webhook,
            &[
                missing("Customer needs customers:read"),
                missing("Order.customer needs customers:read"),
            ],
        ),
        create("no name", "name", json!(" "), invalid("name", "1 to 120 characters")),
        create(
            "a long name",
            "name",
            json!("x".repeat(121)),
            invalid("name", "1 to 120 characters"),
        ),
        create(
            "a zone that is none",
            "timeZone",
            json!("Brasilia"),
            invalid(
                "timeZone",
                "'Brasilia' is not an IANA time zone; for most of Brazil it is America/Sao_Paulo",
            ),
        ),
        create(
            "a currency that is none",
            "currency",
            json!("real"),
            invalid("currency", "'real' is not an ISO 4217 code of three capitals"),
        ),
        rename("no name", "name", json!(" "), invalid("name", "1 to 120 characters")),
        rename(
            "an old version",
            "version",
            json!(0),
            ("CONFLICT", "version", "changed meanwhile (version 1)"),
        ),
        rename(
            "somebody else's",
            "id",
            json!("$foreign_store"),
            ("NOT_FOUND", "id", "no such store"),
        ),
        rules(
            "points to be paid",
            "pointsPerReal",
            json!("-1"),
            invalid("pointsPerReal", "0 to 1000 with at most three decimals"),
        ),
        rules(
            "too many points",
            "pointsPerReal",
            json!("1000.01"),
            invalid("pointsPerReal", "0 to 1000"),
        ),
        rules(
            "a negative smallest order",
            "minimumOrder",
            json!("-1.00"),
            invalid("minimumOrder", "cannot be negative"),
        ),
        rules(
            "days that have passed",
            "holdDays",
            json!(-1),
            invalid("holdDays", "0 to 365 days"),
        ),
        rules(
            "too many days",
            "holdDays",
            json!(366),
            invalid("holdDays", "0 to 365 days"),
        ),
        rules(
            "no months",
            "expiryMonths",
            json!(0),
            invalid("expiryMonths", "leave it out for points that never expire"),
        ),
        rules(
            "too many months",
            "expiryMonths",
            json!(121),
            invalid("expiryMonths", "1 to 120 months"),
        ),
        rules(
            "grace that has passed",
            "graceDays",
            json!(-1),
            invalid("graceDays", "0 to 365 days"),
        ),
        rules(
            "too much grace",
            "graceDays",
            json!(366),
            invalid("graceDays", "0 to 365 days"),
        ),
        rules(
            "a bonus to be paid",
            "signUpBonus",
            json!(-1),
            invalid("signUpBonus", "0 to 1000000 points"),
        ),
        rules(
            "too great a bonus",
            "birthdayBonus",
            json!(1_000_001),
            invalid("birthdayBonus", "0 to 1000000 points"),
        ),
        rules(
            "a status of no shop",
            "excludedStatuses",
            json!(["999"]),
            invalid("excludedStatuses", "no shop of the store has a status '999'"),
        ),
        rules(
            "a factor of nothing",
            "multipliers",
            json!([period("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "0")]),
            invalid(
                "multipliers",
                "the factor of period 1 must be more than 0 and at most 100",
            ),
        ),
        rules(
            "too great a factor",
            "multipliers",
            json!([period("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "100.001")]),
            invalid("multipliers", "at most 100"),
        ),
        rules(
            "a period that ends before it starts",
            "multipliers",
            json!([
                period("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2"),
                period("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2"),
            ]),
            invalid("multipliers", "period 2 must end after it starts"),
        ),
        rules(
            "too many periods",
            "multipliers",
            json!(vec![period("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2"); 101]),
            invalid("multipliers", "at most 100 periods"),
        ),
        rules(
            "a rate of nothing in particular",
            "productRates",
            json!([{ "skus": [], "pointsPerReal": "2" }]),
            invalid("productRates", "rate 1 needs SKUs of 1 to 100 characters"),
        ),
        rules(
            "a product with two rates",
            "productRates",
            json!([{ "skus": ["A"], "pointsPerReal": "2" }, { "skus": ["B", " A"], "pointsPerReal": "3" }]),
            invalid("productRates", "SKU 'A' has two rates"),
        ),
        rules(
            "a product's rate that is too fine",
            "productRates",
            json!([{ "skus": ["A"], "pointsPerReal": "0.0001" }]),
            invalid(
                "productRates",
                "the points of rate 1 must be 0 to 1000 with at most three decimals",
            ),
        ),
        rules(
            "a rate of no category",
            "categoryRates",
            json!([{ "category": "Roupas", "pointsPerReal": "2" }, { "category": " > ", "pointsPerReal": "2" }]),
            invalid(
                "categoryRates",
                "the category of rate 2 is not a category; write its path from the top",
            ),
        ),
        rules(
            "an endless category",
            "categoryRates",
            json!([{ "category": "x".repeat(501), "pointsPerReal": "2" }]),
            invalid("categoryRates", "at most 500 characters"),
        ),
        rules(
            "a category with two rates",
            "categoryRates",
            json!([
                { "category": "Calçados > Tênis", "pointsPerReal": "2" },
                { "category": "Calçados", "pointsPerReal": "2" },
                { "category": "CALCADOS>tenis", "pointsPerReal": "3" },
            ]),
            invalid(
                "categoryRates",
                "category 'CALCADOS > tenis' has two rates; name it once",
            ),
        ),
        rules(
            "a category's rate that is too fine",
            "categoryRates",
            json!([{ "category": "Roupas", "pointsPerReal": "0.0001" }]),
            invalid(
                "categoryRates",
                "the points of rate 1 must be 0 to 1000 with at most three decimals",
            ),
        ),
        rules(
            "too many categories",
            "categoryRates",
            json!(
                (0..101)
                    .map(|number| json!({ "category": number.to_string(), "pointsPerReal": "2" }))
                    .collect::<Vec<_>>()
            ),
            invalid("categoryRates", "at most 100 rates"),
        ),
        rules(
            "an old version",
            "version",
            json!(0),
            ("CONFLICT", "version", "changed meanwhile (version 1)"),
        ),
        rules(
            "somebody else's store",
            "storeId",
            json!("$foreign_store"),
            ("NOT_FOUND", "storeId", "no such store"),
        ),
        row(
            "all wrong",
            "updateProgramme",
            json!({
                "storeId": "$store", "pointsPerReal": "-1", "holdDays": -1, "expiryMonths": 0, "version": 1,
            }),
            &[
                invalid("pointsPerReal", "1000"),
                invalid("holdDays", "365"),
                invalid("expiryMonths", "120"),
            ],
        ),
    ]
}

#[tokio::test]
async fn wrong_stores_and_rules() {
    let app = TestApp::start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let other = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let names = Names::default()
        .is("$store", merchant.create_store("Loja").await)
        .is("$foreign_store", other.create_store("Outra").await);
    check(&merchant, &names, rows()).await;
    let query = "{ viewer { stores(first: 10) { totalCount nodes { programme { version } } } } }";
    let told = merchant.ask(query, json!({})).await;
    assert_eq!(
        told["viewer"]["stores"],
        json!({ "totalCount": 1, "nodes": [{ "programme": { "version": 1 } }] })
    );
}

/// What is not a value of its type at all is refused before anything is done.
#[tokio::test]
async fn values_of_another_type() {
    let app = TestApp::start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    for rate in [json!("one"), json!("1,5"), json!(1.5), json!("")] {
        let input = json!({ "storeId": store, "pointsPerReal": rate, "version": 1 });
        let query = Actor::mutation("updateProgramme", "programme { version }");
        let answer = merchant.answer(&query, json!({ "input": input })).await;
        assert_eq!(answer["data"], Value::Null, "{rate}: {answer}");
        assert!(!answer["errors"][0]["message"].as_str().unwrap().is_empty());
    }
}
