//! What each caller may still spend: a leaky bucket for each API token, each user and each address.
//!
//! Costs of GraphQL come from `limits`, callers from the `Door`; the gate charges before an operation is executed. Other
//! routes of the composition charge what they cost to the same buckets. Kept in the memory of this process: what it
//! protects is this process's time.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use super::settings::CostSettings;

/// Buckets that are remembered. Full ones are forgotten first; they are as new.
const MOST_BUCKETS: usize = 100_000;

/// Thousandths of a point, so that a fraction of a second restores a fraction of a point.
const PARTS: u64 = 1000;

/// Everybody's buckets.
#[derive(Debug)]
pub struct Budget {
    capacity: u64,
    restore_rate: u64,
    most: usize,
    spent: Mutex<HashMap<String, Spent>>,
}

/// What is missing in a bucket, in parts, as of a moment.
#[derive(Debug, Clone, Copy)]
struct Spent {
    parts: u64,
    at: Instant,
}

/// What is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// Points.
    pub remaining: u64,
    /// Points for each second.
    pub restore_rate: u64,
}

/// There is not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted {
    /// What is left.
    pub balance: Balance,
    /// In so many seconds there is, if nothing else is spent.
    pub retry_after: u64,
}

impl Budget {
    /// `None` where nothing is counted.
    pub fn new(settings: &CostSettings) -> Option<Self> {
        (settings.capacity > 0).then(|| Self {
            capacity: settings.capacity.saturating_mul(PARTS),
            restore_rate: settings.restore_per_second.max(1),
            most: MOST_BUCKETS,
            spent: Mutex::default(),
        })
    }

    /// Takes the cost of an operation from a caller's bucket. One that costs more than a bucket holds
    /// is let in when the bucket is full, and empties it.
    pub fn charge(&self, caller: &str, cost: u64, now: Instant) -> Result<Balance, Exhausted> {
        let cost = cost.max(1).saturating_mul(PARTS).min(self.capacity);
        let mut buckets = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= self.most && !buckets.contains_key(caller) {
            self.forget(&mut buckets, now);
        }
        let before = buckets.get(caller).map_or(0, |spent| self.leaked(*spent, now));
        let after = before.saturating_add(cost);
        if after > self.capacity {
            let missing = after - self.capacity;
            return Err(Exhausted {
                balance: self.balance(before),
                retry_after: missing.div_ceil(self.restore_rate.saturating_mul(PARTS)),
            });
        }
        buckets.insert(caller.to_owned(), Spent { parts: after, at: now });
        Ok(self.balance(after))
    }

    fn leaked(&self, spent: Spent, now: Instant) -> u64 {
        let passed = now.saturating_duration_since(spent.at);
        let milliseconds = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        // Points for each second are parts for each millisecond.
        spent
            .parts
            .saturating_sub(milliseconds.saturating_mul(self.restore_rate))
    }

    fn balance(&self, spent: u64) -> Balance {
        Balance {
            remaining: (self.capacity - spent) / PARTS,
            restore_rate: self.restore_rate,
        }
    }

    /// Makes room: full buckets go, and where none is full, the half that was used longest ago.
    fn forget(&self, buckets: &mut HashMap<String, Spent>, now: Instant) {
        buckets.retain(|_, spent| self.leaked(*spent, now) > 0);
        if buckets.len() >= self.most {
            let mut times: Vec<Instant> = buckets.values().map(|spent| spent.at).collect();
            let middle = times.len() / 2;
            let (_, &mut median, _) = times.select_nth_unstable(middle);
            buckets.retain(|_, spent| spent.at > median);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::time::Duration;

    use super::*;

    fn budget(capacity: u64, restore_per_second: u64) -> Budget {
        Budget::new(&CostSettings {
            capacity,
            restore_per_second,
        })
        .unwrap()
    }

    fn left(remaining: u64) -> Balance {
        Balance {
            remaining,
            restore_rate: 10,
        }
    }

    #[test]
    fn a_bucket_empties_by_cost_and_fills_with_time() {
        let (budget, start) = (budget(100, 10), Instant::now());
        let after = |milliseconds| start + Duration::from_millis(milliseconds);
        assert_eq!(budget.charge("a", 60, start), Ok(left(40)));
        let refused = budget.charge("a", 60, start).unwrap_err();
        assert_eq!((refused.balance, refused.retry_after), (left(40), 2));
        assert_eq!(budget.charge("b", 60, start), Ok(left(40)), "each caller has one");
        assert_eq!(budget.charge("a", 60, after(1999)).unwrap_err().retry_after, 1);
        assert_eq!(budget.charge("a", 60, after(2000)), Ok(left(0)));
        assert_eq!(budget.charge("a", 1, after(2050)).unwrap_err().retry_after, 1);
        assert_eq!(
            budget.charge("a", 0, after(1_000_000)),
            Ok(left(99)),
            "it never overflows, and asking costs 1"
        );
    }

    #[test]
    fn what_costs_more_than_a_bucket_takes_a_full_one() {
        let (budget, start) = (budget(100, 10), Instant::now());
        assert_eq!(budget.charge("a", u64::MAX, start), Ok(left(0)));
        assert_eq!(budget.charge("a", u64::MAX, start).unwrap_err().retry_after, 10);
    }

    #[test]
    fn no_more_callers_are_remembered_than_there_is_room_for() {
        let (mut budget, start) = (budget(100, 10), Instant::now());
        budget.most = 10;
        for index in 0..100 {
            budget
                .charge(&index.to_string(), 100, start + Duration::from_millis(index))
                .unwrap();
        }
        assert!(budget.spent.lock().unwrap().len() <= 10);
        assert!(
            budget.charge("99", 100, start + Duration::from_millis(100)).is_err(),
            "the last one is known"
        );
    }

    #[test]
    fn nothing_is_counted_where_the_capacity_is_zero() {
        let settings = CostSettings {
            capacity: 0,
            restore_per_second: 10,
        };
        assert!(Budget::new(&settings).is_none());
    }
}
