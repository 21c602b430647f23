//! The one outbound HTTP client: guarded addresses, limits of size, time and redirects, pacing and
//! retries.
//!
//! It knows HTTP and nothing of any platform's bodies. Adapters speak through [`Api`], a session
//! with one account; readers of addresses that a merchant typed (feeds, site checks, webhooks out)
//! use [`Client`] itself. No other code of the program opens an outbound HTTP connection.

mod answer;
mod api;
mod auth;
mod blocking;
mod client;
mod download;
mod error;
mod guard;
mod oauth1;
mod pacer;
mod piece;
mod retry;
#[cfg(test)]
mod tests;
mod token;
mod turn;

use std::time::Duration;

pub use answer::{Answer, encode_segment, snippet};
pub use api::{Api, FORM, Trouble};
pub use auth::{Auth, Held};
pub use client::{Client, StreamLimits, StreamedBody};
pub use download::{Download, DownloadError, Downloaded, Validators};
pub use error::{ClientError, FetchError};
pub use guard::{Blocked, is_public};
pub use oauth1::OAuth1;
pub use pacer::{AccountKey, Limits, LocalPacer, Pacer, PacerError, Permit, Together};
pub use retry::RetryPolicy;
pub use token::exchange_token;

/// How the client behaves towards every address.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// The longest that a whole exchange may take, body included. For streamed bodies, the longest
    /// silence between two pieces.
    pub timeout: Duration,
    /// The longest that opening a connection may take.
    pub connect_timeout: Duration,
    /// Lets requests reach private networks and any port: for tests and local sandboxes only.
    pub allow_private: bool,
    /// The largest body that is read into memory, after decompression.
    pub max_body_bytes: usize,
    /// How many redirects of a GET are followed.
    pub max_redirects: usize,
    /// How failed calls to a platform are tried again.
    pub retry: RetryPolicy,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            allow_private: false,
            max_body_bytes: 16 * 1024 * 1024,
            max_redirects: 3,
            retry: RetryPolicy::default(),
        }
    }
}
