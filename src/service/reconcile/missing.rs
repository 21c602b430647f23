//! What a walk over a shop's list did not meet, of what the books have: to be asked for one by one.

use std::ops::Range;

use chrono::TimeDelta;
use entity::redemption::{self, RedemptionState};
use entity::{ImportRunId, Instant, IntegrationId, coupon, coupon_sighting, order, order_sighting};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use crate::app::App;
use crate::service::import::ImportContext;
use crate::service::order::REMOVED;

/// Asked for by one page: each is a request, or several.
const AT_ONCE: u64 = 20;

/// Sales since an instant that were known before the walk began and were not in the list, after the one with this key.
pub async fn missing_orders(
    db: &impl ConnectionTrait,
    context: &ImportContext,
    since: Instant,
    after: Option<&str>,
) -> Result<Vec<order::Model>, DbErr> {
    let began = context.run.started_at.unwrap_or(context.run.created_at);
    let which = (context.integration.id, context.run.id);
    unseen_orders(which, since..began, after).all(db).await
}

/// Placed since the range's start, known before its end.
fn unseen_orders(
    (integration, run): (IntegrationId, ImportRunId),
    range: Range<Instant>,
    after: Option<&str>,
) -> Select<order::Entity> {
    let seen = Query::select()
        .expr(Expr::val(1))
        .from(order_sighting::Entity)
        .and_where(
            Expr::col((order_sighting::Entity, order_sighting::Column::OrderId))
                .equals((order::Entity, order::Column::Id)),
        )
        .and_where(order_sighting::Column::ImportRunId.eq(run))
        .to_owned();
    order::Entity::find()
        .filter(order::Column::IntegrationId.eq(integration))
        .filter(order::Column::ExternalId.gt(after.unwrap_or_default()))
        .filter(order::Column::PlacedAt.gte(range.start))
        .filter(order::Column::CreatedAt.lt(range.end))
        .filter(order::Column::StatusCode.ne(REMOVED))
        .filter(Expr::exists(seen).not())
        .order_by_asc(order::Column::ExternalId)
        .limit(AT_ONCE)
}

/// Coupons that can be used by the books, that the shop would have to show, and that were not in the list, after the one
/// with this id.
pub async fn missing_coupons(
    app: &App,
    context: &ImportContext,
    after: Option<&str>,
) -> Result<Vec<coupon::Model>, DbErr> {
    let began = context.run.started_at.unwrap_or(context.run.created_at);
    let settled = TimeDelta::seconds(app.config.jobs.coupon_settle_seconds.into());
    let which = (context.integration.id, context.run.id);
    let rows = unseen_coupons(which, began - settled..app.clock.now(), after);
    rows.all(&app.db).await
}

/// Made before the range's start, usable after its end.
fn unseen_coupons(
    (integration, run): (IntegrationId, ImportRunId),
    range: Range<Instant>,
    after: Option<&str>,
) -> Select<coupon::Entity> {
    let after: Uuid = after.and_then(|after| after.parse().ok()).unwrap_or_default();
    let seen = Query::select()
        .expr(Expr::val(1))
        .from(coupon_sighting::Entity)
        .and_where(
            Expr::col((coupon_sighting::Entity, coupon_sighting::Column::CouponId))
                .equals((coupon::Entity, coupon::Column::Id)),
        )
        .and_where(coupon_sighting::Column::ImportRunId.eq(run))
        .to_owned();
    // What becomes of those is decided by their redemption.
    let under_way = Query::select()
        .expr(Expr::val(1))
        .from(redemption::Entity)
        .and_where(
            Expr::col((redemption::Entity, redemption::Column::Id))
                .equals((coupon::Entity, coupon::Column::RedemptionId)),
        )
        .and_where(redemption::Column::State.ne(RedemptionState::Completed))
        .to_owned();
    coupon::Entity::find()
        .filter(Expr::exists(under_way).not())
        .filter(coupon::Column::IntegrationId.eq(integration))
        .filter(Expr::cust("state = 'active'"))
        .filter(coupon::Column::Id.gt(after))
        .filter(coupon::Column::ExternalId.is_not_null())
        .filter(coupon::Column::ActivatedAt.lt(range.start))
        .filter(coupon::Column::ValidUntil.gt(range.end))
        .filter(Expr::exists(seen).not())
        .order_by_asc(coupon::Column::Id)
        .limit(AT_ONCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::plans::plan;

    #[tokio::test]
    async fn what_was_not_seen_is_found_along_indexes() {
        let which = (IntegrationId(Uuid::nil()), ImportRunId(Uuid::nil()));
        let range = || Instant::UNIX_EPOCH..Instant::UNIX_EPOCH;
        let found = plan(unseen_orders(which, range(), Some("1"))).await;
        assert_eq!(
            found[0],
            "SEARCH orders USING INDEX orders_integration_id_external_id (integration_id=? AND external_id>?)"
        );
        assert!(
            found
                .iter()
                .all(|line| !line.contains("SCAN") && !line.contains("TEMP")),
            "{found:?}"
        );
        let found = plan(unseen_coupons(which, range(), None)).await;
        assert_eq!(
            found[0],
            "SEARCH coupons USING INDEX coupons_active (integration_id=? AND id>?)"
        );
        assert!(
            found
                .iter()
                .all(|line| !line.contains("SCAN") && !line.contains("TEMP")),
            "{found:?}"
        );
    }
}
