//! The ledger: its entries and lots, of a whole store or of one customer.

use entity::export_run::ExportList;
use entity::{CustomerId, Instant, StoreId, ledger_entry, point_lot};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, Select};
use serde_json::json;
use uuid::Uuid;

use super::Exported;
use super::column::{as_they_are, at, choice, columns, id};
use crate::graphql::connection::List;
use crate::graphql::filter::condition;
use crate::graphql::ledger_lists::{LotFilter, StatementFilter};
use crate::graphql::list_filters::of_customers;
use crate::graphql::sort::{LotSort, StatementSort};
use crate::graphql::types::{LedgerEntryKind, LedgerSource, LotState, PointLot};

/// A list of a store, or of one customer of it and those who were merged into that one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct OfStore<F, S> {
    store: StoreId,
    customer: Option<CustomerId>,
    filter: F,
    sort: S,
}

impl<F, S> OfStore<F, S> {
    /// None where what names a customer names none.
    fn new(store: StoreId, of: Option<&str>, filter: F, sort: S) -> Option<Self> {
        let customer = of.map(str::parse).transpose().ok()?;
        Some(Self {
            store,
            customer,
            filter,
            sort,
        })
    }

    /// The rows of an entity that are the store's, or the customer's.
    fn own<E: EntityTrait>(&self, of_store: E::Column, of_customer: E::Column) -> Select<E> {
        match self.customer {
            Some(customer) => E::find().filter(of_customers(self.store, of_customer)(vec![customer])),
            None => E::find().filter(of_store.eq(self.store)),
        }
    }
}

/// Entries of the ledger.
pub(in crate::graphql) type StoreEntries = OfStore<StatementFilter, StatementSort>;

impl List for StoreEntries {
    type Entity = ledger_entry::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<ledger_entry::Entity> {
        use ledger_entry::Column::{CustomerId, StoreId};
        self.own(StoreId, CustomerId).filter(condition(&self.filter, ()))
    }

    fn columns(&self) -> Vec<ledger_entry::Column> {
        vec![ledger_entry::Column::Id]
    }

    fn descending(&self) -> bool {
        self.sort.descends()
    }

    fn key(&self, row: &ledger_entry::Model) -> Uuid {
        row.id.0
    }
}

columns! {
    /// A column of an exported statement. In the file it is called like the field of a line.
    LedgerEntryColumn of ledger_entry::Model {
        /// Opaque and global.
        Id = |row| id(row.id),
        /// Whose points.
        CustomerId = |row| id(row.customer_id),
        /// What it records.
        Kind = |row| choice::<LedgerEntryKind>(row.kind),
        /// The points, negative where they were taken.
        Points = |row| json!(row.points.0),
        /// What it adds to the points in lots.
        BalanceChange = |row| json!(row.balance_delta.0),
        /// What it adds to the held points.
        ReservedChange = |row| json!(row.reserved_delta.0),
        /// What it adds to the debt.
        DebtChange = |row| json!(row.debt_delta.0),
        /// What kind of thing caused it.
        Source = |row| choice::<LedgerSource>(row.source_kind),
        /// The sale that caused it.
        OrderId = |row| json!(row.order_id().map(|id| id.to_string())),
        /// The redemption that caused it.
        RedemptionId = |row| json!(row.redemption_id().map(|id| id.to_string())),
        /// In words, where a person gave a reason.
        Reason = |row| json!(row.reason),
        /// Who or what caused it: a user's or a token's id, or the name of a job.
        Actor = |row| json!(row.actor),
        /// When it became true.
        OccurredAt = |row| at(row.occurred_at),
        /// When it was written down. Balances count it from then on.
        RecordedAt = |row| at(row.recorded_at),
    }
}

impl Exported for StoreEntries {
    const LIST: ExportList = ExportList::LedgerEntries;
    type Filter = StatementFilter;
    type Sort = StatementSort;
    type Row = ledger_entry::Model;
    type Column = LedgerEntryColumn;
    as_they_are!();

    fn exported(store: StoreId, of: Option<&str>, filter: StatementFilter, sort: StatementSort) -> Option<Self> {
        Self::new(store, of, filter, sort)
    }
}

/// Lots of points.
pub(in crate::graphql) type StoreLots = OfStore<LotFilter, LotSort>;

impl List for StoreLots {
    type Entity = point_lot::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<point_lot::Entity> {
        use point_lot::Column::{CustomerId, StoreId};
        self.own(StoreId, CustomerId).filter(condition(&self.filter, ()))
    }

    fn columns(&self) -> Vec<point_lot::Column> {
        vec![point_lot::Column::Id]
    }

    fn descending(&self) -> bool {
        self.sort.descends()
    }

    fn key(&self, row: &point_lot::Model) -> Uuid {
        row.id.0
    }
}

/// A lot at the moment of the export.
pub(in crate::graphql) struct LotRow {
    lot: point_lot::Model,
    now: Instant,
}

impl LotRow {
    fn state(&self) -> LotState {
        PointLot(self.lot.clone()).state_at(self.now)
    }

    fn remaining(&self) -> i64 {
        match self.state() {
            LotState::Expired => 0,
            _ => self.lot.remaining.0,
        }
    }
}

columns! {
    /// A column of exported lots. In the file it is called like the field of a lot. State and what is left are those at
    /// the moment of the export.
    PointLotColumn of LotRow {
        /// Opaque and global.
        Id = |row| id(row.lot.id),
        /// Whose points.
        CustomerId = |row| id(row.lot.customer_id),
        /// How many came in.
        Points = |row| json!(row.lot.points.0),
        /// How many are left; what has run out is not.
        Remaining = |row| json!(row.remaining()),
        /// Where it stands.
        State = |row| choice::<LotState>(row.state()),
        /// From when its points can be spent.
        AvailableAt = |row| at(row.lot.available_at),
        /// From when they no longer can; none: they never run out.
        ExpiresAt = |row| at(row.lot.expires_at),
        /// The line of the statement that made it.
        EntryId = |row| id(row.lot.entry_id),
        /// The sale that it came from.
        OrderId = |row| json!(row.lot.order_id.map(|id| id.to_string())),
    }
}

impl Exported for StoreLots {
    const LIST: ExportList = ExportList::PointLots;
    type Filter = LotFilter;
    type Sort = LotSort;
    type Row = LotRow;
    type Column = PointLotColumn;

    fn exported(store: StoreId, of: Option<&str>, filter: LotFilter, sort: LotSort) -> Option<Self> {
        Self::new(store, of, filter, sort)
    }

    async fn complete(
        _: &DatabaseTransaction,
        rows: Vec<point_lot::Model>,
        _: &[PointLotColumn],
        now: Instant,
    ) -> Result<Vec<LotRow>, DbErr> {
        Ok(rows.into_iter().map(|lot| LotRow { lot, now }).collect())
    }
}
