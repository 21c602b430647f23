//! Keeps PostgreSQL's planner in the picture while an import fills tables.
//!
//! Autovacuum looks once a minute. Until then the planner knows nothing of tables that a first
//! import is filling: it takes a store's rows for few and reads all of them to find a page's.
//! SQLite plans by its indexes alone and needs nothing. Called after each page.

use std::ops::Range;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

/// Tables smaller than this are read fast, whatever the plan.
const SMALLEST: i64 = 256;

/// The tables that imports fill and that the planner knows less rows of than the parameter says.
/// A table that was never analysed has -1.
const OUTGROWN: &str = "SELECT relname::text AS name FROM pg_class WHERE reltuples < $1 AND oid IN (\
     'customers'::regclass, 'customer_sources'::regclass, 'orders'::regclass, 'order_lines'::regclass, \
     'ledger_entries'::regclass, 'point_lots'::regclass, 'products'::regclass, 'pool_codes'::regclass)";

/// Analyses tables that have outgrown what the planner knows, each time that a run has doubled.
/// `done` is how many records the run had dealt with before and after a page. Plans are at stake,
/// not data: a failure is logged and the import goes on.
pub(super) async fn keep_up(db: &DatabaseConnection, done: Range<i64>) {
    if db.get_database_backend() != DbBackend::Postgres || !has_doubled(&done) {
        return;
    }
    if let Err(error) = analyse(db, done.end).await {
        tracing::warn!(%error, "the database's statistics could not be brought up to date");
    }
}

fn has_doubled(done: &Range<i64>) -> bool {
    done.end >= SMALLEST && done.start.max(1).ilog2() < done.end.ilog2()
}

async fn analyse(db: &DatabaseConnection, rows: i64) -> Result<(), DbErr> {
    let outgrown = Statement::from_sql_and_values(DbBackend::Postgres, OUTGROWN, [rows.into()]);
    for row in db.query_all_raw(outgrown).await? {
        let table: String = row.try_get("", "name")?;
        // Locked by somebody who analyses or migrates: then it need not be done here.
        db.execute_unprepared(&format!("ANALYZE (SKIP_LOCKED) {table}")).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::has_doubled;

    #[test]
    fn a_run_doubles_at_powers_of_two_from_the_smallest_on() {
        let doubled: Vec<i64> = (0..3_000)
            .step_by(50)
            .filter(|start| has_doubled(&(*start..start + 50)))
            .collect();
        assert_eq!(doubled, [250, 500, 1_000, 2_000]);
        assert!(!has_doubled(&(1_024..1_024)));
    }
}
