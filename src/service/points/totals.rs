//! Running totals of statements.
//!
//! They are worked out backward from what is kept on the customer, which is what all entries add up to: a
//! statement is read from its newest line on, and its first page must not cost more the longer it is.

use std::collections::{BTreeMap, HashMap};

use entity::{CustomerId, EntryId, Points, ledger_entry};
use sea_orm::sea_query::{Asterisk, Expr, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, JoinType, QueryFilter, QuerySelect,
    QueryTrait,
};

use super::joins;

/// Customers of one statement: SQLite refuses conditions that are nested too deep.
const TOGETHER: usize = 100;

/// What the entries up to one of them add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Points in lots: available, pending, and run out but not yet written down as expired.
    pub balance: Points,
    /// Points held for redemptions.
    pub reserved: Points,
    /// Points owed.
    pub debt: Points,
}

/// What customers' entries add up to just after some of them, with one statement for a hundred customers. It reads
/// the newest entries down to the oldest that is asked for.
pub async fn totals_after(
    db: &impl ConnectionTrait,
    entries: &[(CustomerId, EntryId)],
) -> Result<HashMap<EntryId, Totals>, DbErr> {
    let mut oldest: BTreeMap<CustomerId, EntryId> = BTreeMap::new();
    for (customer, entry) in entries {
        let known = oldest.entry(*customer).or_insert(*entry);
        *known = Ord::min(*known, *entry);
    }
    let oldest: Vec<_> = oldest.into_iter().collect();
    let mut found = HashMap::with_capacity(entries.len());
    for customers in oldest.chunks(TOGETHER) {
        let theirs = |(customer, _): &&(CustomerId, EntryId)| customers.iter().any(|(known, _)| known == customer);
        let wanted = entries.iter().filter(theirs).map(|(_, entry)| *entry);
        for row in db.query_all(&backward(customers, wanted)).await? {
            let totals = Totals {
                balance: row.try_get("", "balance")?,
                reserved: row.try_get("", "reserved")?,
                debt: row.try_get("", "debt")?,
            };
            found.insert(row.try_get("", "id")?, totals);
        }
    }
    Ok(found)
}

fn backward(customers: &[(CustomerId, EntryId)], wanted: impl Iterator<Item = EntryId>) -> SelectStatement {
    let after = |kept: &str, delta: &str| {
        let own_and_later = format!("SUM({delta}) OVER (PARTITION BY customer_id ORDER BY ledger_entries.id DESC)");
        Expr::cust(format!("CAST({kept} + {delta} - {own_and_later} AS bigint)"))
    };
    let since = customers.iter().fold(Condition::any(), |any, (customer, oldest)| {
        let theirs = ledger_entry::Column::CustomerId.eq(*customer);
        any.add(theirs.and(ledger_entry::Column::Id.gte(*oldest)))
    });
    let sums = ledger_entry::Entity::find()
        .select_only()
        .column(ledger_entry::Column::Id)
        .column_as(after("points_balance", "balance_delta"), "balance")
        .column_as(after("points_reserved", "reserved_delta"), "reserved")
        .column_as(after("points_debt", "debt_delta"), "debt")
        .join(JoinType::InnerJoin, joins::entry_to_customer())
        .filter(since)
        .into_query();
    SelectStatement::new()
        .column(("sums", Asterisk))
        .from_subquery(sums, "sums")
        .and_where(Expr::col(("sums", "id")).is_in(wanted))
        .to_owned()
}
