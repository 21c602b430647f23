use entity::{SessionId, UserId, session, user};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};
use secrecy::SecretString;

use crate::access::admit_sign_in;
use crate::access::password::{self, PasswordError};
use crate::app::App;
use crate::db::begin;

/// Why a password is not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The present password is another one.
    #[error("the present password is wrong")]
    Wrong,
    /// Too many attempts by this user.
    #[error("too many attempts; wait a minute")]
    TooManyAttempts,
    /// The new password cannot be used.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Changes the password of a signed-in user, who has to know the present one, and ends the user's other
/// sessions: whoever else knew the old password is out.
pub async fn change_password(
    app: &App,
    user: UserId,
    session: SessionId,
    present: SecretString,
    new: SecretString,
) -> Result<(), ChangePasswordError> {
    if !admit_sign_in(app, &user.to_string()).await? {
        return Err(ChangePasswordError::TooManyAttempts);
    }
    let known = user::Entity::find_by_id(user).one(&app.db).await?;
    let known = known.map(|row| row.password_hash);
    if !password::verify(present, known.clone()).await {
        return Err(ChangePasswordError::Wrong);
    }
    let hash = password::hash(new).await?;
    let txn = begin(&app.db).await?;
    // Conditional, so that a change on the strength of an old password does not undo a newer one.
    let changed = user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(hash))
        .filter(user::Column::Id.eq(user).and(user::Column::PasswordHash.eq(known)))
        .exec(&txn)
        .await?;
    if changed.rows_affected == 0 {
        return Err(ChangePasswordError::Wrong);
    }
    end_sessions(&txn, app, user, Some(session)).await?;
    txn.commit().await?;
    Ok(())
}

/// Ends a user's sessions, but for one that stays.
pub(super) async fn end_sessions(
    db: &impl ConnectionTrait,
    app: &App,
    user: UserId,
    but: Option<SessionId>,
) -> Result<(), DbErr> {
    let mut which = session::Column::UserId.eq(user).and(session::Column::EndedAt.is_null());
    if let Some(but) = but {
        which = which.and(session::Column::Id.ne(but));
    }
    session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(app.clock.now()))
        .filter(which)
        .exec(db)
        .await?;
    Ok(())
}
