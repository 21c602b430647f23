//! How often and when a reward can be redeemed, as callers write it.

use async_graphql::InputObject;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::reward_limits::{Availability, Limits};
use crate::graphql::error::UserError;

/// How often a reward can be redeemed. What is left out is without limit. Redemptions that failed or were cancelled do not
/// count.
#[derive(InputObject, Serialize)]
pub(super) struct RewardLimitsInput {
    /// By all customers together, 1 to 1000000000.
    total: Option<i32>,
    /// By one customer, 1 to 1000.
    per_customer: Option<i32>,
    /// By one customer within some days.
    per_period: Option<PeriodLimitInput>,
}

/// How often within some days.
#[derive(InputObject, Serialize)]
struct PeriodLimitInput {
    /// How often, 1 to 1000, and less than `perCustomer`.
    times: i32,
    /// Within how many days, 1 to 3650, today included; days begin at midnight of the store's time zone.
    days: i32,
}

/// When a reward can be redeemed.
#[derive(InputObject, Serialize)]
pub(super) struct RewardAvailabilityInput {
    /// From when on; left out: at once.
    from: Option<DateTime<Utc>>,
    /// Up to when, this instant no more; left out: without end. After the beginning.
    until: Option<DateTime<Utc>>,
}

/// Both, as rules hold them.
type Parsed = (Option<Limits>, Option<Availability>);

/// Limits and times that can be held, or everything that is wrong with them.
pub(super) fn parsed(
    limits: Option<RewardLimitsInput>,
    availability: Option<RewardAvailabilityInput>,
) -> Result<Parsed, Vec<UserError>> {
    let limits = limits.map(|limits| {
        let period = limits.per_period.map(|period| (period.times, period.days));
        Limits::parse(limits.total, limits.per_customer, period)
    });
    let availability = availability.map(|time| Availability::parse(time.from, time.until));
    match (limits.transpose(), availability.transpose()) {
        (Ok(limits), Ok(availability)) => Ok((limits, availability)),
        (limits, availability) => {
            let mut problems = limits.err().unwrap_or_default();
            problems.extend(availability.err());
            Err(UserError::problems(problems))
        }
    }
}
