//! What a customer made of a reward's limits. Those who were merged into one are that one.

use entity::{CustomerId, Instant, StoreId, customer, redemption, reward};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use crate::domain::reward_limits::Used;
use crate::service::reward::limits_of;

/// What a customer made of the limits on one customer's redemptions of a reward; nothing where there are none.
pub(super) async fn used(
    db: &impl ConnectionTrait,
    (customer, reward): (&customer::Model, &reward::Model),
    now: Instant,
    zone: chrono_tz::Tz,
) -> Result<Vec<Used>, DbErr> {
    let limits = limits_of(reward);
    let Some(deciding) = limits.deciding() else {
        return Ok(Vec::new());
    };
    let person = customer.merged_into_id.unwrap_or(customer.id);
    let same = customer::Entity::in_store(customer.store_id)
        .select_only()
        .column(customer::Column::Id)
        .filter(
            customer::Column::Id
                .eq(person)
                .or(customer::Column::MergedIntoId.eq(person)),
        );
    let newest: Vec<Instant> = redemption::Entity::standing()
        .select_only()
        .column(redemption::Column::RequestedAt)
        .filter(redemption::Column::CustomerId.in_subquery(QueryTrait::into_query(same)))
        .filter(redemption::Column::RewardId.eq(reward.id))
        .order_by_desc(redemption::Column::RequestedAt)
        .limit(deciding)
        .into_tuple()
        .all(db)
        .await?;
    Ok(limits.used(&newest, now, zone))
}

/// The limit that leaves a customer no redemption more, if one does. The customer is held by the transaction, and may
/// have been merged into another, or redeemed the reward, while it waited for that.
pub(super) async fn reached(
    db: &impl ConnectionTrait,
    store: StoreId,
    (customer, reward): (CustomerId, &reward::Model),
    now: Instant,
    zone: chrono_tz::Tz,
) -> Result<Option<Used>, DbErr> {
    if limits_of(reward).deciding().is_none() {
        return Ok(None);
    }
    let row = customer::Entity::in_store(store)
        .filter(customer::Column::Id.eq(customer))
        .one(db)
        .await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound(format!("the customer {customer}")))?;
    let used = used(db, (&row, reward), now, zone).await?;
    Ok(used.into_iter().find(|used| !used.leaves_one()))
}
