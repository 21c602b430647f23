//! What can go wrong with an exchange, before anyone knows what it was for.
//!
//! [`FetchError`] keeps apart what the two translations need: a read that failed changed nothing, a
//! write whose answer was lost may have.

use std::time::Duration;

use reqwest::StatusCode;

use super::{
    guard::{Blocked, LookupError},
    pacer::PacerError,
};
use crate::platform::PlatformError;

/// The client could not be built: the TLS set-up of this machine is unusable.
#[derive(Debug, thiserror::Error)]
#[error("the http client cannot be built; check the system's certificate store")]
pub struct ClientError(#[from] reqwest::Error);

/// A failed exchange. Messages hold hosts and shortened, masked answers; never credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address may not be fetched. Nothing was sent.
    #[error(transparent)]
    Blocked(#[from] Blocked),
    /// The host's name does not exist. Nothing was sent.
    #[error("no such host: {host}")]
    NameNotFound {
        /// The host.
        host: String,
    },
    /// No connection could be opened. Nothing was sent.
    #[error("no connection to {host}")]
    Connect {
        /// The host.
        host: String,
    },
    /// The credential cannot be put into a header. Nothing was sent.
    #[error("the credential holds characters that cannot be sent")]
    Credential,
    /// There is no token to show. Nothing was sent.
    #[error(transparent)]
    NoToken(Box<PlatformError>),
    /// The turn with the account did not come. Nothing was sent.
    #[error(transparent)]
    Turn(#[from] PacerError),
    /// The exchange took too long.
    #[error("no answer from {host} in time")]
    Timeout {
        /// The host.
        host: String,
    },
    /// The connection was cut before the answer was complete.
    #[error("the connection to {host} was cut")]
    Cut {
        /// The host.
        host: String,
    },
    /// The answer is larger than allowed.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// More redirects than allowed.
    #[error("more than {limit} redirects")]
    TooManyRedirects {
        /// The limit.
        limit: usize,
    },
    /// A redirect that is not followed: of a write, to another host with credentials, or unreadable.
    #[error("answered {status} with a redirect that is not followed")]
    Redirected {
        /// The status.
        status: StatusCode,
    },
    /// A server error, after all tries.
    #[error("answered {status}: {detail}")]
    Server {
        /// The status.
        status: StatusCode,
        /// The body, shortened and masked.
        detail: String,
    },
    /// The account's limit was met, after all tries.
    #[error("answered 429: too many requests")]
    RateLimited {
        /// How long the other side asks to wait.
        retry_after: Option<Duration>,
    },
}

impl FetchError {
    /// Whether nothing reached the other side, so that even a write may be sent again.
    pub fn nothing_sent(&self) -> bool {
        matches!(
            self,
            Self::Blocked(_)
                | Self::NameNotFound { .. }
                | Self::Connect { .. }
                | Self::Credential
                | Self::NoToken(_)
                | Self::Turn(_)
        )
    }

    /// Whether a read may succeed when it is tried again now.
    pub(super) fn is_worth_another_try(&self) -> bool {
        matches!(
            self,
            Self::Connect { .. }
                | Self::Timeout { .. }
                | Self::Cut { .. }
                | Self::Server { .. }
                | Self::RateLimited { .. }
        )
    }

    /// What this means for a read: nothing was changed.
    pub fn of_read(self) -> PlatformError {
        match self {
            Self::RateLimited { retry_after } => PlatformError::RateLimited { retry_after },
            Self::Turn(PacerError::TooLong) => PlatformError::RateLimited { retry_after: None },
            Self::NoToken(error) => *error,
            Self::Credential => PlatformError::Unauthorized {
                detail: self.to_string(),
            },
            Self::TooLarge { .. } | Self::TooManyRedirects { .. } | Self::Redirected { .. } => {
                PlatformError::Malformed {
                    detail: self.to_string(),
                }
            }
            other => PlatformError::Unreachable {
                detail: other.to_string(),
            },
        }
    }

    /// What this means for a write: whatever may have reached the platform is unknown.
    pub fn of_write(self) -> PlatformError {
        match self {
            Self::Timeout { .. } | Self::Cut { .. } | Self::TooLarge { .. } | Self::Server { .. } => {
                PlatformError::Unknown {
                    detail: self.to_string(),
                }
            }
            other => other.of_read(),
        }
    }

    /// Sorts what reqwest reports.
    pub(super) fn from_reqwest(error: &reqwest::Error, host: &str) -> Self {
        let host = host.to_owned();
        match find_lookup_error(error) {
            Some(LookupError::Blocked(blocked)) => Self::Blocked(blocked.clone()),
            Some(LookupError::NotFound) => Self::NameNotFound { host },
            Some(LookupError::Unavailable) => Self::Connect { host },
            None if error.is_connect() => Self::Connect { host },
            None if error.is_timeout() => Self::Timeout { host },
            None => Self::Cut { host },
        }
    }
}

fn find_lookup_error(error: &reqwest::Error) -> Option<&LookupError> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<LookupError>() {
            return Some(found);
        }
        next = current.source();
    }
    None
}
