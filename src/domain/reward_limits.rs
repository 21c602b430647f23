//! How often a reward can be redeemed, and when: what a merchant may set, and what it means for a customer.

use chrono::{DateTime, Days, TimeDelta, Utc};
use chrono_tz::Tz;

use super::expiry::start_of_day;
use super::settings::Problem;

/// Most redemptions in all that can be set as a limit.
pub const MOST_IN_ALL: i32 = 1_000_000_000;
/// Most redemptions by one customer that can be set as a limit.
pub const MOST_TIMES: i32 = 1_000;
/// Longest period, in days.
pub const MOST_DAYS: i32 = 3_650;

/// How often within some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    times: i32,
    days: i32,
}

/// How often a reward can be redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    total: Option<i32>,
    per_customer: Option<i32>,
    per_period: Option<Period>,
}

/// What a customer did with limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Used {
    /// So many redemptions of those that one customer has in all.
    OfCustomer {
        /// How many there are, as far as they count.
        used: i32,
        /// How many there may be.
        times: i32,
    },
    /// So many within the last days, today included; days begin at midnight of the store's zone.
    OfPeriod {
        /// How many there are, as far as they count.
        used: i32,
        /// How many there may be.
        times: i32,
        /// Within how many days.
        days: i32,
        /// When the next one is possible, where none is now.
        again_at: Option<DateTime<Utc>>,
    },
}

impl Used {
    /// Whether another redemption is possible.
    pub fn leaves_one(self) -> bool {
        match self {
            Self::OfCustomer { used, times } | Self::OfPeriod { used, times, .. } => used < times,
        }
    }
}

impl Period {
    /// How often.
    pub fn times(self) -> i32 {
        self.times
    }

    /// Within how many days, today included.
    pub fn days(self) -> i32 {
        self.days
    }
}

impl Limits {
    /// Limits that can be held, or everything that is wrong with them. A period is times and days.
    pub fn parse(
        total: Option<i32>,
        per_customer: Option<i32>,
        per_period: Option<(i32, i32)>,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut need = |holds: bool, field, message: String| {
            if !holds {
                let code = "OUT_OF_RANGE";
                problems.push(Problem { field, code, message });
            }
        };
        let within = |value: Option<i32>, most| value.is_none_or(|value| (1..=most).contains(&value));
        need(
            within(total, MOST_IN_ALL),
            "limits.total",
            format!("must be 1 to {MOST_IN_ALL}; leave it out for no limit in all"),
        );
        need(
            within(per_customer, MOST_TIMES),
            "limits.perCustomer",
            format!("must be 1 to {MOST_TIMES} times; leave it out for no limit"),
        );
        if let Some((times, days)) = per_period {
            need(
                (1..=MOST_TIMES).contains(&times),
                "limits.perPeriod.times",
                format!("must be 1 to {MOST_TIMES} times"),
            );
            need(
                (1..=MOST_DAYS).contains(&days),
                "limits.perPeriod.days",
                format!("must be 1 to {MOST_DAYS} days; 1 is a calendar day"),
            );
            need(
                per_customer.is_none_or(|most| times < most),
                "limits.perPeriod.times",
                "must be less than perCustomer, or it would never be reached first".to_owned(),
            );
        }
        if problems.is_empty() {
            let per_period = per_period.map(|(times, days)| Period { times, days });
            Ok(Self {
                total,
                per_customer,
                per_period,
            })
        } else {
            Err(problems)
        }
    }

    /// Limits as they are kept: what is kept was parsed.
    pub fn kept(total: Option<i32>, per_customer: Option<i32>, per_period: Option<(i32, i32)>) -> Self {
        Self {
            total,
            per_customer,
            per_period: per_period.map(|(times, days)| Period { times, days }),
        }
    }

    /// How often in all.
    pub fn total(&self) -> Option<i32> {
        self.total
    }

    /// How often by one customer.
    pub fn per_customer(&self) -> Option<i32> {
        self.per_customer
    }

    /// How often by one customer within some days.
    pub fn per_period(&self) -> Option<Period> {
        self.per_period
    }

    /// How many of a customer's newest redemptions of the reward decide; none where nothing does.
    pub fn deciding(&self) -> Option<u64> {
        let most = self.per_customer.max(self.per_period.map(|period| period.times))?;
        u64::try_from(most).ok()
    }

    /// What a customer made of the limits, told by when they asked for the reward: the newest first, as many as
    /// [`Self::deciding`] says.
    pub fn used(&self, newest: &[DateTime<Utc>], now: DateTime<Utc>, zone: Tz) -> Vec<Used> {
        let count = |number: usize, most: i32| i32::try_from(number).unwrap_or(i32::MAX).min(most);
        let of_customer = self.per_customer.map(|times| Used::OfCustomer {
            used: count(newest.len(), times),
            times,
        });
        let of_period = self.per_period.map(|Period { times, days }| {
            let since = days_later(now, 1 - days, zone);
            let within = newest.iter().filter(|at| **at >= since).count();
            let place = usize::try_from(times - 1).unwrap_or(0);
            let last = newest.get(place).filter(|_| within > place);
            Used::OfPeriod {
                used: count(within, times),
                times,
                days,
                again_at: last.map(|at| days_later(*at, days, zone)),
            }
        });
        of_customer.into_iter().chain(of_period).collect()
    }
}

