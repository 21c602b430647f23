//! Passwords: argon2id, off the async threads.

use std::num::NonZero;
use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

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

/// Places for hashes. Each takes 19 MiB and all of a processor: more at once would only take memory, and strangers
/// decide how many are asked for.
static PLACES: LazyLock<Semaphore> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(2, NonZero::get);
    Semaphore::new(processors.max(2))
});

/// Hashes off the async threads, when there is a place. Who goes away while waiting leaves the queue; a hash that was
/// begun cannot be stopped, so it keeps its place to its end, also when nobody waits for it any more.
async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let place = PLACES.acquire().await.ok()?;
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(place);
        done
    });
    done.await.ok()
}

/// Hashes a new password.
pub async fn hash(password: SecretString) -> Result<String, PasswordError> {
    if password.expose_secret().chars().count() < MIN_CHARS {
        return Err(PasswordError::TooShort);
    }
    if password.expose_secret().len() > 1000 {
        return Err(PasswordError::TooLong);
    }
    let hash = in_turn(move || {
        Argon2::default()
            .hash_password(password.expose_secret().as_bytes())
            .map(|hash| hash.to_string())
    });
    hash.await.and_then(Result::ok).ok_or(PasswordError::Hash)
}

/// Whether a password fits a hash. Without a hash the same work is done against a fixed one, so
/// that the answer takes as long whether or not the account exists.
pub async fn verify(password: SecretString, hash: Option<String>) -> bool {
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9i$5TeWJSgDLuVsgLVXHCVnhXXTdLrg0PK5RUFtUcY7Yww";
    let known = hash.is_some();
    let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
    let verified = in_turn(move || {
        let bytes = password.expose_secret().as_bytes();
        bytes.len() <= 1000
            && PasswordHash::new(&hash).is_ok_and(|hash| Argon2::default().verify_password(bytes, &hash).is_ok())
    });
    verified.await.unwrap_or(false) && known
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::{PLACES, hash, in_turn, verify};

    /// A single test, since the places are the process's.
    #[tokio::test]
    async fn hashes_wait_for_a_place_and_keep_it_when_nobody_waits_for_them() {
        const PASSWORD: &str = "uma senha bem comprida";
        let mut others: Vec<_> = std::iter::from_fn(|| PLACES.try_acquire().ok()).collect();
        assert!(others.len() >= 2);
        assert!(waits(hash(PASSWORD.into())).await);
        assert!(waits(verify(PASSWORD.into(), None)).await);

        drop(others.pop());
        assert!(hash(PASSWORD.into()).await.is_ok(), "who went away has left the queue");

        let (release, released) = mpsc::channel::<()>();
        let abandoned = tokio::spawn(in_turn(move || released.recv().is_ok()));
        while PLACES.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        abandoned.abort();
        assert!(abandoned.await.is_err_and(|error| error.is_cancelled()));
        assert!(waits(hash(PASSWORD.into())).await);
        assert!(release.send(()).is_ok());
        assert!(hash(PASSWORD.into()).await.is_ok());
    }

    async fn waits<T>(work: impl Future<Output = T>) -> bool {
        tokio::time::timeout(Duration::from_millis(300), work).await.is_err()
    }
}
