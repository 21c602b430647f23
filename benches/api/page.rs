//! The page: a store, 50 of its customers by date, for each the last five sales and all coupons; some 2,000 fields. As
//! a document of the API and as one statement, and whether both give the same data.

use anyhow::{Context as _, ensure};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::{Value, json};
use ulid::Ulid;
use uuid::Uuid;

use super::stock::{self, BEGAN, Stock};

/// Customers of the page.
pub(crate) const CUSTOMERS: u64 = 50;

/// As a partner writes it, within the limits that a server has by itself.
const DOCUMENT: &str = "query Page($store: ID!, $before: DateTime!) { store(id: $store) { id name \
     customers(first: 50, where: { createdAt: { lt: $before } }) { nodes { id name email \
     orders(first: 5) { nodes { id number placedAt total { amount } points } } \
     coupons(first: 50) { nodes { id code state validUntil } } } } } }";

/// The same data as JSON, in the quickest way that PostgreSQL has. Ids stay as they are in the columns, which is less work
/// than the API has. `{before}` is a number of seconds.
const STATEMENT: &str = "SELECT json_build_object('store', row_to_json(s)) AS data FROM (SELECT s.id, s.name, \
     json_build_object('nodes', (SELECT json_agg(row_to_json(c)) FROM (SELECT c.id, c.name, c.email, \
     json_build_object('nodes', (SELECT coalesce(json_agg(row_to_json(o)), '[]') FROM (SELECT id, number, \
     placed_at AS \"placedAt\", json_build_object('amount', round(total_cents / 100.0, 2)::text) AS total, points \
     FROM orders WHERE customer_id = c.id ORDER BY placed_at DESC, id DESC LIMIT 5) o)) AS orders, \
     json_build_object('nodes', (SELECT coalesce(json_agg(row_to_json(k)), '[]') FROM (SELECT id, code, \
     upper(state) AS state, valid_until AS \"validUntil\" FROM coupons WHERE customer_id = c.id \
     ORDER BY created_at DESC, id DESC LIMIT 50) k)) AS coupons \
     FROM (SELECT id, name, email FROM customers WHERE store_id = s.id AND merged_into_id IS NULL \
     AND created_at < {began} + {before} * interval '1 second' \
     ORDER BY created_at DESC, id DESC LIMIT 50) c) c)) AS customers \
     FROM stores s WHERE s.id = {store}) s";

/// A script for `pgbench` that asks for pages at random places.
pub(crate) fn script(stock: &Stock) -> String {
    let statement = statement(stock, ":before");
    format!(
        "\\set before random({CUSTOMERS} + 1, {})\n{statement};\n",
        stock.customers
    )
}

/// The body of a request for the page that ends before a customer.
pub(crate) fn body(stock: &Stock, number: u64) -> String {
    let variables = json!({ "store": stock.store.to_string(), "before": stock::before(number) });
    json!({ "query": DOCUMENT, "variables": variables }).to_string()
}

fn statement(stock: &Stock, before: &str) -> String {
    STATEMENT
        .replace("{store}", &format!("'{}'::uuid", stock.store.0))
        .replace("{began}", &format!("'{}'::timestamptz", BEGAN.format("%FT%TZ")))
        .replace("{before}", before)
}

/// Compares what the API answered with what the statement gives. Tells how many values both have.
pub(crate) async fn compare(
    db: &DatabaseConnection,
    stock: &Stock,
    number: u64,
    answer: &[u8],
) -> anyhow::Result<usize> {
    let text = statement(stock, &number.to_string());
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), text))
        .await?
        .context("one row")?;
    let expected: Value = row.try_get("", "data")?;
    let mut answer: Value = serde_json::from_slice(answer)?;
    let mut found = answer["data"].take();
    plain_ids(&mut found);
    ensure!(
        found == expected,
        "the API answers {found:#} and the statement {expected:#}"
    );
    let customers = found["store"]["customers"]["nodes"].as_array().map_or(0, Vec::len);
    ensure!(customers as u64 == CUSTOMERS, "the page has {customers} customers");
    Ok(values(&found))
}

/// Ids of the API as the columns have them.
fn plain_ids(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(plain_ids),
        Value::Object(fields) => {
            for (name, value) in fields {
                let ulid = value
                    .as_str()
                    .filter(|_| name == "id")
                    .and_then(|id| id.split_once('_'));
                match ulid.and_then(|(_, ulid)| Ulid::from_string(ulid).ok()) {
                    Some(ulid) => *value = Uuid::from_u128(ulid.0).to_string().into(),
                    None => plain_ids(value),
                }
            }
        }
        _ => {}
    }
}

fn values(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(values).sum(),
        Value::Object(fields) => fields.values().map(|value| 1 + values(value)).sum(),
        _ => 0,
    }
}
