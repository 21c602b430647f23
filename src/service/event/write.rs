use entity::event::{ActiveModel, EventKind};
use entity::{Instant, StoreId};
use sea_orm::{ConnectionTrait, DbErr, NotSet, Set};
use uuid::Uuid;

use crate::app::App;
use crate::service::points::Cause;
use crate::service::rows;

/// Where and whence events are.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The store.
    pub store: StoreId,
    /// The request or import run that does it.
    pub request_id: Option<String>,
    /// Now.
    pub at: Instant,
}

impl Origin {
    /// What a worker does by itself.
    pub(crate) fn work(store: StoreId, at: Instant) -> Self {
        Self {
            store,
            request_id: None,
            at,
        }
    }

    /// What is done for whoever this `App` acts for.
    pub(crate) fn asked(app: &App, store: StoreId) -> Self {
        Self {
            store,
            request_id: app.author().and_then(|author| author.request_id.clone()),
            at: app.clock.now(),
        }
    }

    /// The origin of points that move, and of what goes with them.
    pub(crate) fn of(cause: &Cause, store: StoreId) -> Self {
        Self {
            store,
            request_id: cause.request_id.clone(),
            at: cause.at,
        }
    }
}

/// Writes what happened to objects, in this order, through the caller's transaction: one statement, none for
/// nothing. Whoever changes an object holds its row already, so the events of one object are in the order of
/// its changes.
pub(crate) async fn write(
    db: &impl ConnectionTrait,
    origin: &Origin,
    events: impl IntoIterator<Item = (EventKind, Uuid)>,
) -> Result<(), DbErr> {
    let rows = events.into_iter().map(|(kind, object)| ActiveModel {
        id: NotSet,
        position: NotSet,
        store_id: Set(origin.store),
        kind: Set(kind),
        object_id: Set(object),
        request_id: Set(origin.request_id.clone()),
        created_at: Set(origin.at),
    });
    rows::insert(db, rows.collect(), None).await
}
