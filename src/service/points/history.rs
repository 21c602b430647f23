//! Balances at past instants, derived from what the ledger had recorded by then.

use std::collections::HashMap;

use entity::{CustomerId, Instant, LotId, Points, ledger_entry, lot_extension, point_allocation, point_lot};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::{Balance, joins};

#[derive(FromQueryResult)]
struct Sums {
    customer_id: CustomerId,
    reserved: Points,
    debt: Points,
}

/// A lot as it was.
#[derive(Debug, Clone, FromQueryResult)]
struct PastLot {
    id: LotId,
    customer_id: CustomerId,
    points: Points,
    available_at: Instant,
    expires_at: Option<Instant>,
}

/// Balances of many customers as [`balances`](super::balances) told them at an instant, with four
/// statements. Nothing that is kept for speed is read: only entries, lots, allocations and extensions
/// that were recorded by then. An instant in the future shows what becomes true if nothing else happens.
pub async fn balances_at(
    db: &impl ConnectionTrait,
    customers: &[CustomerId],
    at: Instant,
) -> Result<HashMap<CustomerId, Balance>, DbErr> {
    let mut found: HashMap<CustomerId, Balance> = customers.iter().map(|id| (*id, Balance::default())).collect();
    for sums in sums(db, customers, at).await? {
        let balance = found.entry(sums.customer_id).or_default();
        (balance.reserved, balance.debt) = (sums.reserved, sums.debt);
    }
    let (taken, moved) = (taken(db, customers, at).await?, moved_later(db, customers, at).await?);
    for lot in lots(db, customers, at).await? {
        let remaining = lot.points - taken.get(&lot.id).copied().unwrap_or_default();
        let expires_at = moved.get(&lot.id).copied().or(lot.expires_at);
        found
            .entry(lot.customer_id)
            .or_default()
            .add_lot(remaining, lot.available_at, expires_at, at);
    }
    Ok(found)
}

async fn sums(db: &impl ConnectionTrait, customers: &[CustomerId], at: Instant) -> Result<Vec<Sums>, DbErr> {
    ledger_entry::Entity::find()
        .select_only()
        .column(ledger_entry::Column::CustomerId)
        .column_as(ledger_entry::Column::ReservedDelta.sum().cast_as("bigint"), "reserved")
        .column_as(ledger_entry::Column::DebtDelta.sum().cast_as("bigint"), "debt")
        .filter(ledger_entry::Column::CustomerId.is_in(customers.iter().copied()))
        .filter(ledger_entry::Column::RecordedAt.lte(at))
        .group_by(ledger_entry::Column::CustomerId)
        .into_model::<Sums>()
        .all(db)
        .await
}

async fn lots(db: &impl ConnectionTrait, customers: &[CustomerId], at: Instant) -> Result<Vec<PastLot>, DbErr> {
    point_lot::Entity::find()
        .select_only()
        .columns([
            point_lot::Column::Id,
            point_lot::Column::CustomerId,
            point_lot::Column::Points,
            point_lot::Column::AvailableAt,
            point_lot::Column::ExpiresAt,
        ])
        .join(JoinType::InnerJoin, joins::lot_to_entry())
        .filter(point_lot::Column::CustomerId.is_in(customers.iter().copied()))
        .filter(ledger_entry::Column::RecordedAt.lte(at))
        .into_model::<PastLot>()
        .all(db)
        .await
}

/// What had been taken from lots.
async fn taken(
    db: &impl ConnectionTrait,
    customers: &[CustomerId],
    at: Instant,
) -> Result<HashMap<LotId, Points>, DbErr> {
    let rows: Vec<(LotId, Points)> = point_allocation::Entity::find()
        .select_only()
        .column(point_allocation::Column::LotId)
        .column_as(point_allocation::Column::Points.sum().cast_as("bigint"), "taken")
        .join(JoinType::InnerJoin, joins::allocation_to_entry())
        .filter(ledger_entry::Column::CustomerId.is_in(customers.iter().copied()))
        .filter(ledger_entry::Column::RecordedAt.lte(at))
        .group_by(point_allocation::Column::LotId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// When lots expired then, of those whose expiry was put off since.
async fn moved_later(
    db: &impl ConnectionTrait,
    customers: &[CustomerId],
    at: Instant,
) -> Result<HashMap<LotId, Instant>, DbErr> {
    let rows: Vec<(LotId, Instant)> = lot_extension::Entity::find()
        .select_only()
        .columns([lot_extension::Column::LotId, lot_extension::Column::ExpiresBefore])
        .join(JoinType::InnerJoin, joins::extension_to_entry())
        .filter(ledger_entry::Column::CustomerId.is_in(customers.iter().copied()))
        .filter(ledger_entry::Column::RecordedAt.gt(at))
        // The first that came later is the last here, and stays.
        .order_by_desc(ledger_entry::Column::RecordedAt)
        .order_by_desc(ledger_entry::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}
