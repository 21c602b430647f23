//! Proof that the timed work was done: row counts and sums, worked out from the shop and not from the import.

use anyhow::{Context as _, ensure};
use sea_orm::{ConnectionTrait, Statement};

use super::shop;

/// What the tables must hold.
pub(crate) struct Expected {
    orders: u64,
    customers: u64,
    paid: u64,
    points: i64,
}

impl Expected {
    /// After the first import of so many orders.
    pub(crate) fn first(orders: u64) -> Self {
        let paid = || (0..orders).filter(|order| shop::is_paid(*order));
        Self {
            orders,
            customers: shop::customers_of(orders),
            paid: paid().count() as u64,
            points: paid().map(shop::points_of).sum(),
        }
    }

    /// Compares.
    pub(crate) async fn verify(&self, db: &impl ConnectionTrait, what: &str) -> anyhow::Result<()> {
        for (table, expected) in [
            ("customers", self.customers),
            ("customer_sources", self.customers),
            ("orders", self.orders),
            ("order_lines", 2 * self.orders),
            ("ledger_entries", self.paid),
            ("point_lots", self.paid),
        ] {
            same(db, what, &format!("COUNT(*) FROM {table}"), i64::try_from(expected)?).await?;
        }
        for sum in [
            "points) FROM ledger_entries",
            "points_balance) FROM customers",
            "remaining) FROM point_lots",
        ] {
            same(db, what, &format!("SUM({sum}"), self.points).await?;
        }
        same(db, what, "SUM(done) FROM import_runs", i64::try_from(self.orders)?).await?;
        same(db, what, "SUM(created) FROM import_runs", i64::try_from(self.orders)?).await
    }
}

/// Compares after the second import, in which one order of ten had changed.
pub(crate) async fn verify_changed(db: &impl ConnectionTrait, orders: u64) -> anyhow::Result<()> {
    let what = "the second import";
    let paid = |order: &u64| shop::is_paid(*order) != shop::is_changed(*order);
    let points: i64 = (0..orders).filter(paid).map(shop::points_of).sum();
    let changed = (0..orders).filter(|order| shop::is_changed(*order)).count();
    // One more for each that changed: points given late, or taken back.
    let entries = (0..orders).filter(|order| shop::is_paid(*order)).count() + changed;
    same(db, what, "COUNT(*) FROM ledger_entries", i64::try_from(entries)?).await?;
    same(db, what, "COUNT(*) FROM order_lines", 2 * i64::try_from(orders)?).await?;
    same(db, what, "SUM(points_balance - points_debt) FROM customers", points).await?;
    same(db, what, "SUM(points) FROM ledger_entries", points).await?;
    same(db, what, "SUM(updated) FROM import_runs", i64::try_from(changed)?).await
}

async fn same(db: &impl ConnectionTrait, what: &str, query: &str, expected: i64) -> anyhow::Result<()> {
    let (aggregate, table) = query.split_once(" FROM ").context("an aggregate of a table")?;
    let sql = format!("SELECT CAST(COALESCE({aggregate}, 0) AS BIGINT) AS n FROM {table}");
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?
        .context("one row")?;
    let found: i64 = row.try_get("", "n")?;
    ensure!(found == expected, "{what}: {query} is {found} and should be {expected}");
    Ok(())
}
