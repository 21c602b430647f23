//! Counting requests: how many are too many, and what a test may want to know afterwards.
//!
//! Instants are the sandbox clock's, so a test that advances the clock also gets its quota back.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// A platform's way of limiting one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RatePolicy {
    /// Anything goes.
    Unlimited,
    /// One request at a time, and no two accepted ones closer than the gap.
    OneAtATime {
        /// The smallest gap between two accepted requests.
        gap: Duration,
    },
    /// So many accepted requests in any second.
    PerSecond(u32),
    /// So many accepted requests in any 60 seconds.
    SlidingMinute(u32),
    /// So many accepted requests in each minute of the clock.
    FixedMinute(u32),
    /// So many accepted requests in any second, and so many in any 60 seconds.
    SecondAndMinute(u32, u32),
}

/// What one account has done.
#[derive(Debug, Default)]
struct Account {
    accepted: VecDeque<DateTime<Utc>>,
    arrived: VecDeque<DateTime<Utc>>,
    in_flight: u32,
    requests: u64,
    refused: u64,
    most_in_a_minute: usize,
    most_parallel: u32,
}

/// The counts of one imitated platform.
#[derive(Debug, Default)]
pub struct Ledger {
    accounts: BTreeMap<String, Account>,
    answers: BTreeMap<(String, String, u16), u64>,
    forbidden: Vec<String>,
    cut: u64,
}

impl Ledger {
    /// Notes an arrival. `Err` holds how long the account would have to wait.
    /// Either way [`Self::leave`] is owed.
    pub fn arrive(&mut self, account: &str, now: DateTime<Utc>, policy: RatePolicy) -> Result<(), Duration> {
        let account = self.accounts.entry(account.to_owned()).or_default();
        account.requests += 1;
        account.in_flight += 1;
        account.most_parallel = account.most_parallel.max(account.in_flight);
        account.arrived.push_back(now);
        drop_older(&mut account.arrived, now - MINUTE);
        account.most_in_a_minute = account.most_in_a_minute.max(account.arrived.len());
        drop_older(&mut account.accepted, now - MINUTE);
        let wait = account.wait(now, policy);
        if wait.is_zero() {
            account.accepted.push_back(now);
            Ok(())
        } else {
            account.refused += 1;
            Err(wait)
        }
    }

    /// The request has its answer.
    pub fn leave(&mut self, account: &str) {
        if let Some(account) = self.accounts.get_mut(account) {
            account.in_flight = account.in_flight.saturating_sub(1);
        }
    }

    /// Notes an answer.
    pub fn answered(&mut self, method: &str, path: &str, status: u16) {
        *self
            .answers
            .entry((method.to_owned(), path.to_owned(), status))
            .or_default() += 1;
    }

    /// Notes a connection that was cut without an answer.
    pub fn cut(&mut self) {
        self.cut += 1;
    }

    /// Notes a call that no integration may make.
    pub fn forbidden(&mut self, call: String) {
        self.forbidden.push(call);
    }

    /// Everything counted so far.
    pub fn stats(&self) -> Stats {
        let answers: Vec<_> = self
            .answers
            .iter()
            .map(|((method, path, status), count)| AnswerCount {
                method: method.clone(),
                path: path.clone(),
                status: *status,
                count: *count,
            })
            .collect();
        Stats {
            requests: answers.iter().map(|answer| answer.count).sum::<u64>() + self.cut,
            too_many: self.accounts.values().map(|account| account.refused).sum(),
            cut: self.cut,
            max_parallel: self
                .accounts
                .values()
                .map(|account| account.most_parallel)
                .max()
                .unwrap_or_default(),
            max_in_60_s: self
                .accounts
                .values()
                .map(|account| account.most_in_a_minute)
                .max()
                .unwrap_or_default(),
            accounts: self
                .accounts
                .iter()
                .map(|(name, account)| AccountStats {
                    account: name.clone(),
                    requests: account.requests,
                    too_many: account.refused,
                    max_parallel: account.most_parallel,
                    max_in_60_s: account.most_in_a_minute,
                })
                .collect(),
            forbidden: self.forbidden.clone(),
            answers,
        }
    }

    /// Forgets the counts but not the running limits.
    pub fn reset(&mut self) {
        self.answers.clear();
        self.forbidden.clear();
        self.cut = 0;
        for account in self.accounts.values_mut() {
            (account.requests, account.refused, account.most_in_a_minute) = (0, 0, 0);
            account.most_parallel = account.in_flight;
            account.arrived.clear();
        }
    }
}

