//! What a database says of how it would find the rows of a statement.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde_json::Value;

/// Rows that may be sorted whatever is asked for: a customer's own, the statuses of a shop.
const FEW: f64 = 600.0;

/// What a question lets the database sort.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sorting {
    /// The rows are found by something else than the sort, and sorted then; on SQLite too, which does not know how
    /// many they are.
    pub(super) found_first: bool,
    /// So many, where PostgreSQL, which knows, takes that to be cheaper.
    pub(super) most: f64,
}

/// Tables that grow with the shop.
const LARGE: [&str; 12] = [
    "customers",
    "orders",
    "coupons",
    "redemptions",
    "rewards",
    "products",
    "import_runs",
    "ledger_entries",
    "point_lots",
    "audit_entries",
    "webhook_deliveries",
    "store_jobs",
];

/// Tables with few rows of each store, of which there are many: SQLite, which does not know how many rows there are,
/// finds them as in a large one.
const OF_MANY_STORES: [&str; 5] = ["memberships", "invitations", "sessions", "api_tokens", "webhooks"];

/// What is wrong with how a statement finds its rows.
pub(super) async fn faults(db: &DatabaseConnection, asked: &Statement, may_sort: Sorting) -> Vec<String> {
    match db.get_database_backend() {
        DbBackend::Postgres => postgres(db, asked, may_sort.most.max(FEW)).await,
        _ => sqlite(db, asked, may_sort.found_first).await,
    }
}

async fn sqlite(db: &DatabaseConnection, asked: &Statement, may_sort: bool) -> Vec<String> {
    let explained = Statement {
        sql: format!("EXPLAIN QUERY PLAN {}", asked.sql),
        ..asked.clone()
    };
    let steps = db.query_all_raw(explained).await.unwrap();
    let steps: Vec<String> = steps.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
    let wrong = |step: &&String| {
        let mut large = LARGE.iter().chain(&OF_MANY_STORES);
        let scans = large.any(|table| step.starts_with(&format!("SCAN {table}")));
        scans || (step.contains("TEMP B-TREE FOR") && !may_sort)
    };
    steps.iter().filter(wrong).cloned().collect()
}

/// The statement is carried out: what counts is how many rows were read and sorted, and not how many were expected.
async fn postgres(db: &DatabaseConnection, asked: &Statement, most: f64) -> Vec<String> {
    let explained = Statement {
        sql: format!("EXPLAIN (ANALYZE, FORMAT JSON) {}", asked.sql),
        ..asked.clone()
    };
    let row = db.query_one_raw(explained).await.unwrap().unwrap();
    let plan: Value = row.try_get_by_index(0).unwrap();
    let mut faults = Vec::new();
    look(&plan[0]["Plan"], most, &mut faults);
    faults
}

fn look(node: &Value, most: f64, faults: &mut Vec<String>) {
    let kind = node["Node Type"].as_str().unwrap();
    let table = node["Relation Name"].as_str().unwrap_or_default();
    let below = node["Plans"].as_array().cloned().unwrap_or_default();
    let rows =
        |node: &Value| node["Actual Rows"].as_f64().unwrap_or_default() * node["Actual Loops"].as_f64().unwrap_or(1.0);
    if kind == "Seq Scan" && LARGE.contains(&table) {
        faults.push(format!("all of {table} is read: {}", node["Filter"]));
    }
    if kind.contains("Sort") && below.iter().map(rows).sum::<f64>() > most {
        faults.push(format!(
            "{} rows are sorted by {}",
            below.iter().map(rows).sum::<f64>(),
            node["Sort Key"]
        ));
    }
    for node in &below {
        look(node, most, faults);
    }
}
