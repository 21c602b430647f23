use entity::coupon::{self, CouponState};
use entity::event::EventKind;
use entity::{Instant, OrderId, order};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use crate::service::event::{self, Origin};

/// Coupon codes that orders carry.
pub fn used_coupons(orders: &[order::Model]) -> Vec<(String, OrderId, Instant)> {
    orders
        .iter()
        .filter_map(|order| Some((order.coupon_code.clone()?, order.id, order.placed_at)))
        .collect()
}

/// Notices coupons of ours that orders used. Most pages carry none of ours and cost one read.
pub async fn notice_used(
    db: &impl ConnectionTrait,
    origin: &Origin,
    used: Vec<(String, OrderId, Instant)>,
) -> Result<(), DbErr> {
    if used.is_empty() {
        return Ok(());
    }
    let ours = coupon::Entity::in_store(origin.store)
        .filter(
            coupon::Column::Code
                .is_in(used.iter().map(|(code, ..)| code.as_str()))
                .and(coupon::Column::UsedOrderId.is_null()),
        )
        .all(db)
        .await?;
    if ours.is_empty() {
        return Ok(());
    }
    let (mut order_of, mut time_of) = (
        sea_orm::sea_query::CaseStatement::new(),
        sea_orm::sea_query::CaseStatement::new(),
    );
    for coupon in &ours {
        if let Some((_, order, at)) = used.iter().find(|(code, ..)| *code == coupon.code) {
            let this = || Expr::col(coupon::Column::Id).eq(coupon.id);
            order_of = order_of.case(this(), Expr::value(order.0));
            time_of = time_of.case(this(), Expr::value(*at));
        }
    }
    coupon::Entity::update_many()
        .col_expr(coupon::Column::State, Expr::value(CouponState::Used))
        .col_expr(coupon::Column::UsedOrderId, order_of.into())
        .col_expr(coupon::Column::UsedAt, time_of.into())
        .filter(coupon::Column::Id.is_in(ours.iter().map(|coupon| coupon.id)))
        .exec(db)
        .await?;
    let happened = ours.iter().map(|coupon| (EventKind::CouponUsed, coupon.id.0));
    event::write(db, origin, happened.collect::<Vec<_>>()).await
}
