use entity::{UserId, user};
use sea_orm::{ActiveModelTrait, DbErr, Set, SqlErr};
use secrecy::SecretString;

use super::password::{self, PasswordError};
use crate::app::App;
use crate::domain::email::Email;

/// Why a user cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum CreateUserError {
    /// The e-mail address is none.
    #[error("'{0}' is not an e-mail address")]
    Email(String),
    /// The password cannot be used.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// There is a user with this address.
    #[error("there is already a user with this e-mail address")]
    Taken,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Creates a user.
pub async fn create_user(
    app: &App,
    email: &str,
    name: &str,
    password: SecretString,
) -> Result<UserId, CreateUserError> {
    let email = Email::parse(email).map_err(|_| CreateUserError::Email(email.to_owned()))?;
    let hash = password::hash(password).await?;
    let id: UserId = app.id();
    let user = user::ActiveModel {
        id: Set(id),
        email: Set(email.as_str().to_owned()),
        name: Set(name.trim().to_owned()),
        password_hash: Set(hash),
        created_at: Set(app.clock.now()),
        disabled_at: Set(None),
    };
    match user.insert(&app.db).await {
        Ok(_) => Ok(id),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            Err(CreateUserError::Taken)
        }
        Err(error) => Err(error.into()),
    }
}
