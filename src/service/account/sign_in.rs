use secrecy::SecretString;

use crate::access::{self, SessionError, Tokens};
use crate::app::App;
use crate::db::begin;

/// Signs a user in. `device` is what the user calls the session.
pub async fn sign_in(
    app: &App,
    email: &str,
    password: SecretString,
    device: Option<String>,
) -> Result<Tokens, SessionError> {
    // First, since it takes long: no transaction waits for a password.
    let proven = access::prove(app, email, password).await?;
    let txn = begin(&app.db).await?;
    let tokens = proven.open_session(&txn, app, device).await?;
    txn.commit().await?;
    Ok(tokens)
}
