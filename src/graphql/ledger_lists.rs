//! What connections of the ledger list: entries, lots, and what entries took from lots.

use async_graphql::InputObject;
use chrono::{DateTime, Utc};
use entity::{CustomerId, EntryId, LotId, ledger_entry, point_allocation, point_lot};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use super::connection::List;
use super::types::LedgerEntryKind;

/// Which lines of a statement.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct StatementFilter {
    /// Of one of these kinds.
    kinds: Option<Vec<LedgerEntryKind>>,
    /// Recorded at or after.
    from: Option<DateTime<Utc>>,
    /// Recorded before.
    to: Option<DateTime<Utc>>,
}

/// Entries of a customer, and of those who were merged into this one, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Entries(pub(super) Vec<CustomerId>, pub(super) StatementFilter);

impl List for Entries {
    type Entity = ledger_entry::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<ledger_entry::Entity> {
        let Self(customers, filter) = self;
        let kinds = filter.kinds.as_ref().map(|kinds| {
            let kinds = kinds.iter().map(|kind| ledger_entry::EntryKind::from(*kind));
            ledger_entry::Column::Kind.is_in(kinds)
        });
        let from = filter.from.map(|from| ledger_entry::Column::RecordedAt.gte(from));
        let to = filter.to.map(|to| ledger_entry::Column::RecordedAt.lt(to));
        let only = Condition::all().add_option(kinds).add_option(from).add_option(to);
        ledger_entry::Entity::find()
            .filter(ledger_entry::Column::CustomerId.is_in(customers.iter().copied()))
            .filter(only)
    }

    fn columns(&self) -> Vec<ledger_entry::Column> {
        vec![ledger_entry::Column::Id]
    }

    fn key(row: &ledger_entry::Model) -> Uuid {
        row.id.0
    }
}

/// A customer's lots, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Lots(pub(super) CustomerId);

impl List for Lots {
    type Entity = point_lot::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<point_lot::Entity> {
        point_lot::Entity::find().filter(point_lot::Column::CustomerId.eq(self.0))
    }

    fn columns(&self) -> Vec<point_lot::Column> {
        vec![point_lot::Column::Id]
    }

    fn key(row: &point_lot::Model) -> Uuid {
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

    fn key(row: &point_allocation::Model) -> Self::Key {
        (row.entry_id.0, row.lot_id.0)
    }
}
