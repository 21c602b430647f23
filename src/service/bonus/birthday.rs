use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate};
use entity::{CustomerId, Instant, Points, StoreId, customer, programme_version, store};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde_json::json;

use super::{Bonus, give};
use crate::app::App;
use crate::db::begin;
use crate::domain::birthday::born_on;
use crate::domain::expiry::start_of_day;
use crate::queue::{Enqueue, GiveBirthdayBonuses, Whose, enqueue_all};
use crate::service::import::hold_store;
use crate::service::points::Cause;
use crate::service::programme::in_force;

/// How many days a bonus may be late: nobody is forgotten because no process ran for some days.
const DAYS_LATE: u64 = 6;
/// Customers of one transaction.
const BATCH: usize = 500;

/// Enqueues, once an hour, the job of each store that gives birthday bonuses. Any number of processes
/// may do so at once.
pub async fn start_birthdays(app: &App) -> Result<(), DbErr> {
    let stores: Vec<StoreId> = programme_version::Entity::find()
        .select_only()
        .column(programme_version::Column::StoreId)
        .distinct()
        .filter(programme_version::Column::BirthdayBonus.gt(0))
        .into_tuple()
        .all(&app.db)
        .await?;
    let hour = app.clock.now().timestamp() / 3600;
    let jobs = stores.into_iter().map(|store| {
        let whose = Whose::of(store, store);
        Enqueue::now(app, whose, GiveBirthdayBonuses { store }, format!("{store}:{hour}"))
    });
    enqueue_all(&app.db, app, jobs.collect()).await
}

/// Gives the birthday bonuses of a store that are due: today's, in the store's zone, and those of the
/// last days that were missed. Each customer has one a year, whatever becomes of the birth date.
pub async fn give_birthdays(app: &App, store: StoreId) -> Result<(), DbErr> {
    let Some(store) = store::Entity::find_by_id(store).one(&app.db).await? else {
        return Ok(());
    };
    let versions = programme_version::Entity::in_store(store.id).all(&app.db).await?;
    let zone = store.time_zone.parse().unwrap_or(chrono_tz::America::Sao_Paulo);
    let now = app.clock.now();
    let today = now.with_timezone(&zone).date_naive();
    for day in (0..=DAYS_LATE).filter_map(|late| today.checked_sub_days(Days::new(late))) {
        let end = end_of(day, zone);
        let Some(version) = in_force(&versions, end.min(now)) else {
            continue;
        };
        if version.birthday_bonus > Points::ZERO {
            let birthday = Birthday {
                store: store.id,
                zone,
                day,
                end,
                version,
            };
            birthday.give(app, now).await?;
        }
    }
    Ok(())
}

/// A day of a store, and what it gives to whom it is a birthday of.
struct Birthday<'a> {
    store: StoreId,
    zone: chrono_tz::Tz,
    day: NaiveDate,
    end: Instant,
    version: &'a programme_version::Model,
}

impl Birthday<'_> {
    /// Gives the bonuses, so many customers in a transaction.
    async fn give(&self, app: &App, now: Instant) -> Result<(), DbErr> {
        let cause = Cause {
            actor: "birthday_bonus".to_owned(),
            request_id: None,
            at: now,
        };
        let mut after = None;
        loop {
            let txn = begin(&app.db).await?;
            hold_store(&txn, self.store).await?;
            let customers: Vec<CustomerId> = self.customers(app.db.get_database_backend(), after).all(&txn).await?;
            let bonuses = customers.iter().map(|customer| self.bonus(*customer));
            give(&txn, app, (self.store, self.zone), &cause, bonuses.collect()).await?;
            txn.commit().await?;
            after = customers.last().copied();
            if customers.len() < BATCH {
                return Ok(());
            }
        }
    }

    /// Who was born on such a day and took part by its end: the next ones by id.
    fn customers(
        &self,
        backend: DbBackend,
        after: Option<CustomerId>,
    ) -> sea_orm::Selector<sea_orm::SelectGetableTuple<CustomerId>> {
        birthdays(self.store, self.day, backend)
            .select_only()
            .column(customer::Column::Id)
            .filter(customer::Column::CreatedAt.lt(self.end))
            .filter(customer::Column::Id.gt(after.unwrap_or(CustomerId(uuid::Uuid::nil()))))
            .order_by_asc(customer::Column::Id)
            .limit(u64::try_from(BATCH).unwrap_or(u64::MAX))
            .into_tuple()
    }

    fn bonus(&self, customer: CustomerId) -> Bonus<'_> {
        Bonus {
            customer,
            points: self.version.birthday_bonus,
            version: self.version,
            sequence: self.day.year() * 10 + 1,
            inputs: json!({ "bonus": "birthday", "day": self.day }),
            occurred_at: start_of_day(self.day, self.zone),
        }
    }
}

fn end_of(day: NaiveDate, zone: chrono_tz::Tz) -> Instant {
    start_of_day(day.checked_add_days(Days::new(1)).unwrap_or(day), zone)
}

/// The customers whose birthday is on a day. Written out, so that either database uses its index of
/// months and days.
fn birthdays(store: StoreId, day: NaiveDate, backend: DbBackend) -> Select<customer::Entity> {
    let days: BTreeSet<(u32, u32)> = born_on(day);
    let born = if backend == DbBackend::Postgres {
        let days: Vec<String> = days
            .iter()
            .map(|(month, day)| (month * 100 + day).to_string())
            .collect();
        format!(
            "(EXTRACT(MONTH FROM birth_date) * 100 + EXTRACT(DAY FROM birth_date)) IN ({})",
            days.join(", ")
        )
    } else {
        let days: Vec<String> = days
            .iter()
            .map(|(month, day)| format!("'{month:02}-{day:02}'"))
            .collect();
        format!("substr(birth_date, 6, 5) IN ({})", days.join(", "))
    };
    customer::Entity::in_store(store)
        .filter(customer::Column::BirthDate.is_not_null())
        .filter(customer::Column::MergedIntoId.is_null())
        .filter(Expr::cust(born))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::plans::plan;
    use uuid::Uuid;

    #[tokio::test]
    async fn birthdays_are_found_by_their_index() {
        let day = NaiveDate::from_ymd_opt(2026, 2, 28).unwrap_or_default();
        let steps = plan(birthdays(StoreId(Uuid::nil()), day, DbBackend::Sqlite)).await;
        assert_eq!(
            steps,
            ["SEARCH customers USING INDEX customers_by_birthday (store_id=? AND <expr>=?)"]
        );
    }
}
