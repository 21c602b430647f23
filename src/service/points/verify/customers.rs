use std::collections::HashMap;

use entity::{CustomerId, EntryId, Instant, LotId, Points, StoreId, customer, ledger_entry, point_lot};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use uuid::Uuid;

use super::{Check, Difference, PAGE, Page, whole};
use crate::service::points::balances;

#[derive(FromQueryResult)]
struct Kept {
    id: CustomerId,
    store_id: StoreId,
    points_balance: Points,
    points_reserved: Points,
    points_debt: Points,
}

#[derive(FromQueryResult)]
struct Sums {
    customer_id: CustomerId,
    balance: i64,
    reserved: i64,
    debt: i64,
}

/// Customers, what their entries add up to, their lots and what entries took from them: six statements.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    store: Option<StoreId>,
    after: Option<Uuid>,
    now: Instant,
) -> Result<Page, DbErr> {
    let kept = customer::Entity::find()
        .select_only()
        .columns([
            customer::Column::Id,
            customer::Column::StoreId,
            customer::Column::PointsBalance,
            customer::Column::PointsReserved,
            customer::Column::PointsDebt,
        ])
        .apply_if(store, |query, store| query.filter(customer::Column::StoreId.eq(store)))
        .apply_if(after, |query, after| query.filter(customer::Column::Id.gt(after)))
        .order_by_asc(customer::Column::Id)
        .limit(PAGE)
        .into_model::<Kept>()
        .all(db)
        .await?;
    let ids: Vec<CustomerId> = kept.iter().map(|row| row.id).collect();
    let mut differences = Vec::new();
    if !ids.is_empty() {
        compare(db, &kept, &ids, now, &mut differences).await?;
        lots(db, &ids, &mut differences).await?;
        entries(db, &ids, &mut differences).await?;
    }
    Ok(Page {
        rows: kept.len() as u64,
        last: ids.last().map(|id| id.0),
        differences,
    })
}

async fn compare(
    db: &impl ConnectionTrait,
    kept: &[Kept],
    ids: &[CustomerId],
    now: Instant,
    differences: &mut Vec<Difference>,
) -> Result<(), DbErr> {
    let (sums, held) = (sums(db, ids).await?, held(db, ids).await?);
    let owing: Vec<CustomerId> = kept
        .iter()
        .filter(|row| row.points_debt.is_positive())
        .map(|row| row.id)
        .collect();
    let spendable = if owing.is_empty() {
        HashMap::new()
    } else {
        balances(db, &owing, now).await?
    };
    for row in kept {
        let sum = |of: fn(&Sums) -> i64| sums.get(&row.id).map_or(0, of);
        let available = spendable.get(&row.id).map_or(0, |balance| balance.available.0);
        let compared = [
            (Check::CustomerBalance, sum(|sums| sums.balance), row.points_balance.0),
            (
                Check::CustomerLots,
                held.get(&row.id).copied().unwrap_or_default(),
                row.points_balance.0,
            ),
            (
                Check::CustomerReserved,
                sum(|sums| sums.reserved),
                row.points_reserved.0,
            ),
            (Check::CustomerDebt, sum(|sums| sums.debt), row.points_debt.0),
            (Check::DebtWithPoints, 0, available),
        ];
        let whose = (row.store_id, Some(row.id));
        differences.extend(
            compared
                .into_iter()
                .filter_map(|(check, expected, found)| Difference::between(check, whose, &row.id, (expected, found))),
        );
    }
    Ok(())
}

async fn sums(db: &impl ConnectionTrait, ids: &[CustomerId]) -> Result<HashMap<CustomerId, Sums>, DbErr> {
    let sum = |column: ledger_entry::Column| column.sum().cast_as("bigint");
    let rows = ledger_entry::Entity::find()
        .select_only()
        .column(ledger_entry::Column::CustomerId)
        .column_as(sum(ledger_entry::Column::BalanceDelta), "balance")
        .column_as(sum(ledger_entry::Column::ReservedDelta), "reserved")
        .column_as(sum(ledger_entry::Column::DebtDelta), "debt")
        .filter(ledger_entry::Column::CustomerId.is_in(ids.iter().copied()))
        .group_by(ledger_entry::Column::CustomerId)
        .into_model::<Sums>()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.customer_id, row)).collect())
}

async fn held(db: &impl ConnectionTrait, ids: &[CustomerId]) -> Result<HashMap<CustomerId, i64>, DbErr> {
    let rows: Vec<(CustomerId, i64)> = point_lot::Entity::unspent()
        .select_only()
        .column(point_lot::Column::CustomerId)
        .column_as(point_lot::Column::Remaining.sum().cast_as("bigint"), "held")
        .filter(point_lot::Column::CustomerId.is_in(ids.iter().copied()))
        .group_by(point_lot::Column::CustomerId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// What came into a lot less what was taken from it.
const LEFT: &str = "SELECT point_lots.points - COALESCE(SUM(a.points), 0) FROM point_allocations a \
                    WHERE a.lot_id = point_lots.id";

async fn lots(db: &impl ConnectionTrait, ids: &[CustomerId], differences: &mut Vec<Difference>) -> Result<(), DbErr> {
    let rows: Vec<(LotId, StoreId, CustomerId, i64, i64)> = point_lot::Entity::find()
        .select_only()
        .columns([
            point_lot::Column::Id,
            point_lot::Column::StoreId,
            point_lot::Column::CustomerId,
            point_lot::Column::Remaining,
        ])
        .column_as(whole(LEFT), "left")
        .filter(point_lot::Column::CustomerId.is_in(ids.iter().copied()))
        .filter(Expr::col(point_lot::Column::Remaining).ne(whole(LEFT)))
        .into_tuple()
        .all(db)
        .await?;
    differences.extend(rows.into_iter().filter_map(|(lot, store, customer, found, expected)| {
        Difference::between(Check::LotRemaining, (store, Some(customer)), &lot, (expected, found))
    }));
    Ok(())
}

/// What an entry gave with the lots that it made, and took with its allocations.
const MOVED: &str = "COALESCE((SELECT SUM(l.points) FROM point_lots l WHERE l.entry_id = ledger_entries.id), 0) \
     - COALESCE((SELECT SUM(a.points) FROM point_allocations a WHERE a.entry_id = ledger_entries.id), 0)";

async fn entries(
    db: &impl ConnectionTrait,
    ids: &[CustomerId],
    differences: &mut Vec<Difference>,
) -> Result<(), DbErr> {
    let rows: Vec<(EntryId, StoreId, CustomerId, i64, i64)> = ledger_entry::Entity::find()
        .select_only()
        .columns([
            ledger_entry::Column::Id,
            ledger_entry::Column::StoreId,
            ledger_entry::Column::CustomerId,
            ledger_entry::Column::BalanceDelta,
        ])
        .column_as(whole(MOVED), "moved")
        .filter(ledger_entry::Column::CustomerId.is_in(ids.iter().copied()))
        .filter(Expr::col(ledger_entry::Column::BalanceDelta).ne(whole(MOVED)))
        .into_tuple()
        .all(db)
        .await?;
    differences.extend(
        rows.into_iter()
            .filter_map(|(entry, store, customer, expected, found)| {
                Difference::between(
                    Check::EntryAllocations,
                    (store, Some(customer)),
                    &entry,
                    (expected, found),
                )
            }),
    );
    Ok(())
}
