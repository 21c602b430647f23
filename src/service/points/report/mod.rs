//! A store's points at an instant: what became of all that was given, in all, by month and by cohort.
//!
//! Derived from entries, lots and allocations recorded by then, with a number of statements that depends
//! on nothing; rows are streamed into sums. Nothing that is kept for speed is read.

mod flows;
mod stocks;

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use entity::{Cents, CustomerId, Instant, Points, StoreId, programme_version, store};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use crate::app::App;
use crate::db::snapshot;

/// What became of points that were given: `given = taken_back + debt_paid + spent + expired + reserved +
/// available + pending`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Given: for sales, as a bonus, by hand.
    pub given: Points,
    /// Taken back from lots.
    pub taken_back: Points,
    /// Taken from lots to pay debt.
    pub debt_paid: Points,
    /// Spent for coupons that exist.
    pub spent: Points,
    /// Run out, whether or not it was written down.
    pub expired: Points,
    /// Held for redemptions under way.
    pub reserved: Points,
    /// Can be spent.
    pub available: Points,
    /// Given, but not spendable yet.
    pub pending: Points,
    /// Owed. Not among what was given.
    pub debt: Points,
}

/// Customers whose first points were for a sale in the same month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cohort {
    /// How many customers.
    pub customers: i64,
    /// Their points.
    pub sums: Sums,
}

/// A store's points at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// All of them.
    pub sums: Sums,
    /// What moved in each month, by its first day in the store's zone: given, taken back, debt paid, spent
    /// and expired. Months in which nothing moved are left out.
    pub months: BTreeMap<NaiveDate, Sums>,
    /// By the month of the first points; none for customers who were never given any.
    pub cohorts: BTreeMap<Option<NaiveDate>, Cohort>,
    points_per_real_milli: i64,
}

impl Report {
    /// The money of sales that so many points stand for, by the rate in force at that instant; none when
    /// sales give no points.
    pub fn money(&self, points: Points) -> Option<Cents> {
        let cents = i128::from(points.0) * 100_000;
        let cents = cents.checked_div(self.points_per_real_milli.into())?;
        i64::try_from(cents).ok().map(Cents)
    }

    /// The part of what was given that ran out, in ten-thousandths, rounded down.
    pub fn breakage(&self) -> Option<i64> {
        let share = i128::from(self.sums.expired.0) * 10_000;
        let share = share.checked_div(self.sums.given.0.into())?;
        i64::try_from(share).ok()
    }
}

/// Adds up a store's points as they were at an instant.
pub async fn report(app: &App, store: StoreId, at: Instant) -> Result<Report, DbErr> {
    let txn = snapshot(&app.db).await?;
    let zone: Tz = store::Entity::find_by_id(store)
        .one(&txn)
        .await?
        .and_then(|row| row.time_zone.parse().ok())
        .unwrap_or(chrono_tz::America::Sao_Paulo);
    let version = programme_version::Entity::in_store(store)
        .filter(programme_version::Column::StartsAt.lte(at))
        .order_by_desc(programme_version::Column::Number)
        .one(&txn)
        .await?;
    let mut tally = Tally {
        zone,
        months: flows::by_month(&txn, store, at, zone).await?,
        cohort_of: HashMap::new(),
        cohorts: BTreeMap::new(),
    };
    flows::by_customer(&txn, store, at, &mut tally).await?;
    stocks::lots(&txn, store, at, &mut tally).await?;
    txn.rollback().await?;
    let mut sums = Sums::default();
    for cohort in tally.cohorts.values() {
        sums.add(&cohort.sums);
    }
    Ok(Report {
        sums,
        months: tally.months,
        cohorts: tally.cohorts,
        points_per_real_milli: version.map_or(0, |version| version.points_per_real_milli),
    })
}

/// Sums while rows come in.
struct Tally {
    zone: Tz,
    months: BTreeMap<NaiveDate, Sums>,
    cohort_of: HashMap<CustomerId, Option<NaiveDate>>,
    cohorts: BTreeMap<Option<NaiveDate>, Cohort>,
}

impl Tally {
    fn month(&mut self, at: Instant) -> &mut Sums {
        let month = month_of(at, self.zone);
        self.months.entry(month).or_default()
    }

    fn cohort(&mut self, customer: CustomerId) -> &mut Cohort {
        let month = self.cohort_of.get(&customer).copied().flatten();
        self.cohorts.entry(month).or_default()
    }
}

/// The first day of the month of an instant.
fn month_of(at: Instant, zone: Tz) -> NaiveDate {
    let day = at.with_timezone(&zone).date_naive();
    day.with_day(1).unwrap_or(day)
}

impl Sums {
    fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.given, other.given),
            (&mut self.taken_back, other.taken_back),
            (&mut self.debt_paid, other.debt_paid),
            (&mut self.spent, other.spent),
            (&mut self.expired, other.expired),
            (&mut self.reserved, other.reserved),
            (&mut self.available, other.available),
            (&mut self.pending, other.pending),
            (&mut self.debt, other.debt),
        ];
        for (sum, points) in pairs {
            *sum += points;
        }
    }
}
