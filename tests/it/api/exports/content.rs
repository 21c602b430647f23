//! What is in the files.

use entity::customer;
use fidelidade::run::Halves;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use std::time::Duration;

use super::{EMAIL, exported, fetch, run, start};
use crate::api::actor::Actor;
use crate::api::seed;
use crate::support::app::{TestApp, eventually};
use crate::support::merchant::{list, text};

/// A value at a path of an object, ids of what is not there being none.
pub(super) fn at(row: &Value, path: &str) -> Value {
    path.split('.').fold(row.clone(), |value, key| value[key].clone())
}

/// The lines that nodes of the API make: each column with the path at which a node has it.
pub(super) fn lines(nodes: &Value, columns: &[(&str, &str)]) -> String {
    let line = |node: &Value| {
        let fields: Vec<String> = columns
            .iter()
            .map(|(column, path)| format!("\"{column}\":{}", at(node, path)))
            .collect();
        format!("{{{}}}\n", fields.join(","))
    };
    list(nodes).iter().map(line).collect()
}

#[tokio::test]
async fn orders_are_written_as_the_list_has_them() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let store = merchant.create_store("Loja").await;
    seed::fill(app.app(), &store, 3).await;
    app.work();
    let filter = json!({ "number": { "startsWith": "0000" } });
    let input = json!({ "storeId": store, "format": "JSON_LINES", "where": filter, "orderBy": "PLACED_AT_ASC" });
    let id = start(&merchant, "exportOrders", input).await;
    let done = eventually("the export", Duration::from_mins(1), async || {
        Some(run(&merchant, &id).await).filter(|run| run["state"] == "SUCCEEDED")
    })
    .await;
    assert_eq!((&done["done"], &done["total"]), (&json!(10), &json!(10)));
    let query = "query ($id: ID!, $where: OrderFilter) { store(id: $id) {
        orders(first: 100, orderBy: PLACED_AT_ASC, where: $where) { nodes {
            id number shopOrderNumber countedAs { id } integration { id } customer { id } statusCode statusClass placedAt
            updatedAt channel productsTotal { amount } discountTotal { amount } shippingTotal { amount }
            refundedTotal { amount } total { amount } couponCode points awardedAt complete } } } }";
    let told = merchant.ask(query, json!({ "id": store, "where": filter })).await;
    let mut nodes = told["store"]["orders"]["nodes"].clone();
    for node in nodes.as_array_mut().unwrap() {
        let number: usize = text(&node["number"]).parse().unwrap();
        node["externalId"] = json!(format!("o{number}"));
    }
    let columns = [
        ("id", "id"),
        ("number", "number"),
        ("externalId", "externalId"),
        ("shopOrderNumber", "shopOrderNumber"),
        ("countedAsId", "countedAs.id"),
        ("integrationId", "integration.id"),
        ("customerId", "customer.id"),
        ("statusCode", "statusCode"),
        ("statusClass", "statusClass"),
        ("placedAt", "placedAt"),
        ("updatedAt", "updatedAt"),
        ("channel", "channel"),
        ("productsTotal", "productsTotal.amount"),
        ("discountTotal", "discountTotal.amount"),
        ("shippingTotal", "shippingTotal.amount"),
        ("refundedTotal", "refundedTotal.amount"),
        ("total", "total.amount"),
        ("couponCode", "couponCode"),
        ("points", "points"),
        ("awardedAt", "awardedAt"),
        ("complete", "complete"),
    ];
    let expected = lines(&nodes, &columns);
    assert_eq!(expected.lines().count(), 10);
    let (status, headers, file) = fetch(&app, &text(&done["url"]), &[]).await;
    assert_eq!((status, file.as_str()), (200, expected.as_str()));
    assert_eq!(headers["content-type"], "application/x-ndjson");
    assert_eq!(headers["cache-control"], "private, no-store");
    assert_eq!(headers["content-length"], expected.len().to_string().as_str());
    assert_eq!(done["bytes"], expected.len());
    let day = &text(&done["createdAt"])[..10];
    let name = format!("attachment; filename=\"orders-{day}.jsonl\"");
    assert_eq!(headers["content-disposition"], name.as_str());
    let (_, headers, packed) = fetch(&app, &text(&done["url"]), &[("accept-encoding", "br, gzip")]).await;
    assert_eq!(headers["content-encoding"], "gzip");
    assert_eq!(packed, expected);
}

