//! How what is redeemed comes into being: what a reward may say of it.

use entity::reward::Fulfilment;
use entity::{CouponPoolId, coupon_pool, integration};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use super::RewardError;
use crate::domain::settings::Problem;
use crate::platform::Kind;

/// What is wrong with a reward's way of coming into being.
pub(super) async fn check(
    db: &impl ConnectionTrait,
    integration: &integration::Model,
    (fulfilment, pool): (Fulfilment, Option<CouponPoolId>),
) -> Result<Option<Problem>, RewardError> {
    let problem = |field, code, message: &str| {
        Some(Problem {
            field,
            code,
            message: message.to_owned(),
        })
    };
    let kind = integration.platform.parse::<Kind>().ok();
    let makes_coupons = kind.is_some_and(|kind| kind.descriptor().capabilities.create_coupons);
    Ok(match (fulfilment, pool) {
        (Fulfilment::Automatic, None) if !makes_coupons && !kind.is_some_and(Kind::is_pushed) => problem(
            "fulfilment",
            "UNSUPPORTED",
            "the platform makes no coupons; hand out codes of a pool, or see to it by hand",
        ),
        (Fulfilment::Automatic | Fulfilment::Manual, None) => None,
        (Fulfilment::Automatic | Fulfilment::Manual, Some(_)) => problem(
            "poolId",
            "NOT_ALLOWED",
            "only a reward with the fulfilment POOL takes codes from a pool",
        ),
        (Fulfilment::Pool, None) => problem("poolId", "REQUIRED", "name the pool that the codes are taken from"),
        (Fulfilment::Pool, Some(pool)) => {
            let pool = coupon_pool::Entity::in_store(integration.store_id)
                .filter(coupon_pool::Column::Id.eq(pool))
                .one(db)
                .await?
                .ok_or(RewardError::PoolNotFound)?;
            if pool.integration_id == integration.id {
                None
            } else {
                problem("poolId", "NOT_ALLOWED", "the pool's codes are those of another shop")
            }
        }
    })
}
