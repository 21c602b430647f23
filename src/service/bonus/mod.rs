//! Bonuses that rules give without a sale: for signing up, and for birthdays.
//!
//! A bonus has a natural key, the customer and a number among the customer's bonuses: 1 for signing
//! up, the year and 1 for a birthday. So the same bonus is given once, however often somebody looks.

mod birthday;
mod sign_up;

pub use birthday::{give_birthdays, start_birthdays};
pub(crate) use sign_up::sign_up;

use std::collections::{HashMap, HashSet};

use entity::ledger_entry::{self, EntryKind, SourceKind};
use entity::{CustomerId, Instant, Points, StoreId, customer, programme_version};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::points::{self, Cause, Grant};
use crate::app::App;
use crate::domain::expiry;

/// A bonus that somebody is to be given, unless it was given before.
struct Bonus<'a> {
    customer: CustomerId,
    points: Points,
    version: &'a programme_version::Model,
    /// Its number among the customer's bonuses.
    sequence: i32,
    inputs: serde_json::Value,
    occurred_at: Instant,
}

/// Gives what was not given yet, with a number of statements that does not depend on how many there
/// are. The caller holds the store, so nobody else gives at the same time.
async fn give(
    db: &impl ConnectionTrait,
    app: &App,
    (store, zone): (StoreId, chrono_tz::Tz),
    cause: &Cause,
    bonuses: Vec<Bonus<'_>>,
) -> Result<(), DbErr> {
    let mut given = given(db, &bonuses).await?;
    let grants: Vec<Grant> = bonuses
        .into_iter()
        // Also once when somebody is named twice.
        .filter(|bonus| given.insert((bonus.customer.0, bonus.sequence)))
        .map(|bonus| Grant {
            customer: bonus.customer,
            points: bonus.points,
            kind: EntryKind::Earn,
            source: (SourceKind::Bonus, bonus.customer.0),
            postings: bonus.sequence - 1,
            version: Some(bonus.version.id),
            inputs: bonus.inputs,
            reason: None,
            occurred_at: bonus.occurred_at,
            available_at: bonus.occurred_at,
            expires_at: expiry::expires_at(bonus.occurred_at, bonus.version.expiry_months, zone),
        })
        .collect();
    if grants.is_empty() {
        return Ok(());
    }
    points::grant(db, app, store, cause, grants).await
}

/// Which of these bonuses were given, by their natural keys: to the customers themselves, or to those who
/// were merged into them since.
async fn given(db: &impl ConnectionTrait, bonuses: &[Bonus<'_>]) -> Result<HashSet<(Uuid, i32)>, DbErr> {
    if bonuses.is_empty() {
        return Ok(HashSet::new());
    }
    let customers: Vec<CustomerId> = bonuses.iter().map(|bonus| bonus.customer).collect();
    let merged: Vec<(CustomerId, Option<CustomerId>)> = customer::Entity::find()
        .select_only()
        .columns([customer::Column::Id, customer::Column::MergedIntoId])
        .filter(customer::Column::MergedIntoId.is_in(customers.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    let into: HashMap<Uuid, Uuid> = merged
        .into_iter()
        .filter_map(|(from, into)| Some((from.0, into?.0)))
        .collect();
    let whose = customers.iter().map(|customer| customer.0).chain(into.keys().copied());
    let sequences: HashSet<i32> = bonuses.iter().map(|bonus| bonus.sequence).collect();
    let key = ledger_entry::Column::SourceKind
        .eq(SourceKind::Bonus)
        .and(ledger_entry::Column::SourceId.is_in(whose))
        .and(ledger_entry::Column::Sequence.is_in(sequences));
    let found: Vec<(Uuid, i32)> = ledger_entry::Entity::find()
        .select_only()
        .columns([ledger_entry::Column::SourceId, ledger_entry::Column::Sequence])
        .filter(key)
        .into_tuple()
        .all(db)
        .await?;
    let keys = found
        .into_iter()
        .map(|(whose, sequence)| (into.get(&whose).copied().unwrap_or(whose), sequence));
    Ok(keys.collect())
}
