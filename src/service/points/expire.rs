//! Expiry: written down by the schedule, and by every operation before it touches a customer's lots.
//!
//! What has expired is not spendable when it is read. The entries only say so in the ledger, so it makes
//! no difference whether they are written at once, late, or by several processes together.

use std::collections::HashMap;

use chrono::TimeDelta;
use entity::ledger_entry::{self, EntryKind, SourceKind};
use entity::{
    CustomerId, EntryId, Instant, LotId, OrderId, Points, ProgrammeVersionId, StoreId, point_allocation, point_lot,
    programme_version,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::batch::Batch;
use super::{Cause, joins};
use crate::app::App;
use crate::db::begin;

/// Due lots that one look finds.
const TOGETHER: u64 = 500;
/// Transactions of one call: what is left waits for the next.
const BATCHES: usize = 40;

/// Writes down what has expired, in short transactions of one store each. Returns how many lots.
pub async fn expire_due(app: &App) -> Result<usize, DbErr> {
    let mut written = 0;
    for _ in 0..BATCHES {
        let due = due(&app.db, app.clock.now()).await?;
        let Some((store, _)) = due.first().copied() else {
            break;
        };
        let mut customers: Vec<_> = due.iter().filter(|row| row.0 == store).map(|row| row.1).collect();
        customers.sort_unstable();
        customers.dedup();
        written += expire_of(app, store, customers).await?;
        if app.stopping.is_cancelled() {
            break;
        }
    }
    Ok(written)
}

/// Customers with due lots, the longest due first.
async fn due(db: &impl ConnectionTrait, now: Instant) -> Result<Vec<(StoreId, CustomerId)>, DbErr> {
    point_lot::Entity::expiring()
        .select_only()
        .columns([point_lot::Column::StoreId, point_lot::Column::CustomerId])
        .filter(point_lot::Column::ExpiresAt.lte(now))
        .order_by_asc(point_lot::Column::ExpiresAt)
        .limit(TOGETHER)
        .into_tuple()
        .all(db)
        .await
}

async fn expire_of(app: &App, store: StoreId, customers: Vec<CustomerId>) -> Result<usize, DbErr> {
    let txn = begin(&app.db).await?;
    let cause = Cause {
        actor: "expiry".to_owned(),
        request_id: None,
        at: app.clock.now(),
    };
    let mut batch = Batch::load(&txn, store, customers.clone(), customers).await?;
    let expired = write_down(&txn, app, store, &cause, &mut batch).await?;
    batch.write(&txn).await?;
    txn.commit().await?;
    Ok(expired.len())
}

/// Points of a lot that ran out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expired {
    pub(super) lot: LotId,
    /// The sale that the lot came from.
    pub(super) order: Option<OrderId>,
    pub(super) points: Points,
}

/// Writes down what has expired of one customer's lots, in the caller's transaction.
pub async fn expire_of_customer(
    db: &impl ConnectionTrait,
    app: &App,
    cause: &Cause,
    (store, customer): (StoreId, CustomerId),
) -> Result<(), DbErr> {
    let mut batch = Batch::load(db, store, vec![customer], vec![customer]).await?;
    write_down(db, app, store, cause, &mut batch).await?;
    batch.write(db).await
}

/// Adds an entry for each lot of the batch that has expired and still holds points. No statement when
/// there is none. Lots are held through their customers, so nobody else writes the same meanwhile.
pub(super) async fn write_down(
    db: &impl ConnectionTrait,
    app: &App,
    store: StoreId,
    cause: &Cause,
    batch: &mut Batch,
) -> Result<Vec<Expired>, DbErr> {
    let due = batch.expired(cause.at);
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let before = earlier_expiries(db, &due).await?;
    let versions = versions_of(db, &due).await?;
    let mut expired = Vec::with_capacity(due.len());
    for lot in due {
        let id: EntryId = app.id();
        batch.entry(ledger_entry::Model {
            id,
            store_id: store,
            customer_id: lot.customer_id,
            kind: EntryKind::Expire,
            points: -lot.remaining,
            balance_delta: -lot.remaining,
            reserved_delta: Points::ZERO,
            debt_delta: Points::ZERO,
            source_kind: SourceKind::Expiry,
            source_id: lot.id.0,
            // A lot expires again only after points came back to it.
            sequence: before.get(&lot.id.0).map_or(1, |last| last + 1),
            programme_version_id: versions.get(&lot.entry_id).copied().flatten(),
            inputs: json!({ "lot_points": lot.points.0, "expires_at": lot.expires_at }),
            actor: cause.actor.clone(),
            reason: None,
            request_id: cause.request_id.clone(),
            occurred_at: lot.expires_at.unwrap_or(cause.at),
            recorded_at: cause.at,
        });
        batch.allocate(lot.customer_id, id, &[(lot.id, lot.remaining)]);
        expired.push(Expired {
            lot: lot.id,
            order: lot.order_id,
            points: lot.remaining,
        });
    }
    Ok(expired)
}

