use entity::membership::{self, Role};
use entity::{StoreId, UserId, user};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Who has one of these roles in a store.
pub(crate) async fn with_roles(
    db: &impl ConnectionTrait,
    store: StoreId,
    roles: &[Role],
) -> Result<Vec<UserId>, DbErr> {
    membership::Entity::find()
        .select_only()
        .column(membership::Column::UserId)
        .filter(membership::Column::StoreId.eq(store))
        .filter(membership::Column::Role.is_in(roles.iter().copied()))
        .order_by_asc(membership::Column::UserId)
        .into_tuple()
        .all(db)
        .await
}

/// Somebody who can sign in, if they have one of these roles in the store.
pub(crate) async fn member_with(
    db: &impl ConnectionTrait,
    (store, id): (StoreId, UserId),
    roles: &[Role],
) -> Result<Option<user::Model>, DbErr> {
    let membership = membership::Entity::find_by_id((store, id))
        .filter(membership::Column::Role.is_in(roles.iter().copied()))
        .one(db)
        .await?;
    if membership.is_none() {
        return Ok(None);
    }
    let enabled = user::Entity::find_by_id(id).filter(user::Column::DisabledAt.is_null());
    enabled.one(db).await
}
