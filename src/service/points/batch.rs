//! What a transaction writes to the ledger, gathered first and written with one statement per table.

use std::collections::{BTreeMap, HashMap};

use entity::{CustomerId, EntryId, LotId, Points, StoreId, customer, ledger_entry, point_allocation, point_lot};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use crate::domain::allocation;
use crate::service::rows;

/// Customers held by the transaction, their lots, and what is to be written.
pub(super) struct Batch {
    customers: BTreeMap<CustomerId, (customer::Model, bool)>,
    /// Those who turned out to be others: whatever is written for them is written for these.
    merged: HashMap<CustomerId, CustomerId>,
    lots: HashMap<CustomerId, Vec<LotState>>,
    entries: Vec<ledger_entry::Model>,
    allocations: Vec<point_allocation::Model>,
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
    /// another stands for that other from here on.
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
        let lots = lots.map(Vec::as_slice).unwrap_or_default();
        lots.iter()
            .map(|lot| allocation::Lot {
                id: lot.row.id,
                order: lot.row.order_id,
                remaining: lot.row.remaining,
                available_at: lot.row.available_at,
                expires_at: lot.row.expires_at,
            })
            .collect()
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

    /// Writes everything: entries, lots, allocations and balances, one statement each.
    pub(super) async fn write(self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
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
            .update_column(point_lot::Column::Remaining)
            .to_owned();
        rows::insert(db, active(changed), Some(remaining)).await?;
        rows::insert(db, active(self.allocations), None).await?;
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
        rows::insert(db, active(customers), Some(balances)).await
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
    customer::Entity::in_store(store)
        .filter(customer::Column::Id.is_in(customers))
        .order_by_asc(customer::Column::Id)
        .lock_exclusive()
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
