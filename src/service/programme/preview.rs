use std::collections::HashSet;

use chrono::TimeDelta;
use entity::{Cents, CustomerId, Instant, Points, StoreId, customer, order, reward};
use sea_orm::sea_query::{Expr, Order};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::ProgrammeError;
use super::check::check;
use super::rules::Rules;
use crate::app::App;
use crate::domain::earning::EarningRules;
use crate::service::order::{Lines, judge, lines_of};

/// Customers whose sales are in memory at once.
const BATCH: u64 = 500;

/// What rules would have given on the sales of the last days, beside what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preview {
    /// Sales made from here on were looked at.
    pub since: Instant,
    /// How many sales of known customers were looked at.
    pub orders: i64,
    /// How many of them would give other points.
    pub orders_changed: i64,
    /// How many customers that touches.
    pub customers_changed: i64,
    /// Points that the sales gave.
    pub given: Points,
    /// Points that they would give.
    pub points: Points,
    /// The money of the sales that would give points.
    pub base: Cents,
    /// The dearest a point can be redeemed for: an amount and what it costs. None without a reward
    /// that takes an amount off.
    pub dearest: Option<(Cents, Points)>,
}

impl Preview {
    /// What points would take off at most when they are redeemed, rounded down.
    pub fn money(&self, points: Points) -> Option<Cents> {
        let (amount, cost) = self.dearest?;
        let cents = (i128::from(points.0) * i128::from(amount.0)).checked_div(cost.0.into())?;
        i64::try_from(cents).ok().map(Cents)
    }
}

/// Works out what rules would have given on the sales of so many days. Nothing is written, and the
/// memory it takes depends on the batch, not on the store.
pub async fn preview(app: &App, store: StoreId, rules: &Rules, days: u16) -> Result<Preview, ProgrammeError> {
    let db = &app.db;
    let earning = check(db, store, rules).await?;
    let now = app.clock.now();
    let mut preview = Preview {
        since: now - TimeDelta::days(days.into()),
        orders: 0,
        orders_changed: 0,
        customers_changed: 0,
        given: Points::ZERO,
        points: Points::ZERO,
        base: Cents::ZERO,
        dearest: dearest(db, store).await?,
    };
    let mut after = None;
    loop {
        let customers = batch(db, store, after).await?;
        let orders = sales(&customers, preview.since).all(db).await?;
        let lines = if earning.count_lines() {
            lines_of(db, orders.iter().map(|order| order.id).collect()).await?
        } else {
            Lines::new()
        };
        preview.add(&orders, lines, &earning, now);
        after = customers.last().copied();
        if u64::try_from(customers.len()).unwrap_or(BATCH) < BATCH {
            return Ok(preview);
        }
    }
}

impl Preview {
    fn add(&mut self, orders: &[order::Model], mut lines: Lines, rules: &EarningRules, now: Instant) {
        let mut touched = HashSet::new();
        for order in orders {
            let worth = judge(order, lines.remove(&order.id).unwrap_or_default(), rules, now);
            self.orders += 1;
            self.given += order.points;
            self.points += worth.points;
            if worth.points.is_positive() {
                self.base = self.base + worth.base;
            }
            if worth.points != order.points {
                self.orders_changed += 1;
                touched.extend(order.customer_id);
            }
        }
        // All sales of a customer are in one batch, so nobody is counted twice.
        self.customers_changed += i64::try_from(touched.len()).unwrap_or(i64::MAX);
    }
}

/// The next customers of a store, by id.
async fn batch(db: &impl ConnectionTrait, store: StoreId, after: Option<CustomerId>) -> Result<Vec<CustomerId>, DbErr> {
    let mut query = customer::Entity::in_store(store)
        .select_only()
        .column(customer::Column::Id)
        .order_by_asc(customer::Column::Id)
        .limit(BATCH);
    if let Some(after) = after {
        query = query.filter(customer::Column::Id.gt(after));
    }
    query.into_tuple().all(db).await
}

/// The sales of customers, who name the store.
fn sales(customers: &[CustomerId], since: Instant) -> Select<order::Entity> {
    let theirs = order::Column::CustomerId
        .is_in(customers.iter().copied())
        .and(order::Column::PlacedAt.gte(since));
    order::Entity::find().filter(theirs)
}

/// The reward on offer that takes most off for a point.
async fn dearest(db: &impl ConnectionTrait, store: StoreId) -> Result<Option<(Cents, Points)>, DbErr> {
    reward::Entity::in_store(store)
        .select_only()
        .columns([reward::Column::AmountCents, reward::Column::Points])
        .filter(
            reward::Column::Active
                .eq(true)
                .and(reward::Column::AmountCents.is_not_null())
                .and(reward::Column::Points.gt(0)),
        )
        .order_by(Expr::cust("amount_cents * 1000000 / points"), Order::Desc)
        .order_by_asc(reward::Column::Id)
        .into_tuple()
        .one(db)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::plans::plan;
    use chrono::DateTime;
    use uuid::Uuid;

    #[tokio::test]
    async fn sales_of_customers_are_found_by_their_index() {
        let steps = plan(sales(&[CustomerId(Uuid::nil())], DateTime::UNIX_EPOCH)).await;
        assert_eq!(
            steps,
            ["SEARCH orders USING INDEX orders_by_customer_id_placed_at_id (customer_id=? AND placed_at>?)"]
        );
    }
}
