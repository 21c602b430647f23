use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};
use chrono_tz::Tz;
use entity::{CustomerId, Instant, Points, StoreId, ledger_entry};
use futures_util::TryStreamExt;
use sea_orm::sea_query::{CaseStatement, Expr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, ExprTrait, FromQueryResult, QueryFilter, QuerySelect, Select, StreamTrait,
};

use super::{Sums, Tally, month_of};
use crate::domain::expiry::start_of_day;

/// What entries moved.
#[derive(FromQueryResult)]
struct Moved {
    given: Points,
    taken_back: Points,
    debt_paid: Points,
    spent: Points,
    expired: Points,
    reserved: Points,
    debt: Points,
}

/// What each column adds up: with a redemption, points leave the lots to be held, and are spent when they
/// are no longer held and do not come back; what else comes in was given, what else goes was taken back. What moved
/// from one customer to another counts as given to the other.
const COLUMNS: [(&str, &str); 7] = [
    (
        "given",
        "CASE WHEN source_kind = 'merge' AND kind = 'transfer' THEN balance_delta \
         WHEN source_kind <> 'redemption' AND balance_delta > 0 THEN balance_delta ELSE 0 END",
    ),
    (
        "taken_back",
        "CASE WHEN source_kind <> 'redemption' AND kind NOT IN ('expire', 'debt_payment', 'transfer') AND balance_delta < 0 \
         THEN -balance_delta ELSE 0 END",
    ),
    (
        "debt_paid",
        "CASE WHEN kind = 'debt_payment' THEN -balance_delta ELSE 0 END",
    ),
    (
        "spent",
        "CASE WHEN source_kind = 'redemption' AND kind <> 'debt_payment' THEN -balance_delta - reserved_delta ELSE 0 END",
    ),
    ("expired", "CASE WHEN kind = 'expire' THEN -balance_delta ELSE 0 END"),
    ("reserved", "reserved_delta"),
    ("debt", "debt_delta"),
];

impl Moved {
    fn sums(&self) -> Sums {
        Sums {
            given: self.given,
            taken_back: self.taken_back,
            debt_paid: self.debt_paid,
            spent: self.spent,
            expired: self.expired,
            reserved: self.reserved,
            debt: self.debt,
            ..Sums::default()
        }
    }
}

/// A store's entries that were recorded by an instant, added up.
fn added_up(store: StoreId, at: Instant) -> Select<ledger_entry::Entity> {
    let all = ledger_entry::Entity::in_store(store)
        .filter(ledger_entry::Column::RecordedAt.lte(at))
        .select_only();
    COLUMNS.into_iter().fold(all, |query, (name, what)| {
        query.column_as(Expr::cust(format!("CAST(SUM({what}) AS bigint)")), name)
    })
}

#[derive(FromQueryResult)]
struct InMonth {
    month: i32,
    #[sea_orm(nested)]
    moved: Moved,
}

/// What moved in each month. Held points and debt are left out: they are no flow of a month.
pub(super) async fn by_month(
    db: &impl ConnectionTrait,
    store: StoreId,
    at: Instant,
    zone: Tz,
) -> Result<BTreeMap<NaiveDate, Sums>, DbErr> {
    let first: Option<Option<Instant>> = ledger_entry::Entity::in_store(store)
        .select_only()
        .column_as(ledger_entry::Column::OccurredAt.min(), "first")
        .filter(ledger_entry::Column::RecordedAt.lte(at))
        .into_tuple()
        .one(db)
        .await?;
    let Some(first) = first.flatten() else {
        return Ok(BTreeMap::new());
    };
    let months = months(month_of(first, zone), month_of(at, zone));
    let mut which = CaseStatement::new();
    for (number, month) in (0_i32..).zip(months.iter().skip(1)) {
        let before = ledger_entry::Column::OccurredAt.lt(start_of_day(*month, zone));
        which = which.case(before, Expr::cust(number.to_string()));
    }
    let last = months.len().saturating_sub(1);
    let which: Expr = if last == 0 {
        Expr::cust("0")
    } else {
        which.finally(Expr::cust(last.to_string())).into()
    };
    let rows = added_up(store, at)
        .column_as(which.cast_as("int"), "month")
        .group_by(Expr::col("month"))
        .into_model::<InMonth>()
        .all(db)
        .await?;
    let row = |row: InMonth| {
        let month = usize::try_from(row.month).ok().and_then(|place| months.get(place))?;
        let mut sums = row.moved.sums();
        (sums.reserved, sums.debt) = (Points::ZERO, Points::ZERO);
        (sums != Sums::default()).then_some((*month, sums))
    };
    Ok(rows.into_iter().filter_map(row).collect())
}

/// The first days of months from one to another.
fn months(first: NaiveDate, last: NaiveDate) -> Vec<NaiveDate> {
    let next = |month: &NaiveDate| month.checked_add_months(Months::new(1)).filter(|next| *next <= last);
    std::iter::successors(Some(first), next).collect()
}

#[derive(FromQueryResult)]
struct OfCustomer {
    customer_id: CustomerId,
    first: Option<Instant>,
    #[sea_orm(nested)]
    moved: Moved,
}

/// What moved for each customer, added to the customer's cohort, which is noted.
pub(super) async fn by_customer(
    db: &(impl ConnectionTrait + StreamTrait),
    store: StoreId,
    at: Instant,
    tally: &mut Tally,
) -> Result<(), DbErr> {
    let mut rows = added_up(store, at)
        .column(ledger_entry::Column::CustomerId)
        .column_as(
            Expr::cust("MIN(CASE WHEN source_kind <> 'redemption' AND balance_delta > 0 THEN occurred_at END)"),
            "first",
        )
        .group_by(ledger_entry::Column::CustomerId)
        .into_model::<OfCustomer>()
        .stream(db)
        .await?;
    while let Some(row) = rows.try_next().await? {
        let month = row.first.map(|first| month_of(first, tally.zone));
        tally.cohort_of.insert(row.customer_id, month);
        let cohort = tally.cohort(row.customer_id);
        cohort.customers += 1;
        cohort.sums.add(&row.moved.sums());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_run_from_the_first_to_the_last() {
        let day = |year, month| NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default();
        assert_eq!(
            months(day(2025, 11), day(2026, 2)),
            [day(2025, 11), day(2025, 12), day(2026, 1), day(2026, 2)]
        );
        assert_eq!(months(day(2026, 2), day(2026, 2)), [day(2026, 2)]);
    }
}
