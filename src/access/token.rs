use entity::{ApiTokenId, Instant, StoreId, UserId, api_token};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, Set};

use super::Scope;
use crate::app::App;
use crate::secrets::{VaultError, new_token, sha256_hex};

/// A token that was just made. Its text is shown once.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Its row.
    pub token: api_token::Model,
    /// Its text: `fat_…`.
    pub secret: String,
}

/// Why a token cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateTokenError {
    /// The system has no randomness.
    #[error(transparent)]
    Random(#[from] VaultError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Makes an API token for a store.
pub async fn create_token(
    app: &App,
    store: StoreId,
    by: UserId,
    name: &str,
    scopes: &[Scope],
    expires_at: Option<Instant>,
) -> Result<NewToken, CreateTokenError> {
    let secret = new_token("fat")?;
    let names: Vec<String> = scopes.iter().map(ToString::to_string).collect();
    let row = api_token::ActiveModel {
        id: Set(app.id()),
        store_id: Set(store),
        created_by: Set(by),
        name: Set(name.trim().to_owned()),
        token_hash: Set(sha256_hex(&secret)),
        hint: Set(secret.chars().skip(secret.chars().count() - 4).collect()),
        scopes: Set(serde_json::json!(names)),
        created_at: Set(app.clock.now()),
        expires_at: Set(expires_at),
        revoked_at: Set(None),
        last_used_at: Set(None),
    };
    Ok(NewToken {
        token: row.insert(&app.db).await?,
        secret,
    })
}

/// Revokes a token of a store; false when the store has none with this id.
pub async fn revoke_token(app: &App, store: StoreId, token: ApiTokenId) -> Result<bool, DbErr> {
    let revoked = api_token::Entity::update_many()
        .col_expr(
            api_token::Column::RevokedAt,
            sea_orm::sea_query::Expr::value(app.clock.now()),
        )
        .filter(
            api_token::Column::Id
                .eq(token)
                .and(api_token::Column::StoreId.eq(store))
                .and(api_token::Column::RevokedAt.is_null()),
        )
        .exec(&app.db)
        .await?;
    Ok(revoked.rows_affected == 1)
}
