use entity::event::{self, Column, EventKind};
use entity::{StoreId, event::Model};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, QueryFilter, QueryOrder, QuerySelect};
use sea_orm::{EntityTrait, Select};
use uuid::Uuid;

use super::place;

/// Which events are read.
#[derive(Debug, Clone)]
pub enum Reach {
    /// All.
    All,
    /// Those of a store, of these kinds.
    Store(StoreId, Vec<EventKind>),
    /// Those of one object of a store.
    Object(StoreId, Uuid),
}

impl Reach {
    /// Whether an event is one of them.
    pub fn includes(&self, event: &Model) -> bool {
        match self {
            Self::All => true,
            Self::Store(store, kinds) => event.store_id == *store && kinds.contains(&event.kind),
            Self::Object(store, object) => event.store_id == *store && event.object_id == *object,
        }
    }

    fn select(&self) -> Select<event::Entity> {
        match self {
            Self::All => event::Entity::find(),
            Self::Store(store, kinds) => {
                event::Entity::in_store(*store).filter(Column::Kind.is_in(kinds.iter().copied()))
            }
            Self::Object(store, object) => event::Entity::in_store(*store).filter(Column::ObjectId.eq(*object)),
        }
    }
}

/// The next events after a place, in their order. The caller has seen to it that they have their places.
pub async fn after(db: &impl ConnectionTrait, reach: &Reach, since: i64, limit: u64) -> Result<Vec<Model>, DbErr> {
    let by = Column::place(db.get_database_backend());
    reach
        .select()
        .filter(by.gt(since))
        .order_by_asc(by)
        .limit(limit)
        .all(db)
        .await
}

/// The place of the last event; 0 before the first.
pub async fn end(db: &DatabaseConnection) -> Result<i64, DbErr> {
    place(db).await?;
    let by = Column::place(db.get_database_backend());
    // NULL sorts first on PostgreSQL.
    let last = event::Entity::find()
        .filter(by.is_not_null())
        .order_by_desc(by)
        .one(db)
        .await?;
    Ok(last.map_or(0, |event| event.place()))
}
