//! Files that can be used, in each form: the sales that they tell of, and their points in the ledger.

use serde_json::json;

use super::{Till, counts, packed};
use crate::support::app::TestApp;
use crate::support::document::cpf;
use crate::support::merchant::{list, text};

/// Three sales, of two people and of somebody unknown, as a spreadsheet in Brazil writes them.
fn spreadsheet() -> String {
    format!(
        "Venda;Situação;Data;Produtos;Desconto;Frete;CPF;Nome;Canal\r\n\
         V-1;Entregue;31/01/2026 14:05;\"R$ 1.110,00\";10,00;25,50;{};João Conceição;PDV\r\n\
         V-2;Pendente;01/02/2026;200,00;;;{};;\r\n\
         V-3;Paga;2026-02-01;50,5;;;;;\r\n;;;;;;;;\r\n",
        cpf(1),
        cpf(2),
    )
}

/// The same, as a program writes them.
fn machine() -> String {
    format!(
        "externalId,status,placedAt,productsTotal,discountTotal,shippingTotal,customerDocument,customerName,channel\n\
         V-1,DELIVERED,2026-01-31T14:05:00-03:00,1110.00,10.00,25.50,{},João Conceição,POINT_OF_SALE\n\
         V-2,PENDING,2026-02-01T00:00:00-03:00,200.00,,,{},,\n\
         V-3,APPROVED,2026-02-01,50.50,,,,,\n",
        cpf(1),
        cpf(2),
    )
}

/// The same, as `registerSales` takes them.
fn objects() -> String {
    let sales = [
        json!({ "externalId": "V-1", "status": "DELIVERED", "placedAt": "2026-01-31T14:05:00-03:00",
            "changedAt": "2026-01-31T14:05:00-03:00", "productsTotal": "1110.00", "discountTotal": "10.00",
            "shippingTotal": "25.50", "channel": "POINT_OF_SALE",
            "customer": { "document": cpf(1), "name": "João Conceição" }, "lines": [] }),
        json!({ "externalId": "V-2", "status": "PENDING", "placedAt": "2026-02-01T00:00:00-03:00",
            "productsTotal": "200.00", "customer": { "document": cpf(2) } }),
        json!({ "externalId": "V-3", "status": "APPROVED", "placedAt": "2026-02-01", "productsTotal": 50.5,
            "customer": null }),
    ];
    sales.map(|sale| sale.to_string()).join("\n")
}

#[tokio::test]
async fn every_form_gives_the_same_sales_and_points() {
    let windows = spreadsheet()
        .chars()
        .map(|sign| u8::try_from(u32::from(sign)).unwrap())
        .collect();
    let files: [(&str, Vec<u8>); 5] = [
        ("a spreadsheet", spreadsheet().into_bytes()),
        ("of Windows", windows),
        ("a program", format!("\u{feff}{}", machine()).into_bytes()),
        ("objects", objects().into_bytes()),
        ("packed objects", packed(objects().as_bytes())),
    ];
    for (what, file) in files {
        let app = TestApp::start().await;
        let till = Till::open(&app).await;
        let run = till.import("arquivo", file).await;
        assert_eq!(counts(&run), [3, 3, 3, 0, 0, 0], "{what}");
        assert_eq!(
            (&run["kind"], &run["trigger"]),
            (&json!("SALES_FILE"), &json!("MANUAL"))
        );
        let expected = [
            ("V-1", "delivered", 1100),
            ("V-2", "pending", 0),
            ("V-3", "approved", 0),
        ];
        let expected = expected.map(|(number, status, points)| (number.to_owned(), status.to_owned(), points));
        assert_eq!(till.sales().await, expected, "{what}");
        assert_eq!(till.ledger(&cpf(1)).await, [("EARN".to_owned(), 1100)], "{what}");
        assert_eq!(till.ledger(&cpf(2)).await, [], "{what}");
        let query = r#"query ($id: ID!) { store(id: $id) { order(number: "V-1") { placedAt channel
            productsTotal { amount } total { amount } customer { name } } } }"#;
        let told = till.owner.ask(query, json!({ "id": till.store })).await["store"]["order"].take();
        let expected = json!({ "placedAt": "2026-01-31T17:05:00+00:00", "channel": "POINT_OF_SALE",
            "productsTotal": { "amount": "1110.00" }, "total": { "amount": "1125.50" },
            "customer": { "name": "João Conceição" } });
        assert_eq!(told, expected, "{what}");
    }
}

