//! What connections of webhooks list, and what can be asked of them: a store's webhooks, of which there are few, and
//! what each was told.

use std::collections::HashMap;

use async_graphql::InputObject;
use entity::event::EventKind;
use entity::{StoreId, WebhookDeliveryId, WebhookId, webhook, webhook_delivery};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, Iterable, QueryFilter, Select};
use uuid::Uuid;

use super::connection::List;
use super::filter::{DateTimeFilter, EnumFilter, IdFilter, StringFilter, Wanted, Where, condition, nothing};
use super::list_filters::{parts, trimmed};
use super::sort::{WebhookDeliverySort, WebhookSort};
use super::types::{DeliveryState, WebhookState};

/// Which webhooks.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct WebhookFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By address, as it is written: case counts.
    url: Option<StringFilter>,
    /// By whether it is told at present.
    state: Option<EnumFilter<WebhookState>>,
    /// By when it was made.
    created_at: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<WebhookFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<WebhookFilter>>,
}

/// Which deliveries.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct WebhookDeliveryFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By where it stands.
    state: Option<EnumFilter<DeliveryState>>,
    /// By the object that something happened to.
    object_id: Option<IdFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<WebhookDeliveryFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<WebhookDeliveryFilter>>,
}

impl Where for WebhookFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<WebhookId>(webhook::Column::Id, self.id.as_ref());
        wanted.text(webhook::Column::Url, self.url.as_ref(), trimmed);
        wanted.choice(webhook::Column::State, self.state.as_ref(), |state| match state {
            WebhookState::Active => webhook::WebhookState::Active,
            WebhookState::Paused => webhook::WebhookState::Paused,
        });
        wanted.at(webhook::Column::CreatedAt, self.created_at.as_ref());
    }
}

impl Where for WebhookDeliveryFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<WebhookDeliveryId>(webhook_delivery::Column::Id, self.id.as_ref());
        wanted.choice(
            webhook_delivery::Column::State,
            self.state.as_ref(),
            webhook_delivery::DeliveryState::from,
        );
        wanted.ids(self.object_id.as_ref(), |objects: Vec<Object>| {
            // The ids of a kind together: with the events of each beside it, a hundred ids would be a thousand values.
            let mut like: HashMap<Vec<EventKind>, Vec<Uuid>> = HashMap::new();
            for object in objects {
                like.entry(object.kinds).or_default().push(object.id);
            }
            let of = |(kinds, ids)| {
                webhook_delivery::Column::ObjectId
                    .is_in::<Uuid, Vec<Uuid>>(ids)
                    .and(webhook_delivery::Column::Kind.is_in::<EventKind, Vec<EventKind>>(kinds))
            };
            like.into_iter().map(of).reduce(ExprTrait::or).unwrap_or_else(nothing)
        });
    }
}

/// An object that something can happen to: a row's id, which is stored without its prefix, and what can happen to
/// its like.
struct Object {
    id: Uuid,
    kinds: Vec<EventKind>,
}

impl std::str::FromStr for Object {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (_, ulid) = text.split_once('_').ok_or(())?;
        let id = Uuid::from_u128(ulid::Ulid::from_string(ulid).map_err(|_| ())?.0);
        let kinds: Vec<EventKind> = EventKind::iter().filter(|kind| kind.object(id) == text).collect();
        if kinds.is_empty() {
            Err(())
        } else {
            Ok(Self { id, kinds })
        }
    }
}

/// A store's webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Webhooks(pub(super) StoreId, pub(super) WebhookFilter, pub(super) WebhookSort);

impl List for Webhooks {
    type Entity = webhook::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<webhook::Entity> {
        webhook::Entity::in_store(self.0).filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<webhook::Column> {
        vec![webhook::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2.descends()
    }

    fn key(&self, row: &webhook::Model) -> Uuid {
        row.id.0
    }
}

/// A webhook's deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Deliveries(
    pub(super) WebhookId,
    pub(super) WebhookDeliveryFilter,
    pub(super) WebhookDeliverySort,
);

impl List for Deliveries {
    type Entity = webhook_delivery::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<webhook_delivery::Entity> {
        webhook_delivery::Entity::find()
            .filter(webhook_delivery::Column::WebhookId.eq(self.0))
            .filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<webhook_delivery::Column> {
        vec![webhook_delivery::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2.descends()
    }

    fn key(&self, row: &webhook_delivery::Model) -> Uuid {
        row.id.0
    }
}
