//! Customers whom tills and ERPs register without a sale, through both doors.

use entity::customer;
use fidelidade::run::Halves;
use reqwest::Method;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{Till, problem, sale};
use crate::support::app::TestApp;
use crate::support::document::cpf;
use crate::support::merchant::list;

async fn program() -> TestApp {
    TestApp::builder().halves(Halves::Serve).start().await
}

async fn customers(app: &TestApp) -> Vec<customer::Model> {
    customer::Entity::find().all(&app.app().db).await.unwrap()
}

impl Till<'_> {
    async fn register(&self, customers: &Value) -> Vec<Value> {
        let input = json!({ "integrationId": self.source, "customers": customers });
        let fields = "results { outcome customer { name email } errors { code path message } }";
        list(&self.owner.must("registerCustomers", fields, input).await["results"])
    }
}

#[tokio::test]
async fn a_till_registers_a_customer_and_corrects_what_it_told() {
    let app = program().await;
    let till = Till::open(&app).await;
    let maria = json!({ "document": cpf(1), "name": "Maria", "email": "maria@correio.example" });
    let corrected = json!({ "document": cpf(1), "name": "Maria Silva", "phone": "(11) 90000-0000" });
    for (body, status, outcome) in [
        (&maria, 201, "created"),
        (&maria, 200, "unchanged"),
        (&corrected, 200, "updated"),
        (&corrected, 200, "unchanged"),
    ] {
        let told = till.post("/customers", "", body).await;
        assert_eq!(told, (status, json!({ "outcome": outcome })));
    }
    let known = customers(&app).await;
    let [known] = known.as_slice() else {
        panic!("{} customers", known.len())
    };
    assert_eq!(
        (known.name.as_deref(), known.email.as_deref(), known.phone.as_deref()),
        (Some("Maria Silva"), Some("maria@correio.example"), Some("11900000000"))
    );
    // The sale finds the customer, and a buyer's name does not correct the customer's.
    assert_eq!(till.post("/sales", "a", &sale(&app, 1, "delivered")).await.0, 201);
    assert_eq!(till.available(&cpf(1)).await, 100);
    assert_eq!(customers(&app).await[0].name.as_deref(), Some("Maria Silva"));
}

#[tokio::test]
async fn one_that_cannot_be_used_stops_no_other() {
    let app = program().await;
    let till = Till::open(&app).await;
    let told = till
        .register(&json!([
            { "document": cpf(1), "name": "Maria" },
            { "document": "111.111.111-11", "email": "x", "birthDate": "1800-01-01" },
            { "name": "Ninguém" },
            { "externalId": "C-4", "email": "Ana@Correio.example" },
            { "document": cpf(1), "phone": "11 90000-0000" },
        ]))
        .await;
    let outcomes: Vec<&Value> = told.iter().map(|result| &result["outcome"]).collect();
    assert_eq!(outcomes, ["CREATED", "REJECTED", "REJECTED", "CREATED", "UPDATED"]);
    assert_eq!(
        told[3]["customer"],
        json!({ "name": null, "email": "ana@correio.example" })
    );
    let paths: Vec<&Value> = list_of(&told[1]["errors"]).map(|error| &error["path"]).collect();
    assert_eq!(
        paths,
        [
            &json!(["customers", "1", "document"]),
            &json!(["customers", "1", "email"]),
            &json!(["customers", "1", "birthDate"])
        ]
    );
    assert_eq!(
        told[2]["errors"],
        json!([{ "code": "INVALID", "path": ["customers", "2"],
            "message": "send a CPF or CNPJ, an e-mail address, or your own key of the customer in externalId" }])
    );
    assert_eq!(customers(&app).await.len(), 2);
    let (status, told) = problem(
        till.send(Method::POST, "/customers", "", &json!({ "document": "123" }))
            .await,
    );
    assert_eq!(
        (status, &told["errors"]),
        (
            422,
            &json!([{ "pointer": "#/document", "detail": "it is neither a CPF nor a CNPJ; check its digits" }])
        )
    );
}

fn list_of(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}

/// Who is registered twice at once is one customer.
#[tokio::test]
async fn two_tills_at_once_register_one_customer() {
    let app = program().await;
    let till = Till::open(&app).await;
    let whose = json!({ "document": cpf(7), "name": "Rita" });
    let told = futures_util::future::join_all((0..8).map(|_| till.post("/customers", "", &whose))).await;
    let created = told.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!((created, told.len(), customers(&app).await.len()), (1, 8, 1));
}
