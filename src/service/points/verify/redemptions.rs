use entity::redemption::RedemptionState;
use entity::reward::Fulfilment;
use entity::{CustomerId, Points, RedemptionId, StoreId, redemption};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::{Check, Difference, PAGE, Page, whole};

#[derive(FromQueryResult)]
struct Row {
    id: RedemptionId,
    store_id: StoreId,
    customer_id: CustomerId,
    points: Points,
    state: RedemptionState,
    fulfilment: Fulfilment,
    taken: i64,
    coupons: i64,
}

/// What a redemption took from its customer and did not give back, be it held or spent.
const TAKEN: &str = "SELECT -SUM(e.points) FROM ledger_entries e WHERE e.source_kind = 'redemption' \
                     AND e.source_id = redemptions.id AND e.kind <> 'debt_payment'";
/// Coupons of a redemption that are being made, can be used, or were used.
const COUPONS: &str = "SELECT COUNT(*) FROM coupons c WHERE c.redemption_id = redemptions.id \
                       AND c.state IN ('pending', 'active', 'used')";

/// Redemptions, their points and their coupons, with one statement: whoever has a coupon has paid, and
/// whoever has none has not, but for what people see to.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    store: Option<StoreId>,
    after: Option<Uuid>,
) -> Result<Page, DbErr> {
    let rows = redemption::Entity::find()
        .select_only()
        .columns([
            redemption::Column::Id,
            redemption::Column::StoreId,
            redemption::Column::CustomerId,
            redemption::Column::Points,
            redemption::Column::State,
            redemption::Column::Fulfilment,
        ])
        .column_as(whole(TAKEN), "taken")
        .column_as(whole(COUPONS), "coupons")
        .apply_if(store, |query, store| {
            query.filter(redemption::Column::StoreId.eq(store))
        })
        .apply_if(after, |query, after| query.filter(redemption::Column::Id.gt(after)))
        .order_by_asc(redemption::Column::Id)
        .limit(PAGE)
        .into_model::<Row>()
        .all(db)
        .await?;
    let differences = rows.iter().filter_map(|row| {
        // Points come back only after their coupon was ended.
        let by_hand = row.fulfilment == Fulfilment::Manual
            && matches!(row.state, RedemptionState::Requested | RedemptionState::Completed);
        let is_paid = row.coupons > 0 || by_hand || row.state == RedemptionState::Cancelling;
        let cost = if is_paid { row.points.0 } else { 0 };
        let whose = (row.store_id, Some(row.customer_id));
        Difference::between(Check::RedemptionPoints, whose, &row.id, (cost, row.taken))
    });
    Ok(Page {
        rows: rows.len() as u64,
        last: rows.last().map(|row| row.id.0),
        differences: differences.collect(),
    })
}
