use entity::{CustomerId, Points, RewardId, StoreId, point_lot, reward};

use super::RedeemError;
use super::check::{RedeemCheck, Subject, points_checks};
use crate::app::App;
use crate::service::points::{Balance, plan};

/// What a redemption would do.
#[derive(Debug, Clone)]
pub struct RedemptionPreview {
    /// For what.
    pub reward: reward::Model,
    /// Every rule that was looked at.
    pub checks: Vec<RedeemCheck>,
    /// The customer's points now.
    pub before: Balance,
    /// The points while the coupon is being made; none when a rule forbids the redemption.
    pub after: Option<Balance>,
    /// The lots that would be used, in that order, and how much of each.
    pub lots: Vec<(point_lot::Model, Points)>,
}

/// Looks at every rule of a redemption, by the same code as [`super::request`], and writes nothing.
pub async fn preview(
    app: &App,
    (store, customer, reward): (StoreId, CustomerId, RewardId),
) -> Result<RedemptionPreview, RedeemError> {
    let subject = Subject::load(&app.db, (store, customer, reward), app.clock.now()).await?;
    let cost = subject.reward.points;
    let plan = plan(&app.db, &subject.customer, cost, app.clock.now()).await?;
    let mut checks = subject.checks();
    checks.extend(points_checks(&plan.before, cost));
    let is_possible = checks.iter().all(|check| check.is_met) && plan.lots.is_ok();
    let after = is_possible.then(|| Balance {
        available: plan.before.available - cost,
        reserved: plan.before.reserved + cost,
        ..plan.before
    });
    let lots = if is_possible {
        plan.lots.unwrap_or_default()
    } else {
        Vec::new()
    };
    Ok(RedemptionPreview {
        reward: subject.reward,
        checks,
        before: plan.before,
        after,
        lots,
    })
}