#[tokio::test]
async fn customers_are_written_with_their_points() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let store = merchant.create_store("Loja").await;
    seed::fill(app.app(), &store, 3).await;
    let input = json!({ "storeId": store, "format": "JSON_LINES", "orderBy": "NAME_DESC" });
    let file = exported(&merchant, "exportCustomers", input).await;
    let query = "query ($id: ID!) { store(id: $id) { customers(first: 100, orderBy: NAME_DESC) { nodes {
        id name email document { number } phone birthDate signedUpAt createdAt
        balance { available pending reserved debt } } } } }";
    let told = merchant.ask(query, json!({ "id": store })).await;
    let columns = [
        ("id", "id"),
        ("name", "name"),
        ("email", "email"),
        ("document", "document.number"),
        ("phone", "phone"),
        ("birthDate", "birthDate"),
        ("signedUpAt", "signedUpAt"),
        ("createdAt", "createdAt"),
        ("available", "balance.available"),
        ("pending", "balance.pending"),
        ("reserved", "balance.reserved"),
        ("debt", "balance.debt"),
    ];
    let nodes = &told["store"]["customers"]["nodes"];
    assert!(list(nodes).iter().all(|node| node["balance"]["available"] != 0));
    assert_eq!(file, lines(nodes, &columns));
}

#[tokio::test]
async fn tables_are_utf8_and_run_nothing() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let store = merchant.create_store("Loja").await;
    seed::fill(app.app(), &store, 4).await;
    let names = [
        "=cmd|' /C calc'!A0, João",
        "Müller \"o Grande\"",
        "dois\r\nlados; e mais",
        "-1+2",
    ];
    for (customer, name) in seed::customers(app.app(), store.parse().unwrap())
        .await
        .iter()
        .zip(names)
    {
        customer::Entity::update_many()
            .col_expr(customer::Column::Name, Expr::value(name))
            .filter(customer::Column::Id.eq(customer.id))
            .exec(&app.app().db)
            .await
            .unwrap();
    }
    let input = json!({ "storeId": store, "format": "CSV", "columns": ["NAME", "PHONE", "EMAIL", "DEBT"],
        "orderBy": "CREATED_AT_ASC" });
    let id = start(&merchant, "exportCustomers", input).await;
    assert_eq!(run(&merchant, &id).await["url"], Value::Null);
    super::written(&app, &id).await;
    let (_, headers, file) = fetch(&app, &text(&run(&merchant, &id).await["url"]), &[]).await;
    assert_eq!(headers["content-type"], "text/csv; charset=utf-8");
    let mut rows: Vec<&str> = file.split("exemplo.com.br,0\r\n").collect();
    assert_eq!(rows.pop(), Some(""));
    let head = "\u{feff}name,phone,email,debt\r\n";
    let expected = [
        "\"'=cmd|' /C calc'!A0, João\",,pessoa0@",
        "\"Müller \"\"o Grande\"\"\",,pessoa1@",
        "\"dois\r\nlados; e mais\",,pessoa2@",
        "\"'-1+2\",,pessoa3@",
    ];
    let first = rows[0].strip_prefix(head).unwrap();
    let mut told = vec![first];
    told.extend(&rows[1..]);
    told.sort_unstable();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_list_without_rows_is_a_file_too() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let (own, other) = (
        merchant.create_store("Loja").await,
        merchant.create_store("Outra").await,
    );
    let foreign = seed::fill(app.app(), &other, 1).await;
    // Somebody else's customer is nobody here.
    let filter = json!({ "customerId": { "eq": foreign.customer.to_string() } });
    for (format, expected) in [("JSON_LINES", ""), ("CSV", "\u{feff}id,total\r\n")] {
        let input = json!({ "storeId": own, "format": format, "columns": ["ID", "TOTAL"], "where": filter });
        assert_eq!(exported(&merchant, "exportOrders", input).await, expected);
    }
    let input = json!({ "storeId": other, "format": "JSON_LINES", "columns": ["NUMBER"], "where": filter });
    assert_eq!(exported(&merchant, "exportOrders", input).await.lines().count(), 5);
}
