//! What the connection of a store's jobs lists, and what can be asked of it. Most jobs are done: those that are not,
//! those of a rare kind and those for one object each have an index.

use async_graphql::InputObject;
use entity::store_job::{self, Column};
use entity::{JobId, StoreId};
use sea_orm::{QueryFilter, Select};

use super::connection::List;
use super::filter::{AnyId, DateTimeFilter, EnumFilter, IdFilter, Wanted, Where, condition};
use super::list_filters::parts;
use super::place::{By, Place};
use super::sort::JobSort;
use super::types::{JobKind, JobState};

/// Which jobs.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct JobFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By what is done.
    kind: Option<EnumFilter<JobKind>>,
    /// By where it stands.
    state: Option<EnumFilter<JobState>>,
    /// By what it is done for.
    object_id: Option<IdFilter>,
    /// By when it was asked for.
    created_at: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<JobFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<JobFilter>>,
}

impl Where for JobFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<JobId>(Column::Id, self.id.as_ref());
        wanted.choice(Column::Kind, self.kind.as_ref(), store_job::JobKind::from);
        wanted.choice(Column::State, self.state.as_ref(), store_job::JobState::from);
        wanted.id::<AnyId>(Column::ObjectId, self.object_id.as_ref());
        wanted.at(Column::CreatedAt, self.created_at.as_ref());
    }
}

/// A store's jobs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Jobs(pub(super) StoreId, pub(super) JobFilter, pub(super) JobSort);

impl List for Jobs {
    type Entity = store_job::Entity;
    type Key = Place;

    fn select(&self) -> Select<store_job::Entity> {
        store_job::Entity::in_store(self.0).filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<Column> {
        vec![Column::CreatedAt, Column::Id]
    }

    fn descending(&self) -> bool {
        self.2.descends()
    }

    fn key(&self, row: &store_job::Model) -> Place {
        Place::new("jobs", By::At(row.created_at), row.id.0)
    }

    fn knows(&self, key: &Place) -> bool {
        key.is_of("jobs")
    }
}
