use entity::{Instant, StoreId, programme_version};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, QueryFilter, QueryOrder};

/// The version in force at an instant, as sales are judged: the newest of those that had begun.
pub async fn find_in_force(
    db: &impl ConnectionTrait,
    store: StoreId,
    at: Instant,
) -> Result<Option<programme_version::Model>, DbErr> {
    programme_version::Entity::in_store(store)
        .filter(programme_version::Column::StartsAt.lte(at))
        .order_by_desc(programme_version::Column::Number)
        .one(db)
        .await
}
