use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};

use crate::graphql::scalar::{Date, Decimal, Money, Points};
use crate::service::points::{Report, Sums};

/// What became of points: given = taken back + debt paid + spent + expired + reserved + available + pending.
#[derive(SimpleObject)]
pub(in crate::graphql) struct PointsSums {
    /// Given: for sales, as a bonus, by hand.
    given: Points,
    /// Taken back, for sales that were cancelled or by hand.
    taken_back: Points,
    /// Taken to pay debt.
    debt_paid: Points,
    /// Spent for coupons that exist.
    spent: Points,
    /// Run out.
    expired: Points,
    /// Held for redemptions under way.
    reserved: Points,
    /// Can be spent.
    available: Points,
    /// Given, but not spendable yet.
    pending: Points,
    /// Owed by customers. Not among what was given.
    debt: Points,
}

/// What moved in a month.
#[derive(SimpleObject)]
pub(in crate::graphql) struct PointsMonth {
    /// The month's first day, in the store's zone.
    month: Date,
    /// Given: for sales of this month, as a bonus, by hand.
    given: Points,
    /// Taken back.
    taken_back: Points,
    /// Taken to pay debt.
    debt_paid: Points,
    /// Spent for coupons that exist.
    spent: Points,
    /// Run out in this month.
    expired: Points,
}

/// Customers whose first points are of the same month.
#[derive(SimpleObject)]
pub(in crate::graphql) struct PointsCohort {
    /// The month's first day, in the store's zone; none for customers who were never given points.
    month: Option<Date>,
    /// How many customers.
    customers: i64,
    /// What became of their points up to the report's instant.
    points: PointsSums,
}

/// Points as money: the sales that they were given for, at the rate in force at the report's instant. None
/// while sales give no points.
#[derive(SimpleObject)]
pub(in crate::graphql) struct PointsMoney {
    /// Of what customers hold: available, pending and reserved.
    outstanding: Option<Money>,
    /// Of what is held for redemptions.
    reserved: Option<Money>,
    /// Of what was spent.
    spent: Option<Money>,
    /// Of what ran out.
    expired: Option<Money>,
    /// Of what is owed.
    debt: Option<Money>,
}

/// All points of a store at an instant, to the point. Derived from the ledger, so any past instant can be
/// asked for; it costs as much as the ledger is long.
#[derive(SimpleObject)]
pub(in crate::graphql) struct PointsReport {
    /// The instant.
    at: DateTime<Utc>,
    /// What became of all points.
    points: PointsSums,
    /// What customers hold: available, pending and reserved.
    outstanding: Points,
    /// The part of what was given that ran out, from `"0.0000"` to `"1.0000"`, rounded down; none when
    /// nothing was given.
    breakage: Option<Decimal>,
    /// The points as money.
    money: PointsMoney,
    /// What moved, by month, the oldest first. Months in which nothing moved are left out.
    months: Vec<PointsMonth>,
    /// What became of points, by the month of a customer's first points, the oldest last.
    cohorts: Vec<PointsCohort>,
}

impl From<&Sums> for PointsSums {
    fn from(sums: &Sums) -> Self {
        Self {
            given: sums.given.into(),
            taken_back: sums.taken_back.into(),
            debt_paid: sums.debt_paid.into(),
            spent: sums.spent.into(),
            expired: sums.expired.into(),
            reserved: sums.reserved.into(),
            available: sums.available.into(),
            pending: sums.pending.into(),
            debt: sums.debt.into(),
        }
    }
}

impl PointsReport {
    pub(in crate::graphql) fn new(report: &Report, at: DateTime<Utc>, currency: &str) -> Self {
        let sums = &report.sums;
        let outstanding = sums.available + sums.pending + sums.reserved;
        let money = |points| report.money(points).map(|cents| Money::new(cents, currency));
        let months = report.months.iter().map(|(month, sums)| PointsMonth {
            month: Date(*month),
            given: sums.given.into(),
            taken_back: sums.taken_back.into(),
            debt_paid: sums.debt_paid.into(),
            spent: sums.spent.into(),
            expired: sums.expired.into(),
        });
        let cohorts = report.cohorts.iter().rev().map(|(month, cohort)| PointsCohort {
            month: month.map(Date),
            customers: cohort.customers,
            points: (&cohort.sums).into(),
        });
        Self {
            at,
            points: sums.into(),
            outstanding: outstanding.into(),
            breakage: report
                .breakage()
                .map(|share| Decimal(format!("{}.{:04}", share / 10_000, share % 10_000))),
            money: PointsMoney {
                outstanding: money(outstanding),
                reserved: money(sums.reserved),
                spent: money(sums.spent),
                expired: money(sums.expired),
                debt: money(sums.debt),
            },
            months: months.collect(),
            cohorts: cohorts.collect(),
        }
    }
}
