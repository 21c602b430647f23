//! Who is let in, and to what.

use fidelidade::run::Halves;
use reqwest::Method;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::{Till, problem, sale, token};
use crate::api::actor::Actor;
use crate::support::app::TestApp;
use crate::support::document::cpf;
use crate::support::shop::LOJA_INTEGRADA;

const OTHER: &str = "outra@loja-exemplo.invalid";

async fn program() -> TestApp {
    TestApp::builder().halves(Halves::Serve).start().await
}

/// Every route with something to ask of it.
fn requests(app: &TestApp) -> Vec<(Method, &'static str, Value)> {
    vec![
        (Method::POST, "/sales", sale(app, 1, "delivered")),
        (Method::POST, "/sales", json!({ "sales": [sale(app, 1, "delivered")] })),
        (Method::PATCH, "/sales/PDV-001", json!({ "status": "cancelled" })),
        (Method::POST, "/sales/PDV-001/refunds", json!({ "amount": "1.00" })),
        (Method::POST, "/customers", json!({ "document": cpf(2) })),
        (Method::POST, "/balances", json!({ "document": cpf(1) })),
        (Method::POST, "/redemptions/codes", json!({ "document": cpf(1) })),
        (
            Method::POST,
            "/redemptions",
            json!({ "document": cpf(1), "rewardId": "reward_00000000000000000000000000", "code": "000000" }),
        ),
    ]
}

#[tokio::test]
async fn whoever_has_no_right_changes_and_sees_nothing() {
    let app = program().await;
    let mut till = Till::open(&app).await;
    till.post("/sales", "a", &sale(&app, 1, "delivered")).await;
    let other = Actor::user(&app, OTHER).await;
    let elsewhere = other.create_store("Outra").await;
    let foreign = token(&other, &elsewhere, &["orders:write", "customers:read"]).await;
    let reader = token(&till.owner, &till.store, &["orders:read", "store:read"]).await;
    for (name, status, code) in [
        ("fat_x", 401, "INVALID_TOKEN"),
        (foreign.as_str(), 404, "NOT_FOUND"),
        (reader.as_str(), 403, "FORBIDDEN"),
    ] {
        name.clone_into(&mut till.token);
        for (method, path, body) in requests(&app) {
            let answer = till.send(method, path, "b", &body).await;
            assert_eq!(answer.1.contains_key("www-authenticate"), status == 401);
            let (said, told) = problem(answer);
            assert_eq!((said, &told["code"]), (status, &json!(code)), "{path}: {told}");
        }
    }
    for (method, path, body) in requests(&app) {
        let headers = [("content-type", "application/json"), ("idempotency-key", "c")];
        let answer = till.ask(method, path, &headers, body.to_string()).await;
        assert_eq!(answer.1["www-authenticate"], "Bearer");
        let (said, told) = problem(answer);
        assert_eq!((said, &told["code"]), (401, &json!("UNAUTHENTICATED")), "{path}");
    }
    let entries = entity::ledger_entry::Entity::find().count(&app.app().db).await.unwrap();
    assert_eq!(entries, 1, "nothing happened but the first sale");
}

/// One scope opens one thing: a till that registers sales sees no balance.
#[tokio::test]
async fn a_token_has_only_its_scopes() {
    let app = program().await;
    let mut till = Till::open(&app).await;
    till.token = token(&till.owner, &till.store, &["orders:write"]).await;
    assert_eq!(till.post("/sales", "a", &sale(&app, 1, "delivered")).await.0, 201);
    let whose = json!({ "document": cpf(1) });
    let (status, told) = problem(till.send(Method::POST, "/balances", "", &whose).await);
    assert_eq!(
        (status, &told["detail"]),
        (403, &json!("this needs the permission customers:read"))
    );
    till.token = token(&till.owner, &till.store, &["customers:read"]).await;
    assert_eq!(till.available(&cpf(1)).await, 100);
    let (status, _) = problem(
        till.send(Method::POST, "/sales", "b", &sale(&app, 2, "delivered"))
            .await,
    );
    assert_eq!(status, 403);
}

#[tokio::test]
async fn only_a_source_that_is_on_takes_sales() {
    let app = program().await;
    let mut till = Till::open(&app).await;
    let own = till.source.clone();
    let shop = till.owner.connect(&till.store, &LOJA_INTEGRADA).await;
    for (source, status, code) in [
        ("integration_x", 404, "NOT_FOUND"),
        ("integration_00000000000000000000000000", 404, "NOT_FOUND"),
        (shop.as_str(), 422, "INVALID"),
    ] {
        source.clone_into(&mut till.source);
        let answer = till
            .send(Method::POST, "/sales", source, &sale(&app, 1, "delivered"))
            .await;
        let (said, told) = problem(answer);
        assert_eq!((said, &told["code"]), (status, &json!(code)), "{told}");
    }
    till.source = own.clone();
    till.owner.must("deactivateIntegration", "", json!({ "id": own })).await;
    let (status, told) = problem(
        till.send(Method::POST, "/sales", "x", &sale(&app, 1, "delivered"))
            .await,
    );
    assert_eq!((status, &told["code"]), (409, &json!("INTEGRATION_INACTIVE")));
    assert_eq!(entity::order::Entity::find().count(&app.app().db).await.unwrap(), 0);
}

/// A balance is asked for by a document or an address, and told of whoever stayed after a merge.
#[tokio::test]
async fn a_balance_is_found_by_what_people_tell() {
    let app = program().await;
    let till = Till::open(&app).await;
    let mut first = sale(&app, 1, "delivered");
    first["customer"]["email"] = json!("Ana@Exemplo.com.br");
    till.post("/sales", "a", &first).await;
    till.post("/sales", "b", &sale(&app, 2, "delivered")).await;
    let ask = async |whose: Value| till.post("/balances", "", &whose).await;
    let (status, told) = ask(json!({ "document": cpf(1) })).await;
    assert_eq!(status, 200);
    let id = told["customerId"].clone();
    let expected = json!({ "customerId": id, "available": 100, "pending": 0, "reserved": 0, "debt": 0 });
    assert_eq!(told, expected);
    let dotted = cpf(1);
    let dotted = format!("{}.{}.{}-{}", &dotted[..3], &dotted[3..6], &dotted[6..9], &dotted[9..]);
    assert_eq!(ask(json!({ "document": dotted })).await.1, expected);
    assert_eq!(ask(json!({ "email": "ana@exemplo.com.br " })).await.1, expected);
    let (_, other) = ask(json!({ "document": cpf(2) })).await;
    let input = json!({ "fromCustomerId": other["customerId"], "intoCustomerId": id, "reason": "a mesma",
        "idempotencyKey": "m" });
    till.owner.must("mergeCustomers", "", input).await;
    let (_, merged) = ask(json!({ "document": cpf(2) })).await;
    assert_eq!((&merged["customerId"], &merged["available"]), (&id, &json!(200)));

    for nobody in [
        json!({ "document": cpf(3) }),
        json!({ "email": "x@y.z" }),
        json!({ "document": "123" }),
    ] {
        let (status, told) = problem(till.send(Method::POST, "/balances", "", &nobody).await);
        assert_eq!(
            (status, &told["detail"]),
            (404, &json!("there is no such customer")),
            "{nobody}"
        );
    }
    for wrong in [json!({}), json!({ "document": cpf(1), "email": "a@b.c" })] {
        let (status, told) = problem(till.send(Method::POST, "/balances", "", &wrong).await);
        assert_eq!(
            (status, &told["errors"][0]["pointer"]),
            (422, &json!("#/document")),
            "{wrong}"
        );
    }
}
