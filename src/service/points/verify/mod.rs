//! The ledger checked against itself: every sum that is kept for speed is derived anew from entries, lots
//! and allocations, and what must be true of them is compared.
//!
//! It reads page by page, each page from one snapshot, so it may run while points move, and needs the
//! memory of one page. It mends nothing. The command line and the schedule call it.

mod customers;
mod difference;
mod orders;
mod redemptions;

pub use difference::{Check, Difference};

use entity::StoreId;
use sea_orm::DbErr;
use sea_orm::sea_query::Expr;
use serde::Serialize;
use uuid::Uuid;

use crate::app::App;
use crate::db::snapshot;
use crate::service::idempotency::{self, Claim, Key, KeyError};

/// Rows of a page.
const PAGE: u64 = 500;

/// How much was looked at, and how many differences there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Customers, with their entries, lots and allocations.
    pub customers: u64,
    /// Sales.
    pub orders: u64,
    /// Redemptions.
    pub redemptions: u64,
    /// What was not as it must be.
    pub differences: u64,
}

/// What is walked over.
#[derive(Clone, Copy)]
enum Table {
    Customers,
    Orders,
    Redemptions,
}

impl Verified {
    fn rows(&mut self, table: Table) -> &mut u64 {
        match table {
            Table::Customers => &mut self.customers,
            Table::Orders => &mut self.orders,
            Table::Redemptions => &mut self.redemptions,
        }
    }
}

/// What a page told: how many rows, where the next page goes on, and what is wrong.
struct Page {
    rows: u64,
    last: Option<Uuid>,
    differences: Vec<Difference>,
}

/// Checks one store's ledger or all, and tells of each difference when it is found.
pub async fn verify(
    app: &App,
    store: Option<StoreId>,
    mut tell: impl FnMut(&Difference) + Send,
) -> Result<Verified, DbErr> {
    let mut told = Verified::default();
    for table in [Table::Customers, Table::Orders, Table::Redemptions] {
        let mut after = None;
        loop {
            let txn = snapshot(&app.db).await?;
            let page = match table {
                Table::Customers => customers::page(&txn, store, after, app.clock.now()).await?,
                Table::Orders => orders::page(&txn, store, after).await?,
                Table::Redemptions => redemptions::page(&txn, store, after).await?,
            };
            txn.rollback().await?;
            *told.rows(table) += page.rows;
            for difference in &page.differences {
                told.differences += 1;
                tell(difference);
            }
            if page.last.is_none() {
                break;
            }
            after = page.last;
        }
    }
    Ok(told)
}

/// Checks everything once a day, whichever process looks first, and logs each difference by its ids.
pub async fn verify_daily(app: &App) -> Result<(), KeyError> {
    let day = app.clock.now().date_naive();
    let key = Key::new("schedule".to_owned(), format!("verify {day}"), "verifyLedger", &())?;
    if let Claim::Done(_) = idempotency::claim(&app.db, app, &key, Uuid::nil()).await? {
        return Ok(());
    }
    let told = verify(app, None, Difference::log).await?;
    tracing::info!(
        customers = told.customers,
        orders = told.orders,
        redemptions = told.redemptions,
        differences = told.differences,
        "the ledger was verified"
    );
    Ok(())
}

/// A sum over other tables' rows, as a whole number on either database.
fn whole(sum: &str) -> Expr {
    Expr::cust(format!("CAST(COALESCE(({sum}), 0) AS bigint)"))
}
