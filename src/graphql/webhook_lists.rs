//! What connections of webhooks list: finders and nothing else.

use async_graphql::{ID, InputObject};
use entity::event::EventKind;
use entity::{StoreId, WebhookId, webhook, webhook_delivery};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, Iterable, QueryFilter, Select};
use uuid::Uuid;

use super::connection::List;
use super::types::DeliveryState;

/// Which deliveries.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct WebhookDeliveryFilter {
    /// In one of these states.
    states: Option<Vec<DeliveryState>>,
    /// Of this object.
    object_id: Option<ID>,
}

/// A store's webhooks, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Webhooks(pub(super) StoreId);

impl List for Webhooks {
    type Entity = webhook::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<webhook::Entity> {
        webhook::Entity::in_store(self.0)
    }

    fn columns(&self) -> Vec<webhook::Column> {
        vec![webhook::Column::Id]
    }

    fn key(&self, row: &webhook::Model) -> Uuid {
        row.id.0
    }
}

/// A webhook's deliveries, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Deliveries(pub(super) WebhookId, pub(super) WebhookDeliveryFilter);

impl List for Deliveries {
    type Entity = webhook_delivery::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<webhook_delivery::Entity> {
        let Self(webhook, filter) = self;
        let states = filter.states.as_ref().map(|states| {
            let states = states.iter().map(|state| webhook_delivery::DeliveryState::from(*state));
            webhook_delivery::Column::State.is_in(states)
        });
        let object = filter.object_id.as_ref().map(|id| {
            let (object, kinds) = object(id);
            webhook_delivery::Column::ObjectId
                .eq(object)
                .and(webhook_delivery::Column::Kind.is_in(kinds))
        });
        webhook_delivery::Entity::find()
            .filter(webhook_delivery::Column::WebhookId.eq(*webhook))
            .filter(Condition::all().add_option(states).add_option(object))
    }

    fn columns(&self) -> Vec<webhook_delivery::Column> {
        vec![webhook_delivery::Column::Id]
    }

    fn key(&self, row: &webhook_delivery::Model) -> Uuid {
        row.id.0
    }
}

/// The row that an id names, and what can happen to its like; nothing for what is no id.
fn object(id: &str) -> (Uuid, Vec<EventKind>) {
    let ulid = id
        .split_once('_')
        .and_then(|(_, text)| ulid::Ulid::from_string(text).ok());
    let object = Uuid::from_u128(ulid.unwrap_or_default().0);
    let kinds = EventKind::iter().filter(|kind| kind.object(object) == id);
    (object, kinds.collect())
}
