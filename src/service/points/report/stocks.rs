use std::collections::HashMap;

use entity::{CustomerId, Instant, LotId, Points, StoreId, ledger_entry, lot_extension, point_lot};
use futures_util::TryStreamExt;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, ExprTrait, FromQueryResult, JoinType, QueryFilter,
    QueryOrder, QuerySelect, StreamTrait,
};

use super::Tally;
use crate::service::points::joins;

#[derive(FromQueryResult)]
struct Lot {
    id: LotId,
    customer_id: CustomerId,
    available_at: Instant,
    expires_at: Option<Instant>,
    left: Points,
}

/// What lots held at an instant: available, pending, or run out without having been written down.
pub(super) async fn lots(
    db: &(impl ConnectionTrait + StreamTrait),
    store: StoreId,
    at: Instant,
    tally: &mut Tally,
) -> Result<(), DbErr> {
    let moved = moved_later(db, store, at).await?;
    let backend = ConnectionTrait::get_database_backend(db);
    let mut rows = point_lot::Entity::find()
        .select_only()
        .columns([
            point_lot::Column::Id,
            point_lot::Column::CustomerId,
            point_lot::Column::AvailableAt,
            point_lot::Column::ExpiresAt,
        ])
        .column_as(left(backend, at), "left")
        .join(JoinType::InnerJoin, joins::lot_to_entry())
        .filter(ledger_entry::Column::StoreId.eq(store))
        .filter(ledger_entry::Column::RecordedAt.lte(at))
        .filter(left(backend, at).gt(0))
        .into_model::<Lot>()
        .stream(db)
        .await?;
    while let Some(lot) = rows.try_next().await? {
        let expires_at = moved.get(&lot.id).copied().or(lot.expires_at);
        let sums = &mut tally.cohort(lot.customer_id).sums;
        match expires_at.filter(|end| *end <= at) {
            Some(end) => {
                sums.expired += lot.left;
                tally.month(end).expired += lot.left;
            }
            None if lot.available_at > at => sums.pending += lot.left,
            None => sums.available += lot.left,
        }
    }
    Ok(())
}

/// What came into a lot less what had been taken from it.
fn left(backend: DbBackend, at: Instant) -> Expr {
    let parameter = if backend == DbBackend::Postgres { "$1" } else { "?" };
    let taken = "SELECT SUM(a.points) FROM point_allocations a JOIN ledger_entries e ON e.id = a.entry_id \
                 WHERE a.lot_id = point_lots.id AND e.recorded_at <= ";
    let left = format!("CAST(point_lots.points - COALESCE(({taken}{parameter}), 0) AS bigint)");
    Expr::cust_with_values(left, [at])
}

/// When lots expired then, of those whose expiry was put off since.
async fn moved_later(db: &impl ConnectionTrait, store: StoreId, at: Instant) -> Result<HashMap<LotId, Instant>, DbErr> {
    let rows: Vec<(LotId, Instant)> = lot_extension::Entity::find()
        .select_only()
        .columns([lot_extension::Column::LotId, lot_extension::Column::ExpiresBefore])
        .join(JoinType::InnerJoin, joins::extension_to_entry())
        .filter(ledger_entry::Column::StoreId.eq(store))
        .filter(ledger_entry::Column::RecordedAt.gt(at))
        // The first that came later is the last here, and stays.
        .order_by_desc(ledger_entry::Column::RecordedAt)
        .order_by_desc(ledger_entry::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}
