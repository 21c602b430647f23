//! Sessions of signed-in users, and the exchange of their refresh tokens.
//!
//! A refresh token is used once. For a moment its use may be repeated and gives the same tokens again, since
//! an answer can be lost on its way; any other use of a used token ends the session.

use chrono::TimeDelta;
use entity::{Instant, SessionId, UserId, session, used_refresh_token, user};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    QuerySelect, Select, Set,
};
use secrecy::SecretString;

use super::{limit, password};
use crate::app::App;
use crate::secrets::{VaultError, new_salt, new_token, sha256_hex, successor_token};

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

/// What an access token begins with.
const ACCESS: &str = "fas";
/// What a refresh token begins with.
const REFRESH: &str = "far";

/// A user whose password was shown, and who has no session yet.
pub struct Proven {
    user: UserId,
    /// What the password was compared with.
    password_hash: String,
}

/// Looks whether a password is the user's. The session is made by `Proven::open_session`.
pub async fn prove(app: &App, email: &str, password: SecretString) -> Result<Proven, SessionError> {
    let email = email.trim().to_lowercase();
    if !admit_sign_in(app, &email).await? {
        return Err(SessionError::TooManyAttempts);
    }
    let user = user::Entity::find()
        .filter(user::Column::Email.eq(&email).and(user::Column::DisabledAt.is_null()))
        .one(&app.db)
        .await?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let fits = password::verify(password, hash).await;
    let user = user.filter(|_| fits).ok_or(SessionError::WrongCredentials)?;
    Ok(Proven {
        user: user.id,
        password_hash: user.password_hash,
    })
}

impl Proven {
    /// Makes the session, unless the user has got another password or was disabled meanwhile: whoever knew only the
    /// old one must not stay. `device` is what the user calls the session.
    pub async fn open_session(
        self,
        txn: &DatabaseTransaction,
        app: &App,
        device: Option<String>,
    ) -> Result<Tokens, SessionError> {
        let still = user::Column::PasswordHash
            .eq(&self.password_hash)
            .and(user::Column::DisabledAt.is_null());
        // Held: another password comes before this and is seen, or after it and ends this session with the others.
        user::Entity::find_by_id(self.user)
            .filter(still)
            .lock_shared()
            .one(txn)
            .await?
            .ok_or(SessionError::WrongCredentials)?;
        let tokens = Tokens {
            user: self.user,
            access: new_token(ACCESS)?,
            access_expires_at: access_end(app),
            refresh: new_token(REFRESH)?,
            refresh_expires_at: refresh_end(app),
        };
        let row = session::Model {
            id: app.id(),
            user_id: self.user,
            access_hash: sha256_hex(&tokens.access),
            access_expires_at: tokens.access_expires_at,
            refresh_hash: sha256_hex(&tokens.refresh),
            refresh_expires_at: tokens.refresh_expires_at,
            previous_refresh_hash: None,
            created_at: app.clock.now(),
            ended_at: None,
            refreshed_at: None,
            successor_salt: None,
            device: device.and_then(|name| short(&name)),
        };
        row.into_active_model().insert(txn).await?;
        Ok(tokens)
    }
}

/// Counts an attempt to prove who somebody is by a password; false when there were too many.
pub async fn admit_sign_in(app: &App, whom: &str) -> Result<bool, DbErr> {
    let most = app.config.access.sign_ins_per_minute;
    limit::admit(app, "sign in", whom, most, TimeDelta::minutes(1)).await
}

/// Exchanges a refresh token for new tokens. One that was exchanged before ends the session, since its holder
/// and a thief cannot be told apart; only right after the exchange, and while the successor is unused, the
/// same successor is given again.
pub async fn refresh(app: &App, refresh_token: &str) -> Result<Tokens, SessionError> {
    let hash = sha256_hex(refresh_token);
    let current = open(app).filter(session::Column::RefreshHash.eq(&hash));
    if let Some(found) = current.one(&app.db).await?
        && let Some(tokens) = exchange(app, &found, refresh_token, &hash).await?
    {
        return Ok(tokens);
    }
    let Some(used) = used_refresh_token::Entity::find_by_id(hash.clone())
        .one(&app.db)
        .await?
    else {
        return Err(SessionError::InvalidRefreshToken);
    };
    let found = open(app)
        .filter(session::Column::Id.eq(used.session_id))
        .one(&app.db)
        .await?
        .ok_or(SessionError::InvalidRefreshToken)?;
    if let Some(tokens) = again(app, &found, refresh_token, &hash) {
        return Ok(tokens);
    }
    tracing::warn!(session = %found.id, "a refresh token was used a second time: the session ends");
    sign_out(app, found.id).await?;
    Err(SessionError::InvalidRefreshToken)
}