/// A small file needs no address; lines of a sale come with objects.
#[tokio::test]
async fn a_small_file_comes_with_the_request() {
    let app = TestApp::start().await;
    let till = Till::open(&app).await;
    let sale = json!({ "externalId": "1", "status": "APPROVED", "placedAt": "2026-01-31", "productsTotal": "30.00",
        "customer": { "document": cpf(1) },
        "lines": [{ "sku": "CAM-01", "name": "Camiseta", "quantity": 2, "unitPrice": "15.00" }] });
    let input = json!({ "integrationId": till.source, "content": sale.to_string(), "idempotencyKey": "um" });
    let begun = till.owner.must("importSales", "importRun { id }", input.clone()).await;
    let run = till.end(&text(&begun["importRun"]["id"])).await;
    assert_eq!(counts(&run), [1, 1, 1, 0, 0, 0]);
    let again = till.owner.must("importSales", "importRun { id }", input).await;
    assert_eq!(again["importRun"]["id"], run["id"], "the same key, the same run");
    let query = r#"query ($id: ID!) { store(id: $id) { order(number: "1") { points lines { sku quantity total { amount } } } } }"#;
    let told = till.owner.ask(query, json!({ "id": till.store })).await["store"]["order"].take();
    let lines = json!([{ "sku": "CAM-01", "quantity": "2", "total": { "amount": "30.00" } }]);
    assert_eq!((&told["points"], &told["lines"]), (&json!(30), &lines));
}

/// What is written down, and who sees the run.
#[tokio::test]
async fn a_partner_needs_one_scope_to_import_and_one_to_watch() {
    let app = TestApp::start().await;
    let till = Till::open(&app).await;
    for (name, scopes, sees) in [
        ("cego", json!(["orders:write"]), false),
        ("PDV", json!(["orders:write", "integrations:read"]), true),
    ] {
        let input = json!({ "storeId": till.store, "name": name, "scopes": scopes, "idempotencyKey": name });
        let made = till.owner.must("createApiToken", "secret token { id }", input).await;
        let token = super::Actor::with(&app, &text(&made["secret"]));
        let content = format!(
            "id,status,placedAt,productsTotal,cpf\n{name},APPROVED,2026-01-31,10.00,{}",
            cpf(1)
        );
        let input = json!({ "integrationId": till.source, "content": content, "idempotencyKey": "k" });
        let begun = token.must("importSales", "importRun { id state }", input).await;
        assert_eq!(begun["importRun"].is_object(), sees);
        let query = r#"query ($id: ID!) { store(id: $id) { auditLog(first: 1, where: { action: { eq: "sales.import" } }) {
            nodes { actorId objectId } } integrations(first: 1) { nodes { importRuns(first: 1) { nodes { id } } } } } }"#;
        let told = till.owner.ask(query, json!({ "id": till.store })).await["store"].take();
        let entry = &told["auditLog"]["nodes"][0];
        assert_eq!(entry["actorId"], made["token"]["id"]);
        let run = &told["integrations"]["nodes"][0]["importRuns"]["nodes"][0]["id"];
        assert_eq!(entry["objectId"], *run);
        till.end(&text(run)).await;
    }
    assert_eq!(list(&json!(till.sales().await)).len(), 2);
}

/// What stands between fences of a language.
fn block<'a>(guide: &'a str, language: &str) -> &'a str {
    let (_, rest) = guide.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

#[tokio::test]
async fn the_examples_of_the_guide_work() {
    let guide = include_str!("../../../../docs/importing-sales.md");
    let table = block(guide, "csv");
    assert_eq!(table, include_str!("../../../fixtures/sales/vendas.csv"));
    let app = TestApp::start().await;
    let till = Till::open(&app).await;
    let run = till.import("tabela", table).await;
    assert_eq!(counts(&run), [3, 3, 3, 0, 0, 0], "{:#?}", till.rejects(&run).await);
    let run = till.import("objetos", block(guide, "jsonl")).await;
    assert_eq!(counts(&run), [2, 2, 2, 0, 0, 0], "{:#?}", till.rejects(&run).await);
    let expected = [
        ("PDV-000123", "delivered", 1140),
        ("PDV-000124", "approved", 79),
        ("PDV-000125", "cancelled", 0),
        ("PDV-000126", "delivered", 159),
        ("PDV-000127", "approved", 0),
    ];
    let expected = expected.map(|(number, status, points)| (number.to_owned(), status.to_owned(), points));
    assert_eq!(till.sales().await, expected);
}
