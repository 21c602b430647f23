//! How the ledger's tables hang together, for statements that need several of them.

use entity::{customer, ledger_entry, lot_extension, point_allocation, point_lot};
use sea_orm::{EntityTrait, RelationDef};

/// From what was taken to the entry that took it.
pub(super) fn allocation_to_entry() -> RelationDef {
    point_allocation::Entity::belongs_to(ledger_entry::Entity)
        .from(point_allocation::Column::EntryId)
        .to(ledger_entry::Column::Id)
        .into()
}

/// From what was taken to the lot that it was taken from.
pub(super) fn allocation_to_lot() -> RelationDef {
    point_allocation::Entity::belongs_to(point_lot::Entity)
        .from(point_allocation::Column::LotId)
        .to(point_lot::Column::Id)
        .into()
}

/// From a lot to the entry that made it.
pub(super) fn lot_to_entry() -> RelationDef {
    point_lot::Entity::belongs_to(ledger_entry::Entity)
        .from(point_lot::Column::EntryId)
        .to(ledger_entry::Column::Id)
        .into()
}

/// From an expiry that was put off to the entry that did so.
pub(super) fn extension_to_entry() -> RelationDef {
    lot_extension::Entity::belongs_to(ledger_entry::Entity)
        .from(lot_extension::Column::EntryId)
        .to(ledger_entry::Column::Id)
        .into()
}

/// From an entry to whose points it moved.
pub(super) fn entry_to_customer() -> RelationDef {
    ledger_entry::Entity::belongs_to(customer::Entity)
        .from(ledger_entry::Column::CustomerId)
        .to(customer::Column::Id)
        .into()
}
