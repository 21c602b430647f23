//! Changes of status and refunds of sales that are known.

use fidelidade::run::Halves;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Till, problem, sale};
use crate::support::app::TestApp;
use crate::support::document::cpf;

async fn program() -> TestApp {
    TestApp::builder().halves(Halves::Serve).start().await
}

fn result(outcome: &str, points: i64) -> Value {
    json!({ "externalId": "PDV-001", "outcome": outcome, "points": points })
}

async fn patch(till: &Till<'_>, key: &str, body: Value) -> (u16, Value) {
    let (status, _, body) = till.send(Method::PATCH, "/sales/PDV-001", key, &body).await;
    (status, body)
}

#[tokio::test]
async fn a_status_is_changed_and_an_older_one_is_not_taken() {
    let app = program().await;
    let till = Till::open(&app).await;
    till.post("/sales", "a", &sale(&app, 1, "pending")).await;
    assert_eq!(
        patch(&till, "b", json!({ "status": "delivered" })).await,
        (200, result("updated", 100))
    );
    assert_eq!(till.available(&cpf(1)).await, 100);
    let hour_ago = json!({ "status": "pending", "changedAt": "2026-01-01T00:00:00-03:00" });
    assert_eq!(patch(&till, "c", hour_ago).await, (200, result("unchanged", 100)));
    assert_eq!(
        patch(&till, "d", json!({ "status": "cancelled" })).await,
        (200, result("updated", 0))
    );
    // The first answer again.
    assert_eq!(
        patch(&till, "b", json!({ "status": "delivered" })).await,
        (200, result("updated", 100))
    );
    assert_eq!(till.available(&cpf(1)).await, 0);

    // What else is known of it stays.
    let query = "query ($id: ID!) { store(id: $id) { order(number: \"PDV-001\") {
        statusCode channel productsTotal { amount } discountTotal { amount } total { amount }
        lines { sku quantity total { amount } } customer { document { number } } } } }";
    let told = till.owner.ask(query, json!({ "id": till.store })).await;
    let expected = json!({ "statusCode": "cancelled", "channel": "POINT_OF_SALE", "productsTotal": { "amount": "110.00" },
        "discountTotal": { "amount": "10.00" }, "total": { "amount": "100.00" },
        "lines": [{ "sku": "A", "quantity": "0.5", "total": { "amount": "100.00" } }],
        "customer": { "document": { "number": cpf(1) } } });
    assert_eq!(told["store"]["order"], expected);

    let future = json!({ "status": "delivered", "changedAt": "2999-01-01T00:00:00Z" });
    let (status, told) = problem(till.send(Method::PATCH, "/sales/PDV-001", "e", &future).await);
    assert_eq!((status, &told["errors"][0]["pointer"]), (422, &json!("#/changedAt")));
    let (status, told) = problem(
        till.send(Method::PATCH, "/sales/PDV-001", "f", &json!({ "status": "paid" }))
            .await,
    );
    assert_eq!((status, &told["errors"][0]["pointer"]), (422, &json!("#/status")));
    let change = json!({ "status": "delivered" });
    let (status, told) = problem(till.send(Method::PATCH, "/sales/PDV-999", "g", &change).await);
    assert_eq!(
        (status, &told["code"], &told["detail"]),
        (404, &json!("NOT_FOUND"), &json!("there is no such sale"))
    );
    // The key of one sale is not that of another.
    let (status, told) = problem(till.send(Method::PATCH, "/sales/PDV-002", "b", &change).await);
    assert_eq!((status, &told["code"]), (409, &json!("IDEMPOTENCY_KEY_REUSED")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refunds_add_up_and_each_counts_once() {
    let app = program().await;
    let till = Till::open(&app).await;
    till.post("/sales", "a", &sale(&app, 1, "delivered")).await;
    let refund = async |key: &str, amount: &str| {
        till.post("/sales/PDV-001/refunds", key, &json!({ "amount": amount }))
            .await
    };
    assert_eq!(refund("r1", "10.00").await, (200, result("updated", 90)));
    assert_eq!(refund("r1", "10.00").await, (200, result("updated", 90)));
    assert_eq!(till.available(&cpf(1)).await, 90);
    // Three at once, each with its key, and one of them sent twice.
    let told = join_all(["r2", "r3", "r4", "r4"].map(|key| refund(key, "5.00"))).await;
    assert!(told.iter().all(|(status, _)| *status == 200), "{told:?}");
    assert_eq!(till.available(&cpf(1)).await, 75);
    // One that happened before the last is no less a refund.
    let late = json!({ "amount": "5.00", "refundedAt": "2026-01-01T00:00:00-03:00" });
    let told = till.post("/sales/PDV-001/refunds", "r5", &late).await;
    assert_eq!(told, (200, result("updated", 70)));
    let (status, told) = problem(
        till.send(
            Method::POST,
            "/sales/PDV-001/refunds",
            "r6",
            &json!({ "amount": "70.01" }),
        )
        .await,
    );
    assert_eq!((status, &told["errors"][0]["pointer"]), (422, &json!("#/amount")));
    assert!(
        told["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .starts_with("it cannot exceed"),
        "{told}"
    );
    for amount in ["0.00", "-1.00", "dez"] {
        let (status, told) = problem(
            till.send(
                Method::POST,
                "/sales/PDV-001/refunds",
                amount,
                &json!({ "amount": amount }),
            )
            .await,
        );
        assert_eq!(
            (status, &told["errors"][0]["pointer"]),
            (422, &json!("#/amount")),
            "{amount}"
        );
    }
    assert_eq!(refund("r7", "70.00").await, (200, result("updated", 0)));
    assert_eq!(till.available(&cpf(1)).await, 0);
}

/// A key in the source may have any characters.
#[tokio::test]
async fn a_sale_is_found_by_whatever_its_key_is() {
    let app = program().await;
    let till = Till::open(&app).await;
    let mut odd = sale(&app, 1, "delivered");
    odd["externalId"] = json!("Loja 1/NFC-e 5%");
    till.post("/sales", "a", &odd).await;
    let body = json!({ "amount": "50.00" });
    let told = till.post("/sales/Loja%201%2FNFC-e%205%25/refunds", "b", &body).await;
    let expected = json!({ "externalId": "Loja 1/NFC-e 5%", "outcome": "updated", "points": 50 });
    assert_eq!(told, (200, expected));
}
