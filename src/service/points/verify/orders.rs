use entity::{CustomerId, OrderId, Points, StoreId, order};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::{Check, Difference, PAGE, Page, whole};

#[derive(FromQueryResult)]
struct Row {
    id: OrderId,
    store_id: StoreId,
    customer_id: Option<CustomerId>,
    points: Points,
    postings: i32,
    posted: i64,
    entries: i64,
}

/// What a sale's entries gave and took back. Debt that its points paid is not the sale's doing.
const POSTED: &str = "SELECT SUM(e.points) FROM ledger_entries e WHERE e.source_kind = 'order' \
                      AND e.source_id = orders.id AND e.kind <> 'debt_payment'";
/// The number of a sale's last entry.
const ENTRIES: &str = "SELECT MAX(e.sequence) FROM ledger_entries e WHERE e.source_kind = 'order' \
                       AND e.source_id = orders.id";

/// Sales and their entries, with one statement.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    store: Option<StoreId>,
    after: Option<Uuid>,
) -> Result<Page, DbErr> {
    let rows = order::Entity::find()
        .select_only()
        .columns([
            order::Column::Id,
            order::Column::StoreId,
            order::Column::CustomerId,
            order::Column::Points,
            order::Column::Postings,
        ])
        .column_as(whole(POSTED), "posted")
        .column_as(whole(ENTRIES), "entries")
        .apply_if(store, |query, store| query.filter(order::Column::StoreId.eq(store)))
        .apply_if(after, |query, after| query.filter(order::Column::Id.gt(after)))
        .order_by_asc(order::Column::Id)
        .limit(PAGE)
        .into_model::<Row>()
        .all(db)
        .await?;
    let mut differences = Vec::new();
    for row in &rows {
        let whose = (row.store_id, row.customer_id);
        let points = (row.posted, row.points.0);
        differences.extend(Difference::between(Check::OrderPoints, whose, &row.id, points));
        let postings = (row.entries, row.postings.into());
        differences.extend(Difference::between(Check::OrderPostings, whose, &row.id, postings));
    }
    Ok(Page {
        rows: rows.len() as u64,
        last: rows.last().map(|row| row.id.0),
        differences,
    })
}
