//! Turns for platform accounts, kept in the database: whatever the number of workers and processes,
//! a platform's limit is never passed.

use std::time::Duration;

use async_trait::async_trait;
use entity::pace;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter};

use crate::clock::Clock;
use crate::db::is_away;
use crate::platform::http::{AccountKey, Limits, Pacer, PacerError, Permit};

/// How long an exchange may take unless it is said otherwise.
const EXCHANGE: Duration = Duration::from_secs(30);
/// A request under way keeps its place for so many times the longest exchange, then others get it:
/// that only happens when its process died. Redirects and slow turns are part of an exchange.
const EXCHANGES: u32 = 3;
/// How long a turn that could not be given back waits to be.
const GIVE_AGAIN: Duration = Duration::from_millis(500);
/// How often a waiting request looks again.
const LOOK: Duration = Duration::from_millis(40);

/// A pacer that all processes on one database share.
pub struct DatabasePacer {
    db: DatabaseConnection,
    clock: Clock,
    longest_wait: Duration,
    place: Duration,
}

impl DatabasePacer {
    /// A pacer whose callers wait at most this long.
    pub fn new(db: DatabaseConnection, longest_wait: Duration) -> Self {
        // Turns are about real time, also where a test sets the program's clock.
        Self {
            db,
            clock: Clock::System,
            longest_wait,
            place: EXCHANGE * EXCHANGES,
        }
    }

    /// The same where an exchange takes at most `longest`: the shorter, the sooner an account is free
    /// again after the process that was asking it died.
    #[must_use]
    pub fn with_longest_exchange(mut self, longest: Duration) -> Self {
        self.place = longest * EXCHANGES;
        self
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }

    /// Takes a turn if there is one: one conditional update, so two processes cannot take the same.
    async fn take(&self, account: &AccountKey, limits: &Limits) -> Result<Option<Permit>, DbErr> {
        let now = self.now_ms();
        let interval = millis(limits.interval());
        let exclusive = limits.concurrency <= 1;
        let busy_until = now + millis(self.place);
        let due = Expr::col(pace::Column::TatMs);
        let next = Expr::case(due.clone().gt(now), due.add(interval)).finally(now + interval);
        let mut free = pace::Column::Account
            .eq(&account.0)
            .and(pace::Column::BlockedUntilMs.lte(now))
            .and(pace::Column::TatMs.lte(now + millis(limits.tolerance())));
        let mut update = pace::Entity::update_many().col_expr(pace::Column::TatMs, next.into());
        if exclusive {
            free = free.and(pace::Column::BusyUntilMs.lte(now));
            update = update.col_expr(pace::Column::BusyUntilMs, Expr::value(busy_until));
        }
        let taken = Taken {
            db: self.db.clone(),
            account: account.clone(),
            busy_until: exclusive.then_some(busy_until),
        };
        // It goes on to its end when the caller goes away: else nobody would know that a turn was taken.
        let task = tokio::spawn(async move {
            let updated = update.filter(free).exec(&taken.db).await;
            match updated {
                Ok(updated) if updated.rows_affected == 1 => Ok(Some(taken)),
                Ok(_) => {
                    taken.keep();
                    Ok(None)
                }
                // It may have been taken all the same, so it is given back.
                Err(error) => Err(error),
            }
        });
        let taken = task.await.map_err(|error| DbErr::Custom(error.to_string()))?;
        Ok(taken?.map(Taken::keep))
    }

    async fn introduce(&self, account: &AccountKey) -> Result<(), DbErr> {
        let row = pace::Model {
            account: account.0.clone(),
            tat_ms: 0,
            blocked_until_ms: 0,
            busy_until_ms: 0,
        };
        let known = OnConflict::column(pace::Column::Account).do_nothing().to_owned();
        pace::Entity::insert(row.into_active_model())
            .on_conflict(known)
            .exec_without_returning(&self.db)
            .await?;
        Ok(())
    }

    async fn wait_for_turn(&self, account: &AccountKey, limits: &Limits) -> Result<Option<Permit>, DbErr> {
        if let Some(permit) = self.take(account, limits).await? {
            return Ok(Some(permit));
        }
        self.introduce(account).await?;
        let end = self.now_ms() + millis(self.longest_wait);
        loop {
            if let Some(permit) = self.take(account, limits).await? {
                return Ok(Some(permit));
            }
            if self.now_ms() >= end {
                return Ok(None);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// A turn that was taken. It is given back when it is dropped, because its caller has gone away.
struct Taken {
    db: DatabaseConnection,
    account: AccountKey,
    /// What the turn is known by; none where turns do not exclude each other.
    busy_until: Option<i64>,
}

impl Taken {
    /// The turn is its caller's, who gives it back.
    fn keep(mut self) -> Permit {
        Permit(
            self.busy_until
                .take()
                .map(|until| until.to_string())
                .unwrap_or_default(),
        )
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let (Some(busy_until), Ok(runtime)) = (self.busy_until.take(), tokio::runtime::Handle::try_current()) {
            let (db, account) = (self.db.clone(), self.account.clone());
            runtime.spawn(async move { give_back(&db, &account, busy_until).await });
        }
    }
}

/// Gives a turn back, as often as it takes while the database is away: until its time is over, others wait for it.
async fn give_back(db: &DatabaseConnection, account: &AccountKey, busy_until: i64) {
    let mine = pace::Column::Account
        .eq(&account.0)
        .and(pace::Column::BusyUntilMs.eq(busy_until));
    let released = pace::Entity::update_many()
        .col_expr(pace::Column::BusyUntilMs, Expr::value(0_i64))
        .filter(mine);
    while let Err(error) = released.clone().exec(db).await {
        let again = is_away(&error) && Clock::System.now().timestamp_millis() < busy_until;
        tracing::warn!(%error, again, "a turn could not be given back");
        if !again {
            return;
        }
        tokio::time::sleep(GIVE_AGAIN).await;
    }
}

#[async_trait]
impl Pacer for DatabasePacer {
    async fn acquire(&self, account: &AccountKey, limits: &Limits) -> Result<Permit, PacerError> {
        match self.wait_for_turn(account, limits).await {
            Ok(permit) => permit.ok_or(PacerError::TooLong),
            Err(error) => Err(PacerError::Unavailable(error.to_string())),
        }
    }

    async fn release(&self, account: &AccountKey, permit: Permit) {
        // Turns that do not exclude each other have nothing to give back.
        if let Ok(busy_until) = permit.0.parse() {
            let (db, account) = (self.db.clone(), account.clone());
            // As a task: it goes on to its end when the caller goes away.
            let given_back = tokio::spawn(async move { give_back(&db, &account, busy_until).await });
            if let Err(error) = given_back.await {
                tracing::warn!(%error, "a turn could not be given back; it returns by itself after a while");
            }
        }
    }

    async fn penalize(&self, account: &AccountKey, delay: Duration) {
        let until = self.now_ms() + millis(delay);
        let sooner = pace::Column::Account
            .eq(&account.0)
            .and(pace::Column::BlockedUntilMs.lt(until));
        let blocked = pace::Entity::update_many()
            .col_expr(pace::Column::BlockedUntilMs, Expr::value(until))
            .filter(sooner)
            .exec(&self.db)
            .await;
        if let Err(error) = blocked {
            tracing::warn!(%error, "a platform's rest could not be noted");
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}
