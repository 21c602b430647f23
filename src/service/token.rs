//! API tokens of partners: made, replaced, revoked. What one opens, and how it is recognised, is `access`'s.

use chrono::TimeDelta;
use entity::{ApiTokenId, Instant, StoreId, UserId, api_token, api_token_store};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
};
use serde_json::json;

use super::audit::{self, Changes};
use super::idempotency::{self, Claim, Key, KeyError};
use super::rows;
use crate::access::Scope;
use crate::app::App;
use crate::db::begin;
use crate::secrets::{VaultError, new_token, sha256_hex};

/// A token to be made.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// The stores that it opens; at least one.
    pub stores: Vec<StoreId>,
    /// Who makes it.
    pub by: UserId,
    /// What to call it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Refused from here on.
    pub expires_at: Option<Instant>,
}

/// A token that was just made or replaced. Its text is shown once.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Its row.
    pub token: api_token::Model,
    /// Its text: `fat_…`; none if the same request made the token before.
    pub secret: Option<String>,
}

/// Why a token cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It opens no store.
    #[error("a token opens at least one store")]
    NoStore,
    /// It was revoked, or replaced at this moment.
    #[error("the token was revoked or replaced meanwhile")]
    Gone,
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The system has no randomness.
    #[error(transparent)]
    Random(#[from] VaultError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Makes an API token. The same request again, by its key, gives the token without its text, which nobody keeps.
pub async fn create(app: &App, request: TokenRequest, key: Option<Key>) -> Result<NewToken, TokenError> {
    let first = *request.stores.first().ok_or(TokenError::NoStore)?;
    let secret = new_token("fat")?;
    let names: Vec<String> = request.scopes.iter().map(ToString::to_string).collect();
    let token = api_token::Model {
        id: app.id(),
        store_id: first,
        created_by: request.by,
        name: request.name.trim().to_owned(),
        token_hash: sha256_hex(&secret),
        hint: hint(&secret),
        scopes: json!(names),
        created_at: app.clock.now(),
        expires_at: request.expires_at,
        revoked_at: None,
        last_used_at: None,
        previous_hash: None,
        previous_until: None,
    };
    let txn = begin(&app.db).await?;
    if let Some(key) = key
        && let Claim::Done(id) = idempotency::claim(&txn, app, &key, token.id.0).await?
    {
        let made = api_token::Entity::find_by_id(ApiTokenId(id)).one(&txn).await?;
        let token = made.ok_or_else(|| DbErr::RecordNotFound(id.to_string()))?;
        return Ok(NewToken { token, secret: None });
    }
    token.clone().into_active_model().insert(&txn).await?;
    let stores = request.stores.iter().map(|store| {
        api_token_store::Model {
            token_id: token.id,
            store_id: *store,
        }
        .into_active_model()
    });
    rows::insert(&txn, stores.collect(), None).await?;
    let told = [api_token::Column::Scopes, api_token::Column::ExpiresAt];
    for store in request.stores {
        let changes = Changes::between(None, &token, &told);
        audit::record(&txn, app, store, ("token.create", token.id), changes).await?;
    }
    txn.commit().await?;
    Ok(NewToken {
        token,
        secret: Some(secret),
    })
}

/// Gives a token another text. The one before works for so long beside it, so that programs can be changed over.
pub async fn rotate(app: &App, token: &api_token::Model, overlap: TimeDelta) -> Result<NewToken, TokenError> {
    let secret = new_token("fat")?;
    let until = app.clock.now() + overlap;
    let txn = begin(&app.db).await?;
    // Conditional: of two at once one wins, and what was revoked stays so.
    let still = api_token::Column::TokenHash
        .eq(&token.token_hash)
        .and(api_token::Column::RevokedAt.is_null());
    let rotated = api_token::Entity::update_many()
        .col_expr(api_token::Column::TokenHash, Expr::value(sha256_hex(&secret)))
        .col_expr(api_token::Column::Hint, Expr::value(hint(&secret)))
        .col_expr(api_token::Column::PreviousHash, Expr::value(&token.token_hash))
        .col_expr(api_token::Column::PreviousUntil, Expr::value(until))
        .filter(api_token::Column::Id.eq(token.id).and(still))
        .exec(&txn)
        .await?;
    if rotated.rows_affected == 0 {
        return Err(TokenError::Gone);
    }
    tell(&txn, app, "token.rotate", token.id).await?;
    txn.commit().await?;
    let token = api_token::Model {
        token_hash: sha256_hex(&secret),
        hint: hint(&secret),
        previous_hash: Some(token.token_hash.clone()),
        previous_until: Some(until),
        ..token.clone()
    };
    Ok(NewToken {
        token,
        secret: Some(secret),
    })
}

/// Revokes a token for good; false when it was revoked before.
pub async fn revoke(app: &App, token: ApiTokenId) -> Result<bool, DbErr> {
    let txn = begin(&app.db).await?;
    let revoked = api_token::Entity::update_many()
        .col_expr(api_token::Column::RevokedAt, Expr::value(app.clock.now()))
        .filter(
            api_token::Column::Id
                .eq(token)
                .and(api_token::Column::RevokedAt.is_null()),
        )
        .exec(&txn)
        .await?;
    if revoked.rows_affected == 1 {
        tell(&txn, app, "token.revoke", token).await?;
    }
    txn.commit().await?;
    Ok(revoked.rows_affected == 1)
}

/// The stores that a token opens.
pub async fn stores(db: &impl ConnectionTrait, token: ApiTokenId) -> Result<Vec<StoreId>, DbErr> {
    let rows = api_token_store::Entity::find()
        .filter(api_token_store::Column::TokenId.eq(token))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.store_id).collect())
}

/// Writes into the log of each of its stores what was done with a token; there are few.
async fn tell(db: &impl ConnectionTrait, app: &App, action: &str, token: ApiTokenId) -> Result<(), DbErr> {
    for store in stores(db, token).await? {
        audit::record(db, app, store, (action, token), Changes::none()).await?;
    }
    Ok(())
}

/// A text's last four characters.
fn hint(secret: &str) -> String {
    secret.chars().skip(secret.chars().count().saturating_sub(4)).collect()
}