/// The last sequence number of lots that expired before.
async fn earlier_expiries(db: &impl ConnectionTrait, lots: &[point_lot::Model]) -> Result<HashMap<Uuid, i32>, DbErr> {
    let rows: Vec<(Uuid, i32)> = ledger_entry::Entity::find()
        .select_only()
        .column(ledger_entry::Column::SourceId)
        .column_as(ledger_entry::Column::Sequence.max(), "last")
        .filter(
            ledger_entry::Column::SourceKind
                .eq(SourceKind::Expiry)
                .and(ledger_entry::Column::SourceId.is_in(lots.iter().map(|lot| lot.id.0))),
        )
        .group_by(ledger_entry::Column::SourceId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The rules under which lots came in, by the entries that made them.
async fn versions_of(
    db: &impl ConnectionTrait,
    lots: &[point_lot::Model],
) -> Result<HashMap<EntryId, Option<ProgrammeVersionId>>, DbErr> {
    let rows: Vec<(EntryId, Option<ProgrammeVersionId>)> = ledger_entry::Entity::find()
        .select_only()
        .columns([ledger_entry::Column::Id, ledger_entry::Column::ProgrammeVersionId])
        .filter(ledger_entry::Column::Id.is_in(lots.iter().map(|lot| lot.entry_id)))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Lets lots that have expired run for the programme's days of grace, because points come back to them
/// by this entry. What had expired of them before must have been written down: it does not come back.
pub(super) async fn grant_grace(
    db: &impl ConnectionTrait,
    batch: &mut Batch,
    (store, customer): (StoreId, CustomerId),
    entry: EntryId,
    lots: &[LotId],
    now: Instant,
) -> Result<(), DbErr> {
    let has_expired = |lot: &&point_lot::Model| lot.expires_at.is_some_and(|end| end <= now);
    let known = lots.iter().filter_map(|id| batch.known_lot(customer, *id));
    let expired: Vec<_> = known.filter(has_expired).cloned().collect();
    if expired.is_empty() {
        return Ok(());
    }
    let until = grace_ends(db, store, &expired, now).await?;
    for (lot, until) in until {
        batch.extend(customer, entry, lot, until);
    }
    Ok(())
}

/// Until when lots that have expired may run, if points come back to them now: the days of grace of the
/// rules under which they came in.
pub(super) async fn grace_ends(
    db: &impl ConnectionTrait,
    store: StoreId,
    lots: &[point_lot::Model],
    now: Instant,
) -> Result<HashMap<LotId, Instant>, DbErr> {
    if lots.is_empty() {
        return Ok(HashMap::new());
    }
    let versions = versions_of(db, lots).await?;
    let rules = programme_version::Entity::in_store(store)
        .filter(programme_version::Column::StartsAt.lte(now))
        .order_by_asc(programme_version::Column::Number)
        .all(db)
        .await?;
    let ends = lots.iter().map(|lot| {
        let made_under = versions.get(&lot.entry_id).copied().flatten();
        let version = rules.iter().find(|version| Some(version.id) == made_under);
        let days = version
            .or(rules.last())
            .map_or(0, |version| std::cmp::Ord::max(version.grace_days, 0));
        (lot.id, now + TimeDelta::days(days.into()))
    });
    Ok(ends.collect())
}

/// Points of orders' lots that ran out, by order.
pub(super) async fn expired_of_orders(
    db: &impl ConnectionTrait,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Points>, DbErr> {
    if orders.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(OrderId, Points)> = point_allocation::Entity::find()
        .select_only()
        .column(point_lot::Column::OrderId)
        .column(point_allocation::Column::Points)
        .join(JoinType::InnerJoin, joins::allocation_to_lot())
        .join(JoinType::InnerJoin, joins::allocation_to_entry())
        .filter(point_lot::Column::OrderId.is_in(orders.iter().copied()))
        .filter(ledger_entry::Column::Kind.eq(EntryKind::Expire))
        .into_tuple()
        .all(db)
        .await?;
    let mut found: HashMap<OrderId, Points> = HashMap::new();
    for (order, points) in rows {
        *found.entry(order).or_default() += points;
    }
    Ok(found)
}
