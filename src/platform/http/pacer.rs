//! Turns: who may send when, so that a platform's limit on an account is never passed.
//!
//! [`Pacer`] is the promise; [`LocalPacer`] keeps it within one process, for tests and for checks
//! made before a database exists. The program's own pacer keeps it in the database, for any number
//! of processes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::{sync::Notify, time::Instant};

/// One account on a platform: what its limit is counted on. A digest, never the credential itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountKey(pub String);

/// The limits that we keep to with an account: at most `burst + per_minute` requests in any
/// minute, at most `concurrency` of them at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The steady rate.
    pub per_minute: u32,
    /// How many may go at once after a silence.
    pub burst: u32,
    /// How many may be under way at the same time.
    pub concurrency: u32,
}

impl Limits {
    /// The time between two requests at the steady rate.
    pub fn interval(&self) -> Duration {
        Duration::from_mins(1) / self.per_minute.max(1)
    }

    /// How far ahead of the steady rate a burst may run.
    pub fn tolerance(&self) -> Duration {
        self.interval() * self.burst.max(1).saturating_sub(1)
    }
}

/// A turn that was given. It names the place taken, in the pacer's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit(pub String);

/// No turn came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PacerError {
    /// The account is too busy, or is resting after a refusal: come back later.
    #[error("the account's turn did not come in time")]
    TooLong,
    /// Where turns are kept cannot be reached.
    #[error("the record of turns cannot be used: {0}")]
    Unavailable(String),
}

/// Gives out turns for an account.
#[async_trait]
pub trait Pacer: Send + Sync {
    /// Waits for a turn, for a bounded time.
    async fn acquire(&self, account: &AccountKey, limits: &Limits) -> Result<Permit, PacerError>;

    /// Gives the place back after the exchange.
    async fn release(&self, account: &AccountKey, permit: Permit);

    /// After a refusal for too many requests: nobody gets a turn for this long.
    async fn penalize(&self, account: &AccountKey, delay: Duration);
}

/// Turns of an account that take a turn elsewhere too: of the account's day, or of all accounts together. There,
/// turns do not exclude each other, so nothing is given back.
pub struct Together {
    pacer: Arc<dyn Pacer>,
    beside: Vec<(AccountKey, Limits)>,
}

impl Together {
    /// A pacer that asks `pacer` for a turn of each of these before the account's own.
    pub fn new(pacer: Arc<dyn Pacer>, beside: Vec<(AccountKey, Limits)>) -> Self {
        Self { pacer, beside }
    }
}

#[async_trait]
impl Pacer for Together {
    async fn acquire(&self, account: &AccountKey, limits: &Limits) -> Result<Permit, PacerError> {
        for (key, limits) in &self.beside {
            self.pacer.acquire(key, limits).await?;
        }
        self.pacer.acquire(account, limits).await
    }

    async fn release(&self, account: &AccountKey, permit: Permit) {
        self.pacer.release(account, permit).await;
    }

    async fn penalize(&self, account: &AccountKey, delay: Duration) {
        self.pacer.penalize(account, delay).await;
    }
}

/// Turns within one process: the generic cell rate algorithm and a count of those under way.
pub struct LocalPacer {
    accounts: Mutex<HashMap<AccountKey, Account>>,
    released: Notify,
    longest_wait: Duration,
}

struct Account {
    /// When the next request is due at the steady rate.
    due: Instant,
    resting_until: Instant,
    under_way: u32,
}

impl Account {
    fn new(now: Instant) -> Self {
        Self {
            due: now,
            resting_until: now,
            under_way: 0,
        }
    }

    /// Takes the turn now, or says when to ask again (`None`: when a place is given back).
    fn take(&mut self, now: Instant, limits: &Limits) -> Result<(), Option<Instant>> {
        if self.under_way >= limits.concurrency.max(1) {
            return Err(None);
        }
        // An instant before the clock's zero is as good as now.
        let earliest = self
            .due
            .checked_sub(limits.tolerance())
            .unwrap_or(now)
            .max(self.resting_until);
        if now < earliest {
            return Err(Some(earliest));
        }
        self.due = self.due.max(now) + limits.interval();
        self.under_way += 1;
        Ok(())
    }
}

