//! Lines that cannot be used: each is told of with its line, its column and what to do, and stops no other.

use serde_json::{Value, json};

use super::{Till, counts};
use crate::support::app::TestApp;
use crate::support::document::cpf;

/// Line, column, and the beginning of what is said of each.
fn said(rejects: &[Value]) -> Vec<(i64, Option<&str>, &str)> {
    rejects
        .iter()
        .map(|reject| {
            let message = reject["message"].as_str().unwrap();
            (reject["line"].as_i64().unwrap(), reject["field"].as_str(), message)
        })
        .collect()
}

fn agree(rejects: &[Value], expected: &[(i64, Option<&str>, &str)]) {
    let told = said(rejects);
    for (told, expected) in told.iter().zip(expected) {
        assert_eq!((told.0, told.1), (expected.0, expected.1), "{}", told.2);
        assert!(told.2.contains(expected.2), "{told:?}\ninstead of {expected:?}");
    }
    assert_eq!(told.len(), expected.len(), "{told:#?}");
}

#[tokio::test]
async fn a_table_of_bad_lines() {
    let app = TestApp::start().await;
    let till = Till::open(&app).await;
    let good = |id: &str, number: usize| format!("{id};Paga;31/01/2026;100,00;;;{};BRL;Ana;2;;", cpf(number));
    let lines = [
        "Venda;Situação;Data;Produtos;Desconto;Devolvido;CPF;Moeda;Cliente;Número;Nascimento;Canal".to_owned(),
        good("A-1", 1),
        "A-2;Paga;31/01/2026;1.234;;;;;;;;".to_owned(),
        "A-3;Pronta;31/01/2026;10,00;;;;;;;;".to_owned(),
        "A-4;Paga;2026-31-01;10,00;;;;;;;;".to_owned(),
        ";Paga;31/01/2026;10,00;;;;;;;;".to_owned(),
        "A-6;Paga;31/01/2026;10,00;20,00;;;;;;;".to_owned(),
        "A-7;Paga;31/01/2026;10,00;;11,00;;;;;;".to_owned(),
        "A-8;Paga;31/01/2999;10,00;;;;;;;;".to_owned(),
        "A-9;Paga;31/01/2026;10,00;;;;USD;;;;".to_owned(),
        "A-10;Paga;31/01/2026;-1,00;;;;;;;;".to_owned(),
        "A-11;Paga;31/01/2026;10,00".to_owned(),
        "A-12;Paga;31/01/2026;10,00;;;;;;;;;x".to_owned(),
        format!("A-13;Paga;31/01/2026;10,00;;;;;{};;;", "x".repeat(301)),
        "A-14;Paga;31/01/2026;10,00;;;;;\"aberta;;;".to_owned(),
        good("A-1", 2),
        "A-16;Paga;ontem;dez;;;;;;;31/31/1990;balcão".to_owned(),
        "A-17;Paga;31/01/2026;10,00;;;123;;Consumidor;;;".to_owned(),
        good("A-18", 3),
    ];
    let run = till.import("linhas", lines.join("\r\n")).await;
    assert_eq!(counts(&run), [18, 18, 3, 0, 0, 15]);
    let rejects = till.rejects(&run).await;
    let expected: [(i64, Option<&str>, &str); 15] = [
        (3, Some("Produtos"), "write 1234,00 or 1234.00"),
        (4, Some("Situação"), "there are PENDING, APPROVED"),
        (
            5,
            Some("Data"),
            "write 2026-01-31T14:05:00-03:00, 2026-01-31 14:05 or 31/01/2026 14:05",
        ),
        (6, Some("Venda"), "it is missing"),
        (7, Some("Desconto"), "discounts cannot exceed productsTotal"),
        (
            8,
            Some("Devolvido"),
            "it cannot exceed productsTotal less discountTotal",
        ),
        (9, Some("Data"), "it is in the future"),
        (10, Some("Moeda"), "the store's amounts are in BRL"),
        (11, Some("Produtos"), "it must be 0 or more"),
        (12, None, "it has 4 values and the header 12 columns"),
        (13, None, "it has 13 values and the header 12 columns"),
        (14, Some("Cliente"), "at most 300 characters"),
        (15, None, "a quotation mark is opened and not closed"),
        (16, Some("Venda"), "the sale stands on line 2 already"),
        (17, Some("Data"), "Data: it is not a time"),
    ];
    agree(&rejects, &expected);
    let several = rejects[14]["message"].as_str().unwrap();
    for column in [
        "Produtos: it is not an amount",
        "Canal: it is not a channel",
        "Nascimento: it is not a date",
    ] {
        assert!(several.contains(column), "{several}");
    }
    assert_eq!(
        (&rejects[0]["resource"], &rejects[0]["externalId"]),
        (&json!("order"), &json!("A-2"))
    );
    assert_eq!(
        rejects[13]["record"]["CPF"]
            .as_str()
            .map(|kept| kept.contains(&cpf(2)[..6])),
        Some(false)
    );
    // The others are there; whose document is none has no customer yet.
    let sales = till
        .sales()
        .await
        .into_iter()
        .map(|(number, _, points)| (number, points));
    assert_eq!(
        sales.collect::<Vec<_>>(),
        [("2".to_owned(), 100), ("2".to_owned(), 100), ("A-17".to_owned(), 0)]
    );
}

