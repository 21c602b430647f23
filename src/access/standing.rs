use entity::{ApiTokenId, StoreId, UserId, api_token, api_token_store, membership, user};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use super::{Permission, Scope};
use crate::app::App;

/// What somebody may do in a store at present, by the name that [`super::Requester::actor`] gave them: for what goes on
/// in their name while they do not ask. Nothing, when they left, were disabled, or their token ended.
pub async fn standing(app: &App, actor: &str, store: StoreId) -> Result<Vec<Permission>, DbErr> {
    if let Ok(id) = actor.parse::<UserId>() {
        return of_user(app, id, store).await;
    }
    match actor.parse::<ApiTokenId>() {
        Ok(id) => of_token(app, id, store).await,
        Err(_) => Ok(Vec::new()),
    }
}

async fn of_user(app: &App, id: UserId, store: StoreId) -> Result<Vec<Permission>, DbErr> {
    let enabled = user::Entity::find_by_id(id).filter(user::Column::DisabledAt.is_null());
    if enabled.one(&app.db).await?.is_none() {
        return Ok(Vec::new());
    }
    let membership = membership::Entity::find_by_id((store, id)).one(&app.db).await?;
    let Some(membership) = membership else {
        return Ok(Vec::new());
    };
    let allowed = |permission: &Permission| permission.allowed_to(membership.role);
    Ok(Permission::ALL.into_iter().filter(allowed).collect())
}

async fn of_token(app: &App, id: ApiTokenId, store: StoreId) -> Result<Vec<Permission>, DbErr> {
    let now = app.clock.now();
    let live = api_token::Column::ExpiresAt
        .is_null()
        .or(api_token::Column::ExpiresAt.gt(now))
        .and(api_token::Column::RevokedAt.is_null());
    let Some(row) = api_token::Entity::find_by_id(id).filter(live).one(&app.db).await? else {
        return Ok(Vec::new());
    };
    let opens = api_token_store::Entity::find_by_id((id, store)).one(&app.db).await?;
    if opens.is_none() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = serde_json::from_value(row.scopes).unwrap_or_default();
    let scopes = names.iter().filter_map(|name| name.parse::<Scope>().ok());
    Ok(scopes.map(Scope::permission).collect())
}
