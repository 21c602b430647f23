//! What the connection of exports lists: those of the lists that the caller may see.

use async_graphql::InputObject;
use entity::export_run::{self, ExportState};
use entity::{ExportRunId, StoreId};
use sea_orm::{ColumnTrait, QueryFilter, Select};

use crate::graphql::connection::List;
use crate::graphql::filter::{DateTimeFilter, EnumFilter, IdFilter, Wanted, Where, condition};
use crate::graphql::list_filters::parts;
use crate::graphql::place::{By, Place};
use crate::graphql::sort::ExportRunSort;
use crate::graphql::types::{ExportList, ExportStateName};

/// Which exports.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct ExportRunFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By what is exported.
    list: Option<EnumFilter<ExportList>>,
    /// By where it stands.
    state: Option<EnumFilter<ExportStateName>>,
    /// By when it was asked for.
    created_at: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<ExportRunFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<ExportRunFilter>>,
}

impl Where for ExportRunFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<ExportRunId>(export_run::Column::Id, self.id.as_ref());
        wanted.choice(
            export_run::Column::List,
            self.list.as_ref(),
            export_run::ExportList::from,
        );
        wanted.choice(export_run::Column::State, self.state.as_ref(), ExportState::from);
        wanted.at(export_run::Column::CreatedAt, self.created_at.as_ref());
    }
}

/// A store's exports of lists.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct ExportRuns {
    pub(in crate::graphql) store: StoreId,
    /// The lists that whoever asks may see.
    pub(in crate::graphql) lists: Vec<export_run::ExportList>,
    pub(in crate::graphql) filter: ExportRunFilter,
    pub(in crate::graphql) sort: ExportRunSort,
}

impl List for ExportRuns {
    type Entity = export_run::Entity;
    type Key = Place;

    fn select(&self) -> Select<export_run::Entity> {
        export_run::Entity::in_store(self.store)
            .filter(export_run::Column::List.is_in(self.lists.iter().copied()))
            .filter(condition(&self.filter, ()))
    }

    fn columns(&self) -> Vec<export_run::Column> {
        vec![export_run::Column::CreatedAt, export_run::Column::Id]
    }

    fn descending(&self) -> bool {
        self.sort.descends()
    }

    fn key(&self, row: &export_run::Model) -> Place {
        Place::new("exports", By::At(row.created_at), row.id.0)
    }

    fn knows(&self, key: &Place) -> bool {
        key.is_of("exports")
    }
}