/// The beginning of the day that lies so many days after, or before, that of an instant.
fn days_later(at: DateTime<Utc>, days: i32, zone: Tz) -> DateTime<Utc> {
    let day = at.with_timezone(&zone).date_naive();
    let count = Days::new(u64::from(days.unsigned_abs()));
    let other = if days < 0 {
        day.checked_sub_days(count)
    } else {
        day.checked_add_days(count)
    };
    other.map_or(at + TimeDelta::days(days.into()), |day| start_of_day(day, zone))
}

/// When a reward can be redeemed: from an instant on, before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Availability {
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

impl Availability {
    /// A time that has a length.
    pub fn parse(from: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> Result<Self, Problem> {
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            let message = "the end must come after the beginning".to_owned();
            let (field, code) = ("availability.until", "OUT_OF_RANGE");
            return Err(Problem { field, code, message });
        }
        Ok(Self { from, until })
    }

    /// A time as it is kept: what is kept was parsed.
    pub fn kept(from: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> Self {
        Self { from, until }
    }

    /// From when on.
    pub fn from(&self) -> Option<DateTime<Utc>> {
        self.from
    }

    /// Up to when; this instant is too late.
    pub fn until(&self) -> Option<DateTime<Utc>> {
        self.until
    }

    /// Whether an instant lies in it.
    pub fn holds(&self, at: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use chrono_tz::America::Sao_Paulo;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn what_cannot_be_held_is_told_field_by_field() {
        let fields = |total, customer, period| {
            let problems = Limits::parse(total, customer, period).err().unwrap_or_default();
            problems.iter().map(|problem| problem.field).collect::<Vec<_>>()
        };
        assert!(fields(None, None, None).is_empty());
        assert!(fields(Some(1), Some(1_000), Some((999, 3_650))).is_empty());
        assert_eq!(
            fields(Some(0), Some(1_001), None),
            ["limits.total", "limits.perCustomer"]
        );
        assert_eq!(
            fields(Some(-1), None, Some((0, 3_651))),
            ["limits.total", "limits.perPeriod.times", "limits.perPeriod.days"]
        );
        assert_eq!(fields(None, Some(2), Some((2, 30))), ["limits.perPeriod.times"]);
    }

    #[test]
    fn a_customer_has_so_many_in_all() {
        let limits = Limits::parse(None, Some(2), None).unwrap();
        let (once, now) = ([at("2026-01-01T00:00:00Z")], at("2026-06-01T12:00:00Z"));
        assert_eq!(limits.deciding(), Some(2));
        let used = |newest: &[_]| limits.used(newest, now, Sao_Paulo);
        assert_eq!(used(&[]), [Used::OfCustomer { used: 0, times: 2 }]);
        assert_eq!(used(&once), [Used::OfCustomer { used: 1, times: 2 }]);
        let twice = used(&[once[0], once[0]]);
        assert_eq!(twice, [Used::OfCustomer { used: 2, times: 2 }]);
        assert!(!twice[0].leaves_one());
    }

    #[test]
    fn a_day_ends_at_midnight_of_the_store() {
        let limits = Limits::parse(None, None, Some((1, 1))).unwrap();
        // 23:30 in São Paulo.
        let bought = at("2026-03-11T02:30:00Z");
        let used = |now| limits.used(&[bought], at(now), Sao_Paulo);
        let full = Used::OfPeriod {
            used: 1,
            times: 1,
            days: 1,
            again_at: Some(at("2026-03-11T03:00:00Z")),
        };
        assert_eq!(used("2026-03-11T02:59:59Z"), [full]);
        let free = Used::OfPeriod {
            used: 0,
            times: 1,
            days: 1,
            again_at: None,
        };
        assert_eq!(used("2026-03-11T03:00:00Z"), [free]);
    }

    #[test]
    fn the_next_place_comes_when_the_oldest_that_counts_leaves() {
        let limits = Limits::parse(None, Some(9), Some((2, 30))).unwrap();
        assert_eq!(limits.deciding(), Some(9));
        let newest = [
            at("2026-03-20T12:00:00Z"),
            at("2026-03-10T12:00:00Z"),
            at("2026-03-01T12:00:00Z"),
        ];
        let used = limits.used(&newest, at("2026-03-25T12:00:00Z"), Sao_Paulo);
        let full = Used::OfPeriod {
            used: 2,
            times: 2,
            days: 30,
            again_at: Some(at("2026-04-09T03:00:00Z")),
        };
        assert_eq!(used, [Used::OfCustomer { used: 3, times: 9 }, full]);
        let used = limits.used(&newest, at("2026-04-09T03:00:00Z"), Sao_Paulo);
        assert!(used.iter().all(|used| used.leaves_one()));
    }

    #[test]
    fn a_time_begins_with_its_first_instant_and_ends_before_its_last() {
        let (from, until) = (at("2026-03-10T03:00:00Z"), at("2026-03-11T03:00:00Z"));
        let day = Availability::parse(Some(from), Some(until)).unwrap();
        assert!(day.holds(from) && day.holds(until - TimeDelta::nanoseconds(1)));
        assert!(!day.holds(until) && !day.holds(from - TimeDelta::nanoseconds(1)));
        assert!(Availability::parse(Some(from), Some(from)).is_err());
        assert!(Availability::parse(None, None).unwrap().holds(from));
    }
}