impl Account {
    fn wait(&self, now: DateTime<Utc>, policy: RatePolicy) -> Duration {
        let until = |free: DateTime<Utc>| (free - now).to_std().unwrap_or_default();
        match policy {
            RatePolicy::Unlimited => Duration::ZERO,
            RatePolicy::OneAtATime { gap } => {
                let since_last = self
                    .accepted
                    .back()
                    .map(|last| (now - *last).to_std().unwrap_or_default());
                match since_last {
                    Some(since) if since < gap => gap.saturating_sub(since),
                    _ if self.in_flight > 1 => gap.max(Duration::from_millis(1)),
                    _ => Duration::ZERO,
                }
            }
            RatePolicy::PerSecond(most) => {
                let second = TimeDelta::seconds(1);
                let most = usize::try_from(most).unwrap_or(usize::MAX).max(1);
                let oldest = self.accepted.iter().rev().nth(most - 1);
                oldest.map_or(Duration::ZERO, |at| until(*at + second))
            }
            RatePolicy::SlidingMinute(most) => {
                let most = most as usize;
                if self.accepted.len() < most {
                    return Duration::ZERO;
                }
                let blocking = self.accepted.len() - most;
                self.accepted
                    .get(blocking)
                    .map_or(Duration::from_mins(1), |at| until(*at + MINUTE))
            }
            RatePolicy::SecondAndMinute(second, minute) => {
                let second = self.wait(now, RatePolicy::PerSecond(second));
                second.max(self.wait(now, RatePolicy::SlidingMinute(minute)))
            }
            RatePolicy::FixedMinute(most) => {
                let minute = now.timestamp().div_euclid(60);
                let used = self
                    .accepted
                    .iter()
                    .filter(|at| at.timestamp().div_euclid(60) == minute)
                    .count();
                if used < most as usize {
                    return Duration::ZERO;
                }
                DateTime::from_timestamp((minute + 1) * 60, 0).map_or(Duration::from_mins(1), until)
            }
        }
    }
}

fn drop_older(instants: &mut VecDeque<DateTime<Utc>>, limit: DateTime<Utc>) {
    while instants.front().is_some_and(|at| *at <= limit) {
        instants.pop_front();
    }
}

/// What `GET /_sandbox/stats` tells of one platform.
#[derive(Debug, Clone, Serialize)]
pub struct Stats {
    /// All requests, refused and cut ones included.
    pub requests: u64,
    /// Requests refused by the rate limit.
    pub too_many: u64,
    /// Connections cut without an answer.
    pub cut: u64,
    /// The most requests of one account served at the same time.
    pub max_parallel: u32,
    /// The most requests of one account in any 60 seconds, refused ones included.
    pub max_in_60_s: usize,
    /// The same per account.
    pub accounts: Vec<AccountStats>,
    /// Calls that no integration may make.
    pub forbidden: Vec<String>,
    /// Requests per method, path (without query) and status.
    pub answers: Vec<AnswerCount>,
}

/// One account's share of [`Stats`].
#[derive(Debug, Clone, Serialize)]
pub struct AccountStats {
    /// The credential's name.
    pub account: String,
    /// All requests, refused ones included.
    pub requests: u64,
    /// Requests refused by the rate limit.
    pub too_many: u64,
    /// The most requests served at the same time.
    pub max_parallel: u32,
    /// The most requests in any 60 seconds, refused ones included.
    pub max_in_60_s: usize,
}

/// How often one path gave one status.
#[derive(Debug, Clone, Serialize)]
pub struct AnswerCount {
    /// The method.
    pub method: String,
    /// The path after the platform's prefix, without the query.
    pub path: String,
    /// The status.
    pub status: u16,
    /// How often.
    pub count: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_000 + millis).unwrap_or_default()
    }

    fn accepted(policy: RatePolicy, arrivals: &[i64]) -> Vec<bool> {
        let mut ledger = Ledger::default();
        arrivals
            .iter()
            .map(|millis| {
                let verdict = ledger.arrive("a", at(*millis), policy).is_ok();
                ledger.leave("a");
                verdict
            })
            .collect()
    }

    #[test]
    fn one_at_a_time_refuses_bursts_and_parallel_requests() {
        let policy = RatePolicy::OneAtATime {
            gap: Duration::from_millis(150),
        };
        assert_eq!(
            accepted(policy, &[0, 1, 2, 200, 400, 549]),
            [true, false, false, true, true, false]
        );
        let mut ledger = Ledger::default();
        assert!(ledger.arrive("a", at(0), policy).is_ok());
        assert!(
            ledger.arrive("a", at(500), policy).is_err(),
            "the first is still being served"
        );
        assert!(ledger.arrive("b", at(500), policy).is_ok(), "another account");
    }

    #[test]
    fn minutes_slide_or_stand_still() {
        let sliding = RatePolicy::SlidingMinute(2);
        assert_eq!(
            accepted(sliding, &[0, 10_000, 59_000, 60_000, 61_000]),
            [true, true, false, true, false]
        );
        let fixed = RatePolicy::FixedMinute(2);
        assert_eq!(
            accepted(fixed, &[50_000, 55_000, 59_000, 60_001, 60_002]),
            [true, true, false, true, true]
        );
    }

    #[test]
    fn the_wait_ends_when_the_window_opens() {
        let mut ledger = Ledger::default();
        assert!(ledger.arrive("a", at(0), RatePolicy::SlidingMinute(1)).is_ok());
        let refused = ledger.arrive("a", at(20_000), RatePolicy::SlidingMinute(1));
        assert_eq!(refused, Err(Duration::from_secs(40)));
    }
}
