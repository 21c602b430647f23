use std::collections::HashMap;

use entity::{CustomerId, Instant, Points, customer, point_lot};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};

use crate::app::App;

/// A customer's points at an instant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    /// Can be spent.
    pub available: Points,
    /// Given, but not spendable yet.
    pub pending: Points,
    /// Held for redemptions under way.
    pub reserved: Points,
    /// Owed.
    pub debt: Points,
}

impl Balance {
    /// Counts what a lot holds, as far as it counts at an instant.
    pub(super) fn add_lot(
        &mut self,
        remaining: Points,
        available_at: Instant,
        expires_at: Option<Instant>,
        now: Instant,
    ) {
        if expires_at.is_some_and(|end| end <= now) {
            return;
        }
        if available_at > now {
            self.pending += remaining;
        } else {
            self.available += remaining;
        }
    }
}

#[derive(FromQueryResult)]
struct LotRow {
    customer_id: CustomerId,
    remaining: Points,
    available_at: Instant,
    expires_at: Option<Instant>,
}

/// A customer's balance now.
pub async fn balance_of(app: &App, customer: CustomerId) -> Result<Balance, DbErr> {
    let mut all = balances(&app.db, &[customer], app.clock.now()).await?;
    Ok(all.remove(&customer).unwrap_or_default())
}

/// Balances of many customers with two statements. Exact at `now`: a lot that has expired counts
/// for nothing and one that became available counts, whether or not a job wrote it down.
pub async fn balances(
    db: &impl ConnectionTrait,
    customers: &[CustomerId],
    now: Instant,
) -> Result<HashMap<CustomerId, Balance>, DbErr> {
    let mut found: HashMap<CustomerId, Balance> = customer::Entity::find()
        .filter(customer::Column::Id.is_in(customers.iter().copied()))
        .all(db)
        .await?
        .into_iter()
        .map(|row| {
            let balance = Balance {
                reserved: row.points_reserved,
                debt: row.points_debt,
                ..Balance::default()
            };
            (row.id, balance)
        })
        .collect();
    let lots = point_lot::Entity::unspent()
        .select_only()
        .columns([
            point_lot::Column::CustomerId,
            point_lot::Column::Remaining,
            point_lot::Column::AvailableAt,
            point_lot::Column::ExpiresAt,
        ])
        .filter(point_lot::Column::CustomerId.is_in(customers.iter().copied()))
        .into_model::<LotRow>()
        .all(db)
        .await?;
    for lot in lots {
        let balance = found.entry(lot.customer_id).or_default();
        balance.add_lot(lot.remaining, lot.available_at, lot.expires_at, now);
    }
    Ok(found)
}