impl LocalPacer {
    /// A pacer whose callers wait at most this long.
    pub fn new(longest_wait: Duration) -> Self {
        Self {
            accounts: Mutex::new(HashMap::new()),
            released: Notify::new(),
            longest_wait,
        }
    }

    fn with_account<T>(&self, key: &AccountKey, change: impl FnOnce(&mut Account) -> T) -> T {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        change(
            accounts
                .entry(key.clone())
                .or_insert_with(|| Account::new(Instant::now())),
        )
    }
}

impl Default for LocalPacer {
    fn default() -> Self {
        Self::new(Duration::from_mins(5))
    }
}

#[async_trait]
impl Pacer for LocalPacer {
    async fn acquire(&self, account: &AccountKey, limits: &Limits) -> Result<Permit, PacerError> {
        let give_up = Instant::now() + self.longest_wait;
        loop {
            // Listening begins before looking, so that a place given back in between is not missed.
            let released = self.released.notified();
            tokio::pin!(released);
            released.as_mut().enable();
            let again = match self.with_account(account, |account| account.take(Instant::now(), limits)) {
                Ok(()) => return Ok(Permit(String::new())),
                Err(Some(earliest)) if earliest > give_up => return Err(PacerError::TooLong),
                Err(again) => again.unwrap_or(give_up),
            };
            tokio::select! {
                () = released => {}
                () = tokio::time::sleep_until(again) => {}
            }
            if Instant::now() >= give_up {
                return Err(PacerError::TooLong);
            }
        }
    }

    async fn release(&self, account: &AccountKey, _permit: Permit) {
        self.with_account(account, |account| {
            account.under_way = account.under_way.saturating_sub(1);
        });
        self.released.notify_waiters();
    }

    async fn penalize(&self, account: &AccountKey, delay: Duration) {
        let until = Instant::now() + delay;
        self.with_account(account, |account| {
            account.resting_until = account.resting_until.max(until);
        });
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed turn is a failed test")]
    use super::*;

    fn key() -> AccountKey {
        AccountKey("a".into())
    }

    #[test]
    fn no_minute_sees_more_than_burst_and_rate() {
        let limits = Limits {
            per_minute: 60,
            burst: 30,
            concurrency: 1,
        };
        let start = Instant::now();
        let mut account = Account::new(start);
        let mut sent = Vec::new();
        // A caller that asks every tenth of a second for five minutes.
        for tenth in 0..3000 {
            let now = start + Duration::from_millis(100) * tenth;
            while account.take(now, &limits).is_ok() {
                sent.push(now);
                account.under_way = 0;
            }
        }
        let minute = |from: &Instant| {
            sent.iter()
                .filter(|at| *at >= from && **at < *from + Duration::from_mins(1))
                .count()
        };
        let busiest = sent.iter().map(minute).max();
        assert!(busiest <= Some(90), "{busiest:?}");
        assert_eq!(
            sent.iter().filter(|at| **at == start).count(),
            30,
            "the burst goes at once"
        );
        assert!(
            (320..=331).contains(&sent.len()),
            "then one each second: {}",
            sent.len()
        );
    }

    #[tokio::test]
    async fn one_at_a_time_and_the_place_is_given_back() {
        let pacer = std::sync::Arc::new(LocalPacer::default());
        let limits = Limits {
            per_minute: 60_000,
            burst: 10,
            concurrency: 1,
        };
        let first = pacer.acquire(&key(), &limits).await.unwrap();
        let waiting = tokio::spawn({
            let pacer = pacer.clone();
            async move { pacer.acquire(&key(), &limits).await }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!waiting.is_finished());
        pacer.release(&key(), first).await;
        assert!(waiting.await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_penalty_stops_everyone_and_a_long_one_is_reported() {
        let pacer = LocalPacer::new(Duration::from_secs(1));
        let limits = Limits {
            per_minute: 60_000,
            burst: 10,
            concurrency: 5,
        };
        let start = Instant::now();
        pacer.penalize(&key(), Duration::from_millis(100)).await;
        pacer.acquire(&key(), &limits).await.unwrap();
        assert!(start.elapsed() >= Duration::from_millis(100));
        pacer.penalize(&key(), Duration::from_hours(1)).await;
        assert_eq!(pacer.acquire(&key(), &limits).await, Err(PacerError::TooLong));
    }
}
