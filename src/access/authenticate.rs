use chrono::TimeDelta;
use entity::{Instant, api_token, api_token_store, membership, session, user};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, JoinType, QueryFilter, QuerySelect, RelationDef};

use super::{Memberships, Requester, Scope};
use crate::app::App;
use crate::secrets::sha256_hex;

/// Why a request's credentials are refused.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The header is not of the form `Bearer …`.
    #[error("the Authorization header must be 'Bearer' and a token")]
    Malformed,
    /// The token is unknown, ended, revoked or too old.
    #[error("the token is not valid or has expired; refresh the session or sign in again")]
    Invalid,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Finds out who is asking from the `Authorization` header.
pub async fn authenticate(app: &App, authorization: Option<&str>) -> Result<Requester, AuthError> {
    let Some(header) = authorization else {
        return Ok(Requester::Anonymous);
    };
    let (scheme, token) = header.split_once(' ').ok_or(AuthError::Malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(AuthError::Malformed);
    }
    let token = token.trim();
    let now = app.clock.now();
    if token.starts_with("fat_") {
        by_api_token(app, token, now).await
    } else {
        by_session(app, token, now).await
    }
}

async fn by_session(app: &App, token: &str, now: Instant) -> Result<Requester, AuthError> {
    let live = session::Column::AccessHash
        .eq(sha256_hex(token))
        .and(session::Column::EndedAt.is_null())
        .and(session::Column::AccessExpiresAt.gt(now));
    let session = session::Entity::find()
        .filter(live)
        .one(&app.db)
        .await?
        .ok_or(AuthError::Invalid)?;
    let user = user::Entity::find_by_id(session.user_id)
        .filter(user::Column::DisabledAt.is_null())
        .one(&app.db)
        .await?
        .ok_or(AuthError::Invalid)?;
    let memberships = membership::Entity::find()
        .filter(membership::Column::UserId.eq(user.id))
        .all(&app.db)
        .await?;
    let stores = memberships.into_iter().map(|row| (row.store_id, row.role)).collect();
    Ok(Requester::User {
        id: user.id,
        session: session.id,
        stores: Memberships::new(stores),
    })
}

async fn by_api_token(app: &App, token: &str, now: Instant) -> Result<Requester, AuthError> {
    let hash = sha256_hex(token);
    let replaced = api_token::Column::PreviousHash
        .eq(&hash)
        .and(api_token::Column::PreviousUntil.gt(now));
    let live = api_token::Column::TokenHash
        .eq(&hash)
        .or(replaced)
        .and(api_token::Column::RevokedAt.is_null());
    // With its stores: whoever asks waits for this first.
    let found = api_token::Entity::find()
        .join(JoinType::LeftJoin, stores_of_token())
        .select_also(api_token_store::Entity)
        .filter(live)
        .all(&app.db)
        .await?;
    let stores = found
        .iter()
        .filter_map(|(_, store)| Some(store.as_ref()?.store_id))
        .collect();
    let (row, _) = found.into_iter().next().ok_or(AuthError::Invalid)?;
    if row.expires_at.is_some_and(|end| end <= now) {
        return Err(AuthError::Invalid);
    }
    // To the minute: a busy token must not cost a write per request.
    if row.last_used_at.is_none_or(|last| now - last >= TimeDelta::minutes(1)) {
        api_token::Entity::update_many()
            .col_expr(api_token::Column::LastUsedAt, Expr::value(now))
            .filter(api_token::Column::Id.eq(row.id))
            .exec(&app.db)
            .await?;
    }
    let names: Vec<String> = serde_json::from_value(row.scopes).unwrap_or_default();
    let scopes: Vec<Scope> = names.iter().filter_map(|name| name.parse().ok()).collect();
    Ok(Requester::Token {
        id: row.id,
        stores,
        scopes,
    })
}

fn stores_of_token() -> RelationDef {
    api_token::Entity::belongs_to(api_token_store::Entity)
        .from(api_token::Column::Id)
        .to(api_token_store::Column::TokenId)
        .into()
}
