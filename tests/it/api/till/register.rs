//! Sales that are registered.

use fidelidade::run::Halves;
use futures_util::future::join_all;
use reqwest::Method;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::{Till, problem, sale};
use crate::support::app::TestApp;
use crate::support::document::cpf;

async fn program() -> TestApp {
    TestApp::builder().halves(Halves::Serve).start().await
}

/// The same sale, changed so many minutes later.
fn later(sale: &Value, minutes: i64, change: (&str, &str)) -> Value {
    let mut sale = sale.clone();
    let at: chrono::DateTime<chrono::Utc> = sale["placedAt"].as_str().unwrap().parse().unwrap();
    sale["changedAt"] = json!(at + chrono::TimeDelta::minutes(minutes));
    sale[change.0] = json!(change.1);
    sale
}

#[tokio::test]
async fn a_sale_gives_its_points_and_its_changes_take_them_back() {
    let app = program().await;
    let till = Till::open(&app).await;
    let first = sale(&app, 1, "delivered");
    let result = |outcome: &str, points: i64| json!({ "externalId": "PDV-001", "outcome": outcome, "points": points });
    assert_eq!(till.post("/sales", "a", &first).await, (201, result("created", 100)));
    assert_eq!(till.available(&cpf(1)).await, 100);
    // The same request again, and the same sale in another one.
    assert_eq!(till.post("/sales", "a", &first).await, (201, result("created", 100)));
    assert_eq!(till.post("/sales", "b", &first).await, (200, result("unchanged", 100)));
    let refunded = later(&first, 10, ("refundedAmount", "30.50"));
    assert_eq!(till.post("/sales", "c", &refunded).await, (200, result("updated", 69)));
    let returned = later(&refunded, 20, ("status", "returned"));
    assert_eq!(till.post("/sales", "d", &returned).await, (200, result("updated", 0)));
    assert_eq!(till.available(&cpf(1)).await, 0);
    // An older account changes nothing.
    assert_eq!(till.post("/sales", "e", &first).await, (200, result("unchanged", 0)));

    // It is the sale that the API knows.
    let query = "query ($id: ID!) { store(id: $id) { order(number: \"PDV-001\") {
        statusCode channel refundedTotal { amount } lines { sku quantity } customer { document { number } } } } }";
    let told = till.owner.ask(query, json!({ "id": till.store })).await;
    let expected = json!({ "statusCode": "returned", "channel": "POINT_OF_SALE", "refundedTotal": { "amount": "30.50" },
        "lines": [{ "sku": "A", "quantity": "0.5" }], "customer": { "document": { "number": cpf(1) } } });
    assert_eq!(told["store"]["order"], expected);
}

/// What `registerSales` and this door say of the same sale is the same.
#[tokio::test]
async fn both_doors_tell_of_one_sale() {
    let app = program().await;
    let till = Till::open(&app).await;
    let by_api = super::sales::sale(&app, 7, "DELIVERED");
    let input = json!({ "integrationId": till.source, "sales": [by_api.clone()], "idempotencyKey": "a" });
    let fields = "results { externalId outcome points }";
    let told = till.owner.must("registerSales", fields, input).await;
    assert_eq!(told["results"][0]["points"], 100);
    let mut same = by_api;
    same["status"] = json!("delivered");
    same["channel"] = json!("point_of_sale");
    let (status, body) = till.post("/sales", "a", &same).await;
    assert_eq!(status, 200);
    assert_eq!(
        body,
        json!({ "externalId": "PDV-007", "outcome": "unchanged", "points": 100 })
    );
}

