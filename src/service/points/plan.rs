use entity::{Instant, Points, customer, point_lot};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, QueryFilter};

use super::reserve::{NotEnough, affordable};
use super::{Balance, batch::as_rule};

/// What spending points would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The customer's points now.
    pub before: Balance,
    /// The lots that would be used, and how much of each; or why none would.
    pub lots: Result<Vec<(point_lot::Model, Points)>, NotEnough>,
}

/// Plans what reserving points would do, by the same rules, and holds nothing.
pub async fn plan(
    db: &impl ConnectionTrait,
    customer: &customer::Model,
    points: Points,
    now: Instant,
) -> Result<Plan, DbErr> {
    let theirs = point_lot::Column::CustomerId.eq(customer.id);
    let rows = point_lot::Entity::unspent().filter(theirs).all(db).await?;
    let mut before = Balance {
        reserved: customer.points_reserved,
        debt: customer.points_debt,
        ..Balance::default()
    };
    for row in &rows {
        before.add_lot(row.remaining, row.available_at, row.expires_at, now);
    }
    let lots: Vec<_> = rows.iter().map(as_rule).collect();
    let taken = affordable(&lots, customer.points_debt, points, now);
    let lots = taken.map(|taken| {
        taken
            .into_iter()
            .filter_map(|(id, points)| Some((rows.iter().find(|row| row.id == id)?.clone(), points)))
            .collect()
    });
    Ok(Plan { before, lots })
}
