//! What the composition gives to the HTTP side: who is asking, whether the parts are well, and when
//! to stop.
//!
//! The handlers know nothing of users, tokens or loaders; they call a [`Door`] with the headers and
//! pass what it returns to the resolvers.

use async_graphql::Data;
use async_trait::async_trait;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;

/// The way in: implemented once, by the composition.
#[async_trait]
pub trait Door: Clone + Send + Sync + 'static {
    /// Finds out who is asking and makes what the resolvers of one operation need, such as its
    /// loaders. Called once for each operation, also for each one of a batch or of a WebSocket.
    /// Nobody signed in is no error; credentials that do not hold are a [`Refusal`].
    async fn enter(&self, headers: &HeaderMap, request_id: &str) -> Result<Entry, Refusal>;

    /// Checks what the server needs to answer. Called for `/health/ready`; anyone may read the
    /// details.
    async fn ready(&self) -> Vec<Check>;

    /// Resolves when the server is to stop. Subscriptions would otherwise hold an orderly stop up.
    async fn closing(&self) {
        std::future::pending::<()>().await;
    }
}

/// An operation that was let in.
#[derive(Debug)]
pub struct Entry {
    /// What its resolvers need.
    pub data: Data,
    /// Who is asking.
    pub caller: Caller,
}

/// Who is asking, as far as the HTTP side is concerned: whose cost it is, and which documents they may send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A partner's program, by its token's id.
    Token(String),
    /// A signed-in user, by their id.
    User(String),
    /// Nobody known.
    Stranger,
}

impl Caller {
    /// What is counted for: the token, the user or the stranger's address.
    pub(super) fn name(self, address: &str) -> String {
        match self {
            Self::Token(id) | Self::User(id) => id,
            Self::Stranger => address.to_owned(),
        }
    }
}

/// Why an operation was not let in.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: String,
    pub(super) message: String,
}

impl Refusal {
    /// The credentials do not hold: unknown, expired or revoked. Answered with 401.
    pub fn unauthenticated(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            code: code.into(),
            message: message.into(),
        }
    }

    /// The credentials ask too often. Answered with 429.
    pub fn too_many_requests(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            code: "TOO_MANY_REQUESTS".to_owned(),
            message: message.into(),
        }
    }

    /// It could not be found out who is asking, as when the database does not answer. Answered
    /// with 503.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: "UNAVAILABLE".to_owned(),
            message: message.into(),
        }
    }
}

/// One thing that the server needs, and whether it is there.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What was checked, such as `database`.
    pub name: String,
    /// Whether it is well.
    pub ok: bool,
    /// What was found, in words; no secrets.
    pub detail: String,
}
