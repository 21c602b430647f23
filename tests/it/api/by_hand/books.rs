//! What a customer's books hold, read from the tables, and whether they agree with themselves.

use std::collections::BTreeMap;

use entity::ledger_entry::{EntryKind, SourceKind};
use entity::{CustomerId, LotId, Points, customer, ledger_entry, point_allocation, point_lot};
use fidelidade::app::App;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

/// A customer's entries, the oldest first, and lots, those that expire first before others.
pub(super) struct Books {
    pub(super) entries: Vec<ledger_entry::Model>,
    pub(super) lots: Vec<point_lot::Model>,
}

impl Books {
    /// Reads the books and checks that every sum is right.
    pub(super) async fn of(app: &App, customer: CustomerId) -> Self {
        let row = customer::Entity::find_by_id(customer)
            .one(&app.db)
            .await
            .unwrap()
            .unwrap();
        let entries = ledger_entry::Entity::find()
            .filter(ledger_entry::Column::CustomerId.eq(customer))
            .order_by_asc(ledger_entry::Column::Id)
            .all(&app.db)
            .await
            .unwrap();
        let mut lots = point_lot::Entity::find()
            .filter(point_lot::Column::CustomerId.eq(customer))
            .all(&app.db)
            .await
            .unwrap();
        lots.sort_by_key(|lot| (lot.expires_at.is_none(), lot.expires_at, lot.id));
        let allocations = point_allocation::Entity::find()
            .filter(point_allocation::Column::EntryId.is_in(entries.iter().map(|entry| entry.id)))
            .all(&app.db)
            .await
            .unwrap();
        let sum = |part: fn(&ledger_entry::Model) -> Points| entries.iter().map(part).sum::<Points>();
        assert_eq!(sum(|entry| entry.balance_delta), row.points_balance);
        assert_eq!(sum(|entry| entry.reserved_delta), row.points_reserved);
        assert_eq!(sum(|entry| entry.debt_delta), row.points_debt);
        assert_eq!(lots.iter().map(|lot| lot.remaining).sum::<Points>(), row.points_balance);
        let mut taken: BTreeMap<LotId, Points> = BTreeMap::new();
        for part in &allocations {
            *taken.entry(part.lot_id).or_default() += part.points;
        }
        for lot in &lots {
            assert_eq!(
                lot.points - lot.remaining,
                taken.get(&lot.id).copied().unwrap_or_default(),
                "{lot:?}"
            );
        }
        for entry in &entries {
            let made: Points = lots
                .iter()
                .filter(|lot| lot.entry_id == entry.id)
                .map(|lot| lot.points)
                .sum();
            let took: Points = allocations
                .iter()
                .filter(|part| part.entry_id == entry.id)
                .map(|part| part.points)
                .sum();
            assert_eq!(made - took, entry.balance_delta, "{entry:?}");
        }
        Self { entries, lots }
    }

    /// What is left in the lots, those that expire first before others.
    pub(super) fn remaining(&self) -> Vec<i64> {
        self.lots.iter().map(|lot| lot.remaining.0).collect()
    }

    /// The kinds of the entries that one kind of thing caused, with their points.
    pub(super) fn caused_by(&self, source: SourceKind) -> Vec<(EntryKind, i64)> {
        self.entries
            .iter()
            .filter(|entry| entry.source_kind == source)
            .map(|entry| (entry.kind, entry.points.0))
            .collect()
    }
}
