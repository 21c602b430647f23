//! What connections of the ledger list: entries, lots, and what entries took from lots.

use async_graphql::InputObject;
use entity::{CustomerId, EntryId, LotId, ledger_entry, point_allocation, point_lot};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use super::connection::List;
use super::filter::{DateTimeFilter, EnumFilter, IdFilter, IntFilter, Wanted, Where, condition};
use super::list_filters::parts;
use super::sort::{LotSort, StatementSort};
use super::types::LedgerEntryKind;

/// Which lines of a statement.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct StatementFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By kind.
    kind: Option<EnumFilter<LedgerEntryKind>>,
    /// By when it was recorded.
    recorded_at: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<StatementFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<StatementFilter>>,
}

/// Which lots.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct LotFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By how many points came in.
    points: Option<IntFilter>,
    /// By when its points can be spent.
    available_at: Option<DateTimeFilter>,
    /// By when they no longer can. Those that never run out are in no range.
    expires_at: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<LotFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<LotFilter>>,
}

impl Where for StatementFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<EntryId>(ledger_entry::Column::Id, self.id.as_ref());
        wanted.choice(
            ledger_entry::Column::Kind,
            self.kind.as_ref(),
            ledger_entry::EntryKind::from,
        );
        wanted.at(ledger_entry::Column::RecordedAt, self.recorded_at.as_ref());
    }
}

impl Where for LotFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<LotId>(point_lot::Column::Id, self.id.as_ref());
        wanted.number(point_lot::Column::Points, self.points.as_ref());
        wanted.at(point_lot::Column::AvailableAt, self.available_at.as_ref());
        wanted.at(point_lot::Column::ExpiresAt, self.expires_at.as_ref());
    }
}

/// Entries of a customer, and of those who were merged into this one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Entries(
    pub(super) Vec<CustomerId>,
    pub(super) StatementFilter,
    pub(super) StatementSort,
);

impl List for Entries {
    type Entity = ledger_entry::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<ledger_entry::Entity> {
        ledger_entry::Entity::find()
            .filter(ledger_entry::Column::CustomerId.is_in(self.0.iter().copied()))
            .filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<ledger_entry::Column> {
        vec![ledger_entry::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2.descends()
    }

    fn key(&self, row: &ledger_entry::Model) -> Uuid {
        row.id.0
    }
}

/// A customer's lots.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Lots(pub(super) CustomerId, pub(super) LotFilter, pub(super) LotSort);

impl List for Lots {
    type Entity = point_lot::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<point_lot::Entity> {
        point_lot::Entity::find()
            .filter(point_lot::Column::CustomerId.eq(self.0))
            .filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<point_lot::Column> {
        vec![point_lot::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2.descends()
    }

    fn key(&self, row: &point_lot::Model) -> Uuid {
        row.id.0
    }
}

/// What was taken from lots, in the order in which it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Allocations {
    /// By one entry.
    By(EntryId),
    /// From one lot.
    From(LotId),
}

impl List for Allocations {
    type Entity = point_allocation::Entity;
    type Key = (Uuid, Uuid);

    fn select(&self) -> Select<point_allocation::Entity> {
        let only = match self {
            Self::By(entry) => point_allocation::Column::EntryId.eq(*entry),
            Self::From(lot) => point_allocation::Column::LotId.eq(*lot),
        };
        point_allocation::Entity::find().filter(only)
    }

    fn columns(&self) -> Vec<point_allocation::Column> {
        vec![point_allocation::Column::EntryId, point_allocation::Column::LotId]
    }

    fn descending(&self) -> bool {
        false
    }

    fn key(&self, row: &point_allocation::Model) -> Self::Key {
        (row.entry_id.0, row.lot_id.0)
    }
}
