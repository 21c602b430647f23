use async_graphql::SimpleObject;

use crate::domain::reward_limits::{Limits, Period};

/// How often a reward can be redeemed. Redemptions that failed or were cancelled do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SimpleObject)]
pub(in crate::graphql) struct RewardLimits {
    /// By all customers together; none: without limit.
    total: Option<i32>,
    /// By one customer; none: without limit. Those who were merged into one are that one.
    per_customer: Option<i32>,
    /// By one customer within some days; none: without limit.
    per_period: Option<PeriodLimit>,
}

/// How often within some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SimpleObject)]
pub(in crate::graphql) struct PeriodLimit {
    /// How often.
    times: i32,
    /// Within how many days, today included; days begin at midnight of the store's time zone.
    days: i32,
}

impl From<Limits> for RewardLimits {
    fn from(limits: Limits) -> Self {
        Self {
            total: limits.total(),
            per_customer: limits.per_customer(),
            per_period: limits.per_period().map(Into::into),
        }
    }
}

impl From<Period> for PeriodLimit {
    fn from(period: Period) -> Self {
        Self {
            times: period.times(),
            days: period.days(),
        }
    }
}
