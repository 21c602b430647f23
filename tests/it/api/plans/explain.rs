//! What a database says of how it would find the rows of a statement.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde_json::Value;

/// Rows that may be sorted, or read without an index: a customer's own, the statuses of a shop.
const FEW: f64 = 600.0;

/// Tables that grow with the shop.
const LARGE: [&str; 9] = [
    "customers",
    "orders",
    "coupons",
    "redemptions",
    "rewards",
    "products",
    "import_runs",
    "ledger_entries",
    "point_lots",
];

/// What is wrong with how a statement finds its rows; `few` says that what is asked for narrows them down to
/// a few, which may be sorted.
pub(super) async fn faults(db: &DatabaseConnection, asked: &Statement, few: bool) -> Vec<String> {
    match db.get_database_backend() {
        DbBackend::Postgres => postgres(db, asked).await,
        _ => sqlite(db, asked, few).await,
    }
}

async fn sqlite(db: &DatabaseConnection, asked: &Statement, few: bool) -> Vec<String> {
    let explained = Statement {
        sql: format!("EXPLAIN QUERY PLAN {}", asked.sql),
        ..asked.clone()
    };
    let steps = db.query_all_raw(explained).await.unwrap();
    let steps: Vec<String> = steps.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
    let wrong = |step: &&String| {
        let scans = LARGE.iter().any(|table| step.starts_with(&format!("SCAN {table}")));
        scans || (step.contains("TEMP B-TREE FOR") && !few)
    };
    steps.iter().filter(wrong).cloned().collect()
}

/// The statement is carried out: what counts is how many rows were read and sorted, and not how many were expected.
async fn postgres(db: &DatabaseConnection, asked: &Statement) -> Vec<String> {
    let explained = Statement {
        sql: format!("EXPLAIN (ANALYZE, FORMAT JSON) {}", asked.sql),
        ..asked.clone()
    };
    let row = db.query_one_raw(explained).await.unwrap().unwrap();
    let plan: Value = row.try_get_by_index(0).unwrap();
    let mut faults = Vec::new();
    look(&plan[0]["Plan"], &mut faults);
    faults
}

fn look(node: &Value, faults: &mut Vec<String>) {
    let kind = node["Node Type"].as_str().unwrap();
    let table = node["Relation Name"].as_str().unwrap_or_default();
    let below = node["Plans"].as_array().cloned().unwrap_or_default();
    let rows =
        |node: &Value| node["Actual Rows"].as_f64().unwrap_or_default() * node["Actual Loops"].as_f64().unwrap_or(1.0);
    if kind == "Seq Scan" && LARGE.contains(&table) {
        faults.push(format!("all of {table} is read: {}", node["Filter"]));
    }
    if kind.contains("Sort") && below.iter().map(rows).sum::<f64>() > FEW {
        faults.push(format!(
            "{} rows are sorted by {}",
            below.iter().map(rows).sum::<f64>(),
            node["Sort Key"]
        ));
    }
    for node in &below {
        look(node, faults);
    }
}
