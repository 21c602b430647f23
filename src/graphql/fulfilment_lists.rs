//! What the connection of a store's redemptions that people see to lists.

use async_graphql::{Enum, InputObject};
use entity::{FulfilmentId, RedemptionId, StoreId, fulfilment};
use sea_orm::{EntityTrait, QueryFilter, Select};

use super::connection::List;
use super::filter::{DateTimeFilter, EnumFilter, IdFilter, Wanted, Where, condition};
use super::list_filters::{of_customers, parts};
use super::place::{By, Place};
use super::types::FulfilmentState;

/// Which redemptions that people see to.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct FulfilmentFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By where it stands.
    state: Option<EnumFilter<FulfilmentState>>,
    /// By redemption.
    redemption_id: Option<IdFilter>,
    /// By customer; those who were merged into one are that one.
    customer_id: Option<IdFilter>,
    /// By since when it waits.
    requested_at: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<FulfilmentFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<FulfilmentFilter>>,
}

/// How redemptions that people see to are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, Default)]
pub(super) enum FulfilmentSort {
    /// What waits longest first.
    #[default]
    RequestedAtAsc,
    /// What came last first.
    RequestedAtDesc,
}

impl Where for FulfilmentFilter {
    type Scope = StoreId;
    parts!();

    fn own(&self, store: StoreId, wanted: &mut Wanted) {
        wanted.id::<FulfilmentId>(fulfilment::Column::Id, self.id.as_ref());
        wanted.choice(
            fulfilment::Column::State,
            self.state.as_ref(),
            fulfilment::FulfilmentState::from,
        );
        wanted.id::<RedemptionId>(fulfilment::Column::RedemptionId, self.redemption_id.as_ref());
        let customers = of_customers(store, fulfilment::Column::CustomerId);
        wanted.ids(self.customer_id.as_ref(), customers);
        wanted.at(fulfilment::Column::RequestedAt, self.requested_at.as_ref());
    }
}

/// A store's redemptions that people see to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Fulfilments(
    pub(super) StoreId,
    pub(super) FulfilmentFilter,
    pub(super) FulfilmentSort,
);

impl List for Fulfilments {
    type Entity = fulfilment::Entity;
    type Key = Place;

    fn select(&self) -> Select<fulfilment::Entity> {
        // Customers are looked up in the store; naming it again would have SQLite walk all of it.
        let own = if self.1.customer_id.as_ref().is_some_and(IdFilter::names_some) {
            fulfilment::Entity::find()
        } else {
            fulfilment::Entity::in_store(self.0)
        };
        own.filter(condition(&self.1, self.0))
    }

    fn columns(&self) -> Vec<fulfilment::Column> {
        vec![fulfilment::Column::RequestedAt, fulfilment::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2 == FulfilmentSort::RequestedAtDesc
    }

    fn key(&self, row: &fulfilment::Model) -> Place {
        Place::new("fulfilments", By::At(row.requested_at), row.id.0)
    }

    fn knows(&self, key: &Place) -> bool {
        key.is_of("fulfilments")
    }
}
