use chrono::TimeDelta;
use entity::letter::LetterKind;
use entity::{PasswordResetId, password_reset, user};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter};
use secrecy::SecretString;

use super::password::end_sessions;
use crate::access::limit::admit;
use crate::access::password::{self, PasswordError};
use crate::app::App;
use crate::db::begin;
use crate::queue::Whose;
use crate::secrets::sha256_hex;
use crate::service::email;

/// Why a reset cannot be asked for.
#[derive(Debug, thiserror::Error)]
pub enum RequestResetError {
    /// Too many for this address.
    #[error("too many requests for this e-mail address; wait an hour")]
    TooManyAttempts,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Why a password is not reset.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// The code is unknown, was used, or is too old.
    #[error("the code is not valid, was used or is too old; ask for another")]
    Code,
    /// The new password cannot be used.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// The code by which a password is reset; the e-mail tells it, and the database has its hash.
pub fn reset_code(app: &App, id: PasswordResetId) -> String {
    app.vault.code_of("fpr", &id.to_string())
}

/// Asks for another password. The same is written whether or not there is such a user; the job that sends the
/// e-mail finds out.
pub async fn request_reset(app: &App, email: &str) -> Result<(), RequestResetError> {
    let email = email.trim().to_lowercase();
    let most = app.config.access.resets_per_hour;
    if !admit(app, "reset", &email, most, TimeDelta::hours(1)).await? {
        return Err(RequestResetError::TooManyAttempts);
    }
    let (id, now) = (app.id(), app.clock.now());
    let row = password_reset::Model {
        id,
        email,
        token_hash: sha256_hex(reset_code(app, id)),
        created_at: now,
        expires_at: now + TimeDelta::minutes(app.config.access.reset_minutes.into()),
        used_at: None,
    };
    let txn = begin(&app.db).await?;
    row.into_active_model().insert(&txn).await?;
    email::letter(&txn, app, Whose::Nobody, (LetterKind::PasswordReset, id.0)).await?;
    txn.commit().await?;
    Ok(())
}

/// Sets another password by the code from the e-mail, once, and ends all sessions.
pub async fn reset_password(app: &App, code: &str, new: SecretString) -> Result<(), ResetError> {
    let now = app.clock.now();
    let open = password_reset::Column::UsedAt
        .is_null()
        .and(password_reset::Column::ExpiresAt.gt(now));
    let found = password_reset::Entity::find()
        .filter(password_reset::Column::TokenHash.eq(sha256_hex(code)).and(open.clone()))
        .one(&app.db)
        .await?
        .ok_or(ResetError::Code)?;
    let hash = password::hash(new).await?;
    let txn = begin(&app.db).await?;
    // All that were asked for with this address: an older e-mail must not undo this.
    let spent = password_reset::Entity::update_many()
        .col_expr(password_reset::Column::UsedAt, Expr::value(now))
        .filter(password_reset::Column::Email.eq(&found.email).and(open))
        .exec(&txn)
        .await?;
    let user = user::Entity::find()
        .filter(
            user::Column::Email
                .eq(&found.email)
                .and(user::Column::DisabledAt.is_null()),
        )
        .one(&txn)
        .await?
        .filter(|_| spent.rows_affected > 0)
        .ok_or(ResetError::Code)?;
    user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(hash))
        .filter(user::Column::Id.eq(user.id))
        .exec(&txn)
        .await?;
    end_sessions(&txn, app, user.id, None).await?;
    txn.commit().await?;
    Ok(())
}