/// Exchanges the current token of a session; none when another exchange of it came first.
async fn exchange(app: &App, found: &session::Model, token: &str, hash: &str) -> Result<Option<Tokens>, SessionError> {
    let salt = new_salt()?;
    let tokens = successors(found.user_id, token, &salt, (access_end(app), refresh_end(app)));
    // First: a process that stops in between leaves the token current, and it can be exchanged again.
    let used = used_refresh_token::Model {
        token_hash: hash.to_owned(),
        session_id: found.id,
    };
    let once = OnConflict::column(used_refresh_token::Column::TokenHash)
        .do_nothing()
        .to_owned();
    used_refresh_token::Entity::insert(used.into_active_model())
        .on_conflict(once)
        .exec_without_returning(&app.db)
        .await?;
    let row = session::ActiveModel {
        access_hash: Set(sha256_hex(&tokens.access)),
        access_expires_at: Set(tokens.access_expires_at),
        refresh_hash: Set(sha256_hex(&tokens.refresh)),
        refresh_expires_at: Set(tokens.refresh_expires_at),
        previous_refresh_hash: Set(Some(hash.to_owned())),
        refreshed_at: Set(Some(app.clock.now())),
        successor_salt: Set(Some(salt)),
        ..Default::default()
    };
    // Conditional, so that of two exchanges at once one wins, and a session that was ended stays so.
    let still = session::Column::RefreshHash
        .eq(hash)
        .and(session::Column::EndedAt.is_null());
    let updated = session::Entity::update_many()
        .set(row)
        .filter(session::Column::Id.eq(found.id).and(still))
        .exec(&app.db)
        .await?;
    Ok((updated.rows_affected == 1).then_some(tokens))
}

/// The tokens that an exchange gave, once more, if it was the last one and a moment ago.
fn again(app: &App, found: &session::Model, token: &str, hash: &str) -> Option<Tokens> {
    let grace = TimeDelta::seconds(app.config.access.refresh_grace_seconds.into());
    let is_fresh = found.refreshed_at.is_some_and(|at| app.clock.now() < at + grace);
    if !is_fresh || found.previous_refresh_hash.as_deref() != Some(hash) {
        return None;
    }
    let ends = (found.access_expires_at, found.refresh_expires_at);
    Some(successors(found.user_id, token, found.successor_salt.as_deref()?, ends))
}

fn successors(user: UserId, before: &str, salt: &str, (access_end, refresh_end): (Instant, Instant)) -> Tokens {
    Tokens {
        user,
        access: successor_token(ACCESS, before, salt),
        access_expires_at: access_end,
        refresh: successor_token(REFRESH, before, salt),
        refresh_expires_at: refresh_end,
    }
}

/// Ends a session.
pub async fn sign_out(app: &App, session: SessionId) -> Result<(), DbErr> {
    end(app, session::Column::Id.eq(session)).await.map(drop)
}

/// Ends a session of a user; false when the user has none with this id that is open.
pub async fn end_session(app: &App, user: UserId, session: SessionId) -> Result<bool, DbErr> {
    let own = session::Column::Id.eq(session).and(session::Column::UserId.eq(user));
    end(app, own).await
}

async fn end(app: &App, which: Expr) -> Result<bool, DbErr> {
    let ended = session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(app.clock.now()))
        .filter(which.and(session::Column::EndedAt.is_null()))
        .exec(&app.db)
        .await?;
    Ok(ended.rows_affected > 0)
}

/// Sessions whose refresh token can still be used.
fn open(app: &App) -> Select<session::Entity> {
    session::Entity::open(app.clock.now())
}

fn access_end(app: &App) -> Instant {
    app.clock.now() + TimeDelta::minutes(app.config.access.access_minutes.into())
}

fn refresh_end(app: &App) -> Instant {
    app.clock.now() + TimeDelta::days(app.config.access.refresh_days.into())
}

/// A name that fits a list; none when there is nothing in it.
fn short(name: &str) -> Option<String> {
    let name: String = name.trim().chars().take(100).collect();
    (!name.is_empty()).then_some(name)
}
