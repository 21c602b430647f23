//! What connections of imports list: an integration's runs, and what a run kept aside.

use async_graphql::InputObject;
use entity::{ImportRejectId, ImportRunId, IntegrationId, import_reject, import_run};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use super::connection::List;
use super::filter::{DateTimeFilter, EnumFilter, IdFilter, StringFilter, Wanted, Where, condition};
use super::list_filters::parts;
use super::place::{By, Place};
use super::sort::{ImportRejectSort, ImportRunSort};
use super::types::{ImportKind, ImportState, ImportTrigger};

/// Which import runs.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct ImportRunFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By what is imported.
    kind: Option<EnumFilter<ImportKind>>,
    /// By what started it.
    trigger: Option<EnumFilter<ImportTrigger>>,
    /// By where it stands.
    state: Option<EnumFilter<ImportState>>,
    /// By when it was asked for.
    created_at: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<ImportRunFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<ImportRunFilter>>,
}

/// Which of the records that a run kept aside.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct ImportRejectFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By what kind of record: `customer`, `order`, `product`, `code`.
    resource: Option<StringFilter>,
    /// By the field at fault.
    field: Option<StringFilter>,
    /// By its id on the platform.
    external_id: Option<StringFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<ImportRejectFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<ImportRejectFilter>>,
}

impl Where for ImportRunFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<ImportRunId>(import_run::Column::Id, self.id.as_ref());
        wanted.choice(
            import_run::Column::Kind,
            self.kind.as_ref(),
            import_run::ImportKind::from,
        );
        wanted.choice(
            import_run::Column::Trigger,
            self.trigger.as_ref(),
            import_run::ImportTrigger::from,
        );
        wanted.choice(
            import_run::Column::State,
            self.state.as_ref(),
            import_run::ImportState::from,
        );
        wanted.at(import_run::Column::CreatedAt, self.created_at.as_ref());
    }
}

impl Where for ImportRejectFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<ImportRejectId>(import_reject::Column::Id, self.id.as_ref());
        let as_it_is = |text: &str| Some(text.to_owned());
        wanted.text(import_reject::Column::Resource, self.resource.as_ref(), as_it_is);
        wanted.text(import_reject::Column::Field, self.field.as_ref(), as_it_is);
        wanted.text(import_reject::Column::ExternalId, self.external_id.as_ref(), as_it_is);
    }
}

/// An integration's import runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ImportRuns(
    pub(super) IntegrationId,
    pub(super) ImportRunFilter,
    pub(super) ImportRunSort,
);

impl List for ImportRuns {
    type Entity = import_run::Entity;
    type Key = Place;

    fn select(&self) -> Select<import_run::Entity> {
        import_run::Entity::find()
            .filter(import_run::Column::IntegrationId.eq(self.0))
            .filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<import_run::Column> {
        vec![import_run::Column::CreatedAt, import_run::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2.descends()
    }

    fn key(&self, row: &import_run::Model) -> Place {
        Place::new("runs", By::At(row.created_at), row.id.0)
    }

    fn knows(&self, key: &Place) -> bool {
        key.is_of("runs")
    }
}

/// What a run kept aside.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ImportRejects(
    pub(super) ImportRunId,
    pub(super) ImportRejectFilter,
    pub(super) ImportRejectSort,
);

impl List for ImportRejects {
    type Entity = import_reject::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<import_reject::Entity> {
        import_reject::Entity::find()
            .filter(import_reject::Column::ImportRunId.eq(self.0))
            .filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<import_reject::Column> {
        vec![import_reject::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2 == ImportRejectSort::MetDesc
    }

    fn key(&self, row: &import_reject::Model) -> Uuid {
        row.id.0
    }
}
