//! What the connection of the audit log lists. Each field that can be asked for has an index with the instant after
//! it, in which a log of years is read as fast as one of a day.

use async_graphql::InputObject;
use entity::{AuditEntryId, StoreId, audit_entry};
use sea_orm::{QueryFilter, Select};

use super::connection::List;
use super::filter::{AnyId, DateTimeFilter, IdFilter, StringFilter, Wanted, Where, condition};
use super::list_filters::{parts, trimmed};
use super::place::{By, Place};
use super::sort::AuditSort;

/// Which entries of the audit log.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct AuditFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By who did it: a user or an API token.
    actor_id: Option<IdFilter>,
    /// By what was done, for instance `reward.update`; `reward.` begins all that is done to rewards.
    action: Option<StringFilter>,
    /// By what was changed.
    object_id: Option<IdFilter>,
    /// By when it was done.
    at: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<AuditFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<AuditFilter>>,
}

impl Where for AuditFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<AuditEntryId>(audit_entry::Column::Id, self.id.as_ref());
        wanted.id::<AnyId>(audit_entry::Column::Actor, self.actor_id.as_ref());
        wanted.text(audit_entry::Column::Action, self.action.as_ref(), trimmed);
        wanted.id::<AnyId>(audit_entry::Column::ObjectId, self.object_id.as_ref());
        wanted.at(audit_entry::Column::At, self.at.as_ref());
    }
}

/// A store's audit log.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Audited(pub(super) StoreId, pub(super) AuditFilter, pub(super) AuditSort);

impl List for Audited {
    type Entity = audit_entry::Entity;
    type Key = Place;

    fn select(&self) -> Select<audit_entry::Entity> {
        audit_entry::Entity::in_store(self.0).filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<audit_entry::Column> {
        vec![audit_entry::Column::At, audit_entry::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2.descends()
    }

    fn key(&self, row: &audit_entry::Model) -> Place {
        Place::new("audit", By::At(row.at), row.id.0)
    }

    fn knows(&self, key: &Place) -> bool {
        key.is_of("audit")
    }
}
