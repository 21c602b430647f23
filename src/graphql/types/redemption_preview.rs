use async_graphql::{Context, Enum, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{RewardId, customer};

use super::Reward;
use super::customer::Balance;
use super::explanation::{RuleOutcome, RuleValue};
use super::platform::Text;
use crate::domain::earning::Outcome;
use crate::domain::reward_limits::Used;
use crate::graphql::context::ContextExt;
use crate::graphql::error::fault;
use crate::graphql::scalar::Points;
use crate::service::redemption::{self, RedeemCheck, RedeemError, RedeemRule};

/// A rule of redeeming. New ones may be added; treat unknown ones by their text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(in crate::graphql) enum RedemptionRule {
    /// The reward is offered.
    RewardActive,
    /// The reward can be redeemed at this time; looked at where one is set. Values: `from`, `until`, those that are set.
    Availability,
    /// The reward is not sold out; looked at where a limit in all is set. Values: `used`, `times`.
    Places,
    /// The customer has not redeemed it as often as one may; looked at where such a limit is set. Values: `used`, `times`.
    CustomerLimit,
    /// The same within some days. Values: `used`, `times`, `days`, and `againAt` where none is left.
    PeriodLimit,
    /// The integration that would make the coupon is on.
    IntegrationActive,
    /// The platform makes such coupons. Not looked at where codes come from a pool.
    Supported,
    /// The pool that the reward's codes are taken from has one.
    PoolStock,
    /// The customer owes no points. Values: `debt`.
    Debt,
    /// The points suffice. Values: `available`, `required`.
    Points,
}

/// A rule that was looked at.
#[derive(SimpleObject)]
pub(in crate::graphql) struct RedemptionStep {
    /// Which rule.
    code: RedemptionRule,
    /// Whether it lets the redemption pass.
    outcome: RuleOutcome,
    /// The values that it was applied to.
    values: Vec<RuleValue>,
    /// The same in words.
    text: Text,
}

/// A lot that points would be taken from.
#[derive(SimpleObject)]
pub(in crate::graphql) struct LotUse {
    /// The lot's id.
    lot_id: ID,
    /// How much would be taken from it.
    points: Points,
    /// What is left of it now.
    remaining: Points,
    /// Since when it can be spent.
    available_at: DateTime<Utc>,
    /// When it expires; none: never.
    expires_at: Option<DateTime<Utc>>,
}

/// What a redemption would do.
#[derive(SimpleObject)]
pub(in crate::graphql) struct RedemptionPreview {
    /// Whether every rule lets it pass.
    possible: bool,
    /// For what.
    reward: Reward,
    /// Every rule that was looked at, in that order.
    steps: Vec<RedemptionStep>,
    /// The customer's points now.
    before: Balance,
    /// The points while the coupon is being made; none when the redemption is not possible.
    after: Option<Balance>,
    /// The lots that would be used, in that order, the first 100 of them; empty when the redemption is not possible.
    lots: Vec<LotUse>,
    /// How many lots would be used in all.
    lot_count: usize,
}

/// Lots that are shown: a customer who earned little by little may have thousands.
const SHOWN: usize = 100;

impl RedemptionPreview {
    pub(in crate::graphql) async fn of(
        ctx: &Context<'_>,
        customer: &customer::Model,
        reward: &str,
    ) -> async_graphql::Result<Option<Self>> {
        let Ok(reward) = reward.parse::<RewardId>() else {
            return Ok(None);
        };
        match redemption::preview(ctx.app(), (customer.store_id, customer.id, reward)).await {
            Ok(found) => Ok(Some(found.into())),
            Err(RedeemError::CustomerNotFound | RedeemError::RewardNotFound) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }
}

impl From<redemption::RedemptionPreview> for RedemptionPreview {
    fn from(found: redemption::RedemptionPreview) -> Self {
        let lot_count = found.lots.len();
        let lots = found.lots.into_iter().take(SHOWN).map(|(lot, points)| LotUse {
            lot_id: lot.id.to_string().into(),
            points: points.into(),
            remaining: lot.remaining.into(),
            available_at: lot.available_at,
            expires_at: lot.expires_at,
        });
        Self {
            possible: found.after.is_some(),
            reward: Reward(found.reward),
            steps: found.checks.into_iter().map(Into::into).collect(),
            before: found.before.into(),
            after: found.after.map(Into::into),
            lots: lots.collect(),
            lot_count,
        }
    }
}

impl From<RedeemCheck> for RedemptionStep {
    fn from(check: RedeemCheck) -> Self {
        let (pt, en) = check.text();
        let values = check.rule.values().into_iter();
        Self {
            code: match check.rule {
                RedeemRule::RewardActive => RedemptionRule::RewardActive,
                RedeemRule::Availability { .. } => RedemptionRule::Availability,
                RedeemRule::Places { .. } => RedemptionRule::Places,
                RedeemRule::Limit(Used::OfCustomer { .. }) => RedemptionRule::CustomerLimit,
                RedeemRule::Limit(Used::OfPeriod { .. }) => RedemptionRule::PeriodLimit,
                RedeemRule::IntegrationActive => RedemptionRule::IntegrationActive,
                RedeemRule::Supported => RedemptionRule::Supported,
                RedeemRule::PoolStock => RedemptionRule::PoolStock,
                RedeemRule::Debt { .. } => RedemptionRule::Debt,
                RedeemRule::Points { .. } => RedemptionRule::Points,
            },
            outcome: if check.is_met { Outcome::Met } else { Outcome::Blocks }.into(),
            values: values.map(|(name, value)| RuleValue { name, value }).collect(),
            text: Text::new(&pt, &en),
        }
    }
}
