//! What a transaction writes to the ledger, gathered first and written with one statement per table.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::event::EventKind;
use entity::ledger_entry::EntryKind;
use entity::{
    CustomerId, EntryId, Instant, LotId, Points, StoreId, customer, ledger_entry, lot_extension, point_allocation,
    point_lot,
};
use sea_orm::sea_query::{LockType, OnConflict, UnionType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use crate::domain::allocation;
use crate::service::event::{self, Origin};
use crate::service::rows;

/// Customers held by the transaction, their lots, and what is to be written.
pub(super) struct Batch {
    customers: BTreeMap<CustomerId, (customer::Model, bool)>,
    /// Those who turned out to be others: whatever is written for them is written for these.
    merged: HashMap<CustomerId, CustomerId>,
    lots: HashMap<CustomerId, Vec<LotState>>,
    entries: Vec<ledger_entry::Model>,
    allocations: Vec<point_allocation::Model>,
    extensions: Vec<lot_extension::Model>,
}

struct LotState {
    row: point_lot::Model,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    Known,
    Changed,
    New,
}

impl Batch {
    /// Takes hold of customers, in the order of their ids so that two transactions cannot wait for
    /// each other, and of the unspent lots of those that may lose points. One who was merged into
    /// another stands for that other from here on. Who only refers to these customers with new rows does
    /// not wait.
    pub(super) async fn load(
        db: &impl ConnectionTrait,
        store: StoreId,
        customers: Vec<CustomerId>,
        with_lots_of: Vec<CustomerId>,
    ) -> Result<Self, DbErr> {
        let mut rows = hold(db, store, customers).await?;
        let merged: HashMap<CustomerId, CustomerId> = rows
            .iter()
            .filter_map(|row| Some((row.id, row.merged_into_id?)))
            .collect();
        if !merged.is_empty() {
            let known: Vec<CustomerId> = rows.iter().map(|row| row.id).collect();
            let others = merged.values().copied().filter(|id| !known.contains(id)).collect();
            // Merged while this one waited.
            rows.extend(hold(db, store, others).await?);
        }
        let with_lots_of: Vec<CustomerId> = with_lots_of
            .into_iter()
            .map(|id| merged.get(&id).copied().unwrap_or(id))
            .collect();
        let mut lots: HashMap<CustomerId, Vec<LotState>> = HashMap::new();
        if !with_lots_of.is_empty() {
            let theirs = point_lot::Column::CustomerId.is_in(with_lots_of);
            for row in point_lot::Entity::unspent().filter(theirs).all(db).await? {
                lots.entry(row.customer_id).or_default().push(LotState {
                    row,
                    state: State::Known,
                });
            }
        }
        let customers = rows.into_iter().map(|row| (row.id, (row, false))).collect();
        Ok(Self {
            customers,
            merged,
            lots,
            entries: Vec::new(),
            allocations: Vec::new(),
            extensions: Vec::new(),
        })
    }

    /// Whose account a customer's points are kept in.
    pub(super) fn account(&self, id: CustomerId) -> CustomerId {
        self.merged.get(&id).copied().unwrap_or(id)
    }

    /// A customer that this batch holds.
    pub(super) fn customer(&self, id: CustomerId) -> Option<&customer::Model> {
        self.customers.get(&self.account(id)).map(|(row, _)| row)
    }

    /// The rows of a customer's unspent lots.
    pub(super) fn lot_rows(&self, customer: CustomerId) -> Vec<point_lot::Model> {
        let lots = self.lots.get(&self.account(customer));
        lots.into_iter().flatten().map(|lot| lot.row.clone()).collect()
    }

    /// A customer's lots, as the rules see them.
    pub(super) fn lots(&self, customer: CustomerId) -> Vec<allocation::Lot> {
        let lots = self.lots.get(&self.account(customer));
        lots.into_iter().flatten().map(|lot| as_rule(&lot.row)).collect()
    }

    /// Adds an entry and moves the customer's balance with it.
    pub(super) fn entry(&mut self, mut entry: ledger_entry::Model) {
        entry.customer_id = self.account(entry.customer_id);
        if let Some((customer, changed)) = self.customers.get_mut(&entry.customer_id) {
            customer.points_balance += entry.balance_delta;
            customer.points_reserved += entry.reserved_delta;
            customer.points_debt += entry.debt_delta;
            *changed = true;
        }
        self.entries.push(entry);
    }

    /// Adds a new lot.
    pub(super) fn lot(&mut self, mut lot: point_lot::Model) {
        lot.customer_id = self.account(lot.customer_id);
        self.lots.entry(lot.customer_id).or_default().push(LotState {
            row: lot,
            state: State::New,
        });
    }

    /// Lets an entry take from lots (or give back, with negative points).
    pub(super) fn allocate(&mut self, customer: CustomerId, entry: EntryId, taken: &[(LotId, Points)]) {
        let lots = self.lots.entry(self.account(customer)).or_default();
        for (id, points) in taken {
            if let Some(lot) = lots.iter_mut().find(|lot| lot.row.id == *id) {
                lot.row.remaining -= *points;
                if lot.state == State::Known {
                    lot.state = State::Changed;
                }
            }
            self.allocations.push(point_allocation::Model {
                entry_id: entry,
                lot_id: *id,
                points: *points,
            });
        }
    }

    /// Makes lots known that were not loaded as unspent, so that points can be given back to them.
    pub(super) fn add_known_lots(&mut self, lots: Vec<point_lot::Model>) {
        for row in lots {
            let known = self.lots.entry(row.customer_id).or_default();
            if !known.iter().any(|lot| lot.row.id == row.id) {
                known.push(LotState {
                    row,
                    state: State::Known,
                });
            }
        }
    }

    /// The lots that have expired and still hold points, with the oldest first.
    pub(super) fn expired(&self, now: Instant) -> Vec<point_lot::Model> {
        let lots = self.lots.values().flatten().map(|lot| &lot.row);
        let due = |lot: &&point_lot::Model| lot.remaining.is_positive() && lot.expires_at.is_some_and(|end| end <= now);
        let mut due: Vec<_> = lots.filter(due).cloned().collect();
        due.sort_unstable_by_key(|lot| (lot.expires_at, lot.id));
        due
    }

    /// A lot that this batch knows.
    pub(super) fn known_lot(&self, customer: CustomerId, id: LotId) -> Option<&point_lot::Model> {
        let lots = self.lots.get(&self.account(customer))?;
        lots.iter().map(|lot| &lot.row).find(|lot| lot.id == id)
    }

    /// Lets a lot that has expired run until later, because of an entry that gives points back to it.
    pub(super) fn extend(&mut self, customer: CustomerId, entry: EntryId, id: LotId, until: Instant) {
        let Some(lots) = self.lots.get_mut(&self.account(customer)) else {
            return;
        };
        let Some(lot) = lots.iter_mut().find(|lot| lot.row.id == id) else {
            return;
        };
        let Some(before) = lot.row.expires_at.replace(until) else {
            return;
        };
        if lot.state == State::Known {
            lot.state = State::Changed;
        }
        self.extensions.push(lot_extension::Model {
            entry_id: entry,
            lot_id: id,
            expires_before: before,
            expires_at: until,
        });
    }

    /// Writes everything: entries, lots, allocations, balances and events, one statement each.
    pub(super) async fn write(self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        let happened = happened(&self.entries);
        rows::insert(db, active(self.entries), None).await?;
        let (mut new, mut changed) = (Vec::new(), Vec::new());
        for lot in self.lots.into_values().flatten() {
            match lot.state {
                State::New => new.push(lot.row),
                State::Changed => changed.push(lot.row),
                State::Known => {}
            }
        }
        rows::insert(db, active(new), None).await?;
        let remaining = OnConflict::column(point_lot::Column::Id)
            .update_columns([point_lot::Column::Remaining, point_lot::Column::ExpiresAt])
            .to_owned();
        rows::insert(db, active(changed), Some(remaining)).await?;
        rows::insert(db, active(self.allocations), None).await?;
        rows::insert(db, active(self.extensions), None).await?;
        let customers: Vec<_> = self
            .customers
            .into_values()
            .filter(|(_, changed)| *changed)
            .map(|(row, _)| row)
            .collect();
        let balances = OnConflict::column(customer::Column::Id)
            .update_columns([
                customer::Column::PointsBalance,
                customer::Column::PointsReserved,
                customer::Column::PointsDebt,
            ])
            .to_owned();
        rows::insert(db, active(customers), Some(balances)).await?;
        match happened {
            Some((origin, events)) => event::write(db, &origin, events).await,
            None => Ok(()),
        }
    }
}

/// What entries tell those who follow: points given or run out, then whose points moved. A batch is of one store
/// and has one cause.
fn happened(entries: &[ledger_entry::Model]) -> Option<(Origin, Vec<(EventKind, Uuid)>)> {
    let first = entries.first()?;
    let origin = Origin {
        store: first.store_id,
        request_id: first.request_id.clone(),
        at: first.recorded_at,
    };
    let movements = entries.iter().filter_map(|entry| match entry.kind {
        EntryKind::Earn => Some((EventKind::PointsEarned, entry.id.0)),
        EntryKind::Expire => Some((EventKind::PointsExpired, entry.id.0)),
        _ => None,
    });
    let customers: BTreeSet<CustomerId> = entries.iter().map(|entry| entry.customer_id).collect();
    let balances = customers.into_iter().map(|id| (EventKind::PointsBalanceChanged, id.0));
    Some((origin, movements.chain(balances).collect()))
}

/// A lot, as the rules see it.
pub(super) fn as_rule(row: &point_lot::Model) -> allocation::Lot {
    allocation::Lot {
        id: row.id,
        order: row.order_id,
        remaining: row.remaining,
        available_at: row.available_at,
        expires_at: row.expires_at,
    }
}

async fn hold(
    db: &impl ConnectionTrait,
    store: StoreId,
    customers: Vec<CustomerId>,
) -> Result<Vec<customer::Model>, DbErr> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    // Those whom they were merged into as well, together: two that took hold of them one after the other
    // could wait for each other.
    let ids = || {
        customer::Entity::find()
            .select_only()
            .filter(customer::Column::Id.is_in(customers.clone()))
    };
    let others = ids()
        .column(customer::Column::MergedIntoId)
        .filter(customer::Column::MergedIntoId.is_not_null());
    let mut all = ids().column(customer::Column::Id).into_query();
    all.union(UnionType::All, others.into_query());
    customer::Entity::in_store(store)
        .filter(customer::Column::Id.in_subquery(all))
        .order_by_asc(customer::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(db)
        .await
}

fn active<M: IntoActiveModel<A>, A: sea_orm::ActiveModelTrait>(models: Vec<M>) -> Vec<A> {
    // Every column is written: `reset_all` marks what came from the database as set.
    models
        .into_iter()
        .map(|model| model.into_active_model().reset_all())
        .collect()
}