#[tokio::test]
async fn a_file_of_bad_objects() {
    let app = TestApp::start().await;
    let till = Till::open(&app).await;
    let good = json!({ "externalId": "1", "status": "APPROVED", "placedAt": "2026-01-31T10:00:00-03:00",
        "changedAt": "2026-01-31T10:00:00-03:00", "productsTotal": "10.00" });
    let with = |field: &str, value: Value| {
        let mut sale = good.clone();
        sale["externalId"] = json!(format!("com {field}"));
        sale[field] = value;
        sale.to_string()
    };
    let lines = [
        good.to_string(),
        "{".to_owned(),
        with("total_geral", json!("1")),
        with("status", json!("concluída")),
        with("productsTotal", json!("10,00")),
        with("customer", json!({ "cpf": "1" })),
        with("lines", json!([{ "name": "A", "quantity": "0", "unitPrice": "1" }])),
        with("lines", json!([{ "name": "A", "quantity": "um", "unitPrice": "1" }])),
        with("placedAt", Value::Null),
        with("branch", json!("a\u{0}b")),
        good.to_string(),
    ];
    let run = till.import("objetos", lines.join("\n")).await;
    assert_eq!(counts(&run), [11, 11, 1, 0, 0, 10]);
    let expected = [
        (2, None, "it is not a JSON object, at its character"),
        (3, Some("total_geral"), "there is no such field; there are externalId,"),
        (4, Some("status"), "it is not a status"),
        (5, Some("productsTotal"), "it is not an amount; write 1234.56"),
        (6, Some("customer.cpf"), "there is no such field"),
        (7, Some("lines.0.quantity"), "it must be above 0"),
        (8, Some("lines.0.quantity"), "write 1.5"),
        (9, Some("placedAt"), "it is missing"),
        (10, Some("branch"), "neither a text nor a number"),
        (11, Some("externalId"), "the sale stands on line 1 already"),
    ];
    agree(&till.rejects(&run).await, &expected);
}

/// The fields of objects are those of the mutation, so that whoever knows one knows the other.
#[tokio::test]
async fn objects_have_the_fields_of_the_mutation() {
    let app = TestApp::start().await;
    let till = Till::open(&app).await;
    let fields = async |kind: &str| -> Vec<String> {
        let query = format!("{{ __type(name: \"{kind}\") {{ inputFields {{ name }} }} }}");
        let told = till.owner.ask(&query, json!({})).await;
        let fields = told["__type"]["inputFields"].as_array().unwrap();
        fields
            .iter()
            .map(|field| field["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let known = |names: Vec<String>| -> Value {
        let all = names.into_iter().map(|name| (name, Value::Null));
        Value::Object(all.collect())
    };
    let mut sale = known(fields("SaleInput").await);
    sale["customer"] = known(fields("SaleCustomerInput").await);
    sale["lines"] = json!([known(fields("SaleLineInput").await)]);
    let run = till.import("campos", sale.to_string()).await;
    let message = till.rejects(&run).await[0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("lines.0.name: it is missing"), "{message}");
    assert!(!message.contains("no such field"), "{message}");
}
