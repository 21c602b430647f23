//! Passwords: argon2id, off the async threads.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};

/// Shortest password accepted, in characters (NIST SP 800-63B asks for length, not for composition).
pub const MIN_CHARS: usize = 10;

/// A password that cannot be used, or a hash that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too short.
    #[error("the password needs at least {MIN_CHARS} characters")]
    TooShort,
    /// Too long to be typed by a person; long inputs only cost time.
    #[error("the password may have at most 1000 bytes")]
    TooLong,
    /// The hash could not be computed.
    #[error("the password could not be hashed")]
    Hash,
}

/// Hashes a new password.
pub async fn hash(password: SecretString) -> Result<String, PasswordError> {
    if password.expose_secret().chars().count() < MIN_CHARS {
        return Err(PasswordError::TooShort);
    }
    if password.expose_secret().len() > 1000 {
        return Err(PasswordError::TooLong);
    }
    let hash = tokio::task::spawn_blocking(move || {
        Argon2::default()
            .hash_password(password.expose_secret().as_bytes())
            .map(|hash| hash.to_string())
    });
    hash.await.ok().and_then(Result::ok).ok_or(PasswordError::Hash)
}

/// Whether a password fits a hash. Without a hash the same work is done against a fixed one, so
/// that the answer takes as long whether or not the account exists.
pub async fn verify(password: SecretString, hash: Option<String>) -> bool {
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9i$5TeWJSgDLuVsgLVXHCVnhXXTdLrg0PK5RUFtUcY7Yww";
    let known = hash.is_some();
    let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
    let verified = tokio::task::spawn_blocking(move || {
        let bytes = password.expose_secret().as_bytes();
        bytes.len() <= 1000
            && PasswordHash::new(&hash).is_ok_and(|hash| Argon2::default().verify_password(bytes, &hash).is_ok())
    });
    verified.await.unwrap_or(false) && known
}