#[tokio::test]
async fn one_bad_sale_of_several_stops_no_other() {
    let app = program().await;
    let till = Till::open(&app).await;
    let (good, pending) = (sale(&app, 1, "approved"), sale(&app, 2, "pending"));
    let mut foreign = sale(&app, 3, "delivered");
    foreign["currency"] = json!("USD");
    foreign["discountTotal"] = json!("110.01");
    foreign["lines"][0]["quantity"] = json!("0");
    let mut nameless = sale(&app, 4, "delivered");
    nameless["lines"][0]["name"] = Value::Null;
    let unheard = sale(&app, 5, "paid");
    let mut number = sale(&app, 6, "delivered");
    number["productsTotal"] = json!(110.0);
    let mut misspelt = sale(&app, 7, "delivered");
    misspelt["custumer"] = json!({});
    let mut incomplete = sale(&app, 8, "delivered");
    incomplete.as_object_mut().unwrap().remove("productsTotal");
    let sales = [
        good,
        foreign,
        nameless,
        unheard,
        number,
        misspelt,
        incomplete,
        json!(5),
        pending,
    ];
    let body = json!({ "sales": sales });
    let (status, told) = till.post("/sales", "misto", &body).await;
    assert_eq!(status, 200);
    let rejected =
        |id: &str, errors: Value| json!({ "externalId": id, "outcome": "rejected", "points": 0, "errors": errors });
    let created = |id: &str, points: i64| json!({ "externalId": id, "outcome": "created", "points": points });
    let results = told["results"].as_array().unwrap();
    assert_eq!(results.len(), 9, "{told}");
    assert_eq!(
        (&results[0], &results[8]),
        (&created("PDV-001", 100), &created("PDV-002", 0))
    );
    let expected = rejected(
        "PDV-003",
        json!([
            { "pointer": "#/sales/1/currency", "detail": "the store's amounts are in BRL" },
            { "pointer": "#/sales/1/discountTotal",
              "detail": "discounts cannot exceed productsTotal; leave discounts on shipping out" },
            { "pointer": "#/sales/1/lines/0/quantity", "detail": "it must be above 0 and at most a million" },
        ]),
    );
    assert_eq!(results[1], expected);
    for (place, pointer, said) in [
        (2, "#/sales/2/lines/0/name", "expected a string"),
        (3, "#/sales/3/status", "`delivered`"),
        (4, "#/sales/4/productsTotal", "expected a string"),
        (5, "#/sales/5/custumer", "unknown field `custumer`"),
        (6, "#/sales/6", "missing field `productsTotal`"),
        (7, "#/sales/7", "expected struct Sale"),
    ] {
        let errors = results[place]["errors"].as_array().unwrap();
        assert_eq!(
            (errors.len(), &errors[0]["pointer"]),
            (1, &json!(pointer)),
            "{}",
            results[place]
        );
        assert!(
            errors[0]["detail"].as_str().unwrap().contains(said),
            "{}",
            results[place]
        );
        assert_eq!(
            (&results[place]["outcome"], &results[place]["points"]),
            (&json!("rejected"), &json!(0))
        );
    }
    // Again it is the same, to the letter.
    assert_eq!(till.post("/sales", "misto", &body).await, (200, told));
    assert_eq!(entity::order::Entity::find().count(&app.app().db).await.unwrap(), 2);

    // Alone it is a problem.
    let mut foreign = sale(&app, 3, "delivered");
    foreign["currency"] = json!("USD");
    let expected = json!({ "title": "Unprocessable Entity", "status": 422, "code": "INVALID",
        "detail": "what was sent cannot be used; 'errors' has each field at fault",
        "errors": [{ "pointer": "#/currency", "detail": "the store's amounts are in BRL" }] });
    assert_eq!(
        problem(till.send(Method::POST, "/sales", "só", &foreign).await),
        (422, expected)
    );
}

/// However often a request is repeated, also at once, it is done once, and everybody gets the same answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_repeated_is_done_once() {
    let app = program().await;
    let till = Till::open(&app).await;
    let body = json!({ "sales": [sale(&app, 1, "delivered"), sale(&app, 2, "delivered")] });
    let answers = join_all((0..8).map(|_| till.post("/sales", "ao mesmo tempo", &body))).await;
    let expected = json!({ "results": [
        { "externalId": "PDV-001", "outcome": "created", "points": 100 },
        { "externalId": "PDV-002", "outcome": "created", "points": 100 },
    ] });
    for answer in answers {
        assert_eq!(answer, (200, expected.clone()));
    }
    let batches = entity::sale_batch::Entity::find().count(&app.app().db).await.unwrap();
    let entries = entity::ledger_entry::Entity::find().count(&app.app().db).await.unwrap();
    assert_eq!((batches, entries), (1, 2));

    // The key in quotes, as the draft of the header has it, is the same key.
    assert_eq!(till.post("/sales", "\"ao mesmo tempo\"", &body).await.0, 200);
    let other = json!({ "sales": [sale(&app, 3, "delivered")] });
    let (status, told) = problem(till.send(Method::POST, "/sales", "ao mesmo tempo", &other).await);
    assert_eq!((status, &told["code"]), (409, &json!("IDEMPOTENCY_KEY_REUSED")));
    assert_eq!(entity::order::Entity::find().count(&app.app().db).await.unwrap(), 2);

    // Two tills that tell of one sale, each with its own key.
    let one = sale(&app, 9, "delivered");
    let told = join_all(["k1", "k2", "k3"].map(|key| till.post("/sales", key, &one))).await;
    let mut statuses: Vec<u16> = told.iter().map(|(status, _)| *status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 201]);
    assert_eq!(
        entity::ledger_entry::Entity::find().count(&app.app().db).await.unwrap(),
        3
    );
}
