use chrono::TimeDelta;
use entity::{Instant, SessionId, UserId, session, user};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, Set};
use secrecy::SecretString;

use super::password;
use crate::app::App;
use crate::secrets::{VaultError, new_token, sha256_hex};

/// What a signed-in user holds. Shown once; only hashes are kept.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The user.
    pub user: UserId,
    /// Sent as `Authorization: Bearer …`.
    pub access: String,
    /// The access token is refused from here on.
    pub access_expires_at: Instant,
    /// Exchanged for new tokens, once.
    pub refresh: String,
    /// The refresh token is refused from here on.
    pub refresh_expires_at: Instant,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Unknown address or wrong password: it is not said which.
    #[error("e-mail address or password is wrong")]
    WrongCredentials,
    /// Too many attempts with this address.
    #[error("too many attempts with this e-mail address; wait a minute")]
    TooManyAttempts,
    /// The refresh token is unknown, used up or too old.
    #[error("the refresh token is not valid; sign in again")]
    InvalidRefreshToken,
    /// The system has no randomness.
    #[error(transparent)]
    Random(#[from] VaultError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Signs a user in.
pub async fn sign_in(app: &App, email: &str, password: SecretString) -> Result<Tokens, SessionError> {
    let email = email.trim().to_lowercase();
    if !app.sign_ins.admit(&email, app.clock.now()) {
        return Err(SessionError::TooManyAttempts);
    }
    let user = user::Entity::find()
        .filter(user::Column::Email.eq(&email).and(user::Column::DisabledAt.is_null()))
        .one(&app.db)
        .await?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let fits = password::verify(password, hash).await;
    let Some(user) = user.filter(|_| fits) else {
        return Err(SessionError::WrongCredentials);
    };
    let (tokens, mut row) = issue(app, user.id)?;
    row.id = Set(app.id());
    row.user_id = Set(user.id);
    row.created_at = Set(app.clock.now());
    row.insert(&app.db).await?;
    Ok(tokens)
}

/// Exchanges a refresh token for new tokens. A refresh token that was used before ends the session:
/// either its holder or a thief has a newer one, and it cannot be told which.
pub async fn refresh(app: &App, refresh_token: &str) -> Result<Tokens, SessionError> {
    let now = app.clock.now();
    let hash = sha256_hex(refresh_token);
    let open = session::Column::EndedAt
        .is_null()
        .and(session::Column::RefreshExpiresAt.gt(now));
    let found = session::Entity::find()
        .filter(session::Column::RefreshHash.eq(&hash).and(open))
        .one(&app.db)
        .await?;
    let Some(found) = found else {
        session::Entity::update_many()
            .col_expr(session::Column::EndedAt, sea_orm::sea_query::Expr::value(now))
            .filter(
                session::Column::PreviousRefreshHash
                    .eq(&hash)
                    .and(session::Column::EndedAt.is_null()),
            )
            .exec(&app.db)
            .await?;
        return Err(SessionError::InvalidRefreshToken);
    };
    let (tokens, mut row) = issue(app, found.user_id)?;
    row.previous_refresh_hash = Set(Some(hash.clone()));
    // Conditional, so that of two exchanges at once one wins.
    let updated = session::Entity::update_many()
        .set(row)
        .filter(
            session::Column::Id
                .eq(found.id)
                .and(session::Column::RefreshHash.eq(&hash)),
        )
        .exec(&app.db)
        .await?;
    if updated.rows_affected == 1 {
        Ok(tokens)
    } else {
        Err(SessionError::InvalidRefreshToken)
    }
}

/// Ends a session.
pub async fn sign_out(app: &App, session: SessionId) -> Result<(), DbErr> {
    session::Entity::update_many()
        .col_expr(
            session::Column::EndedAt,
            sea_orm::sea_query::Expr::value(app.clock.now()),
        )
        .filter(session::Column::Id.eq(session))
        .exec(&app.db)
        .await?;
    Ok(())
}

fn issue(app: &App, user: UserId) -> Result<(Tokens, session::ActiveModel), SessionError> {
    let now = app.clock.now();
    let tokens = Tokens {
        user,
        access: new_token("fas")?,
        access_expires_at: now + TimeDelta::minutes(app.config.access.access_minutes.into()),
        refresh: new_token("far")?,
        refresh_expires_at: now + TimeDelta::days(app.config.access.refresh_days.into()),
    };
    let row = session::ActiveModel {
        access_hash: Set(sha256_hex(&tokens.access)),
        access_expires_at: Set(tokens.access_expires_at),
        refresh_hash: Set(sha256_hex(&tokens.refresh)),
        refresh_expires_at: Set(tokens.refresh_expires_at),
        ..Default::default()
    };
    Ok((tokens, row))
}
