//! What connections of people's access list: sessions.

use chrono::{DateTime, Utc};
use entity::{UserId, session};
use sea_orm::{ColumnTrait, QueryFilter, Select};
use uuid::Uuid;

use super::connection::List;

/// A user's sessions that are open at an instant, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Sessions(pub(super) UserId, pub(super) DateTime<Utc>);

impl List for Sessions {
    type Entity = session::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<session::Entity> {
        session::Entity::open(self.1).filter(session::Column::UserId.eq(self.0))
    }

    fn columns(&self) -> Vec<session::Column> {
        vec![session::Column::Id]
    }

    fn key(&self, row: &session::Model) -> Uuid {
        row.id.0
    }
}
