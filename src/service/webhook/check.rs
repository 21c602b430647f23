use entity::StoreId;
use entity::event::EventKind;
use sea_orm::{ActiveEnum, DbErr};
use url::Url;

use crate::app::{App, Need};
use crate::domain::settings::Problem;
use crate::secrets::VaultError;
use crate::service::idempotency::KeyError;

/// The most webhooks of a store.
pub const MAX_WEBHOOKS: u64 = 20;
/// Longest address.
const MAX_URL: usize = 1_000;
/// Longest query.
const MAX_PAYLOAD: usize = 10_000;

/// Why a webhook cannot be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// There is no such webhook in the store.
    #[error("there is no such webhook")]
    NotFound,
    /// Values that cannot be used.
    #[error("some values cannot be used")]
    Invalid(Vec<Problem>),
    /// There are too many.
    #[error("a store has at most {MAX_WEBHOOKS} webhooks; delete one first, or let one be told of more types")]
    TooMany,
    /// It was changed since it was read.
    #[error("the webhook was changed since it was read; read it again")]
    Conflict {
        /// The version now.
        current: i64,
    },
    /// The delivery waits.
    #[error("the delivery waits for an earlier one of the same object, and is sent by itself when that one has ended")]
    Waits,
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A secret cannot be sealed or opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

fn problem(field: &'static str, code: &'static str, message: impl Into<String>) -> Problem {
    Problem {
        field,
        code,
        message: message.into(),
    }
}

fn scope_missing(need: &Need) -> Problem {
    let Need { place, permission } = need;
    let message = format!("{place} needs {permission}: add it to the scopes, or leave it out of the query");
    problem("payload", "SCOPE_MISSING", message)
}

/// Whether deliveries may be sent to an address, as far as that shows without sending: https, and not within a
/// private network. What its name leads to is judged with each delivery.
pub(super) fn check_url(app: &App, text: &str) -> Result<String, Problem> {
    let invalid = |message: String| problem("url", "INVALID", message);
    if text.len() > MAX_URL {
        return Err(invalid(format!("an address has at most {MAX_URL} characters")));
    }
    let url: Url = text
        .trim()
        .parse()
        .map_err(|_| invalid("give a whole address, such as https://erp.exemplo.com.br/fidelidade".to_owned()))?;
    if url.scheme() != "https" && !app.config.outbound.allow_private {
        return Err(invalid("the address must begin with https://".to_owned()));
    }
    app.deliveries.check(&url).map_err(|error| invalid(error.to_string()))?;
    Ok(url.to_string())
}

/// The kinds of events that a webhook is told of.
pub(super) fn check_kinds(kinds: &[EventKind]) -> Result<serde_json::Value, Problem> {
    if kinds.is_empty() {
        return Err(problem("eventTypes", "REQUIRED", "name at least one type of events"));
    }
    let names: std::collections::BTreeSet<String> = kinds.iter().map(ActiveEnum::to_value).collect();
    Ok(serde_json::json!(names))
}

/// Whether a query can shape a payload with the scopes given, all of it: a field that they do not permit is told now, not
/// with each delivery.
pub(super) async fn check_payload(
    app: &App,
    store: StoreId,
    scopes: &[String],
    payload: Option<&str>,
) -> Result<(), Vec<Problem>> {
    let Some(text) = payload else { return Ok(()) };
    let invalid = |message: String| vec![problem("payload", "INVALID", message)];
    if text.len() > MAX_PAYLOAD {
        return Err(invalid(format!("a query has at most {MAX_PAYLOAD} characters")));
    }
    let needs = app.shaper.needs(text).into_iter();
    let missing = needs.filter(|need| !scopes.iter().any(|scope| scope == need.permission));
    let missing: Vec<Problem> = missing.map(|need| scope_missing(&need)).collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    let trial = app.shaper.shape(app, store, scopes, text, &store.to_string()).await;
    match trial {
        Ok(shaped) if shaped.errors.is_empty() => Ok(()),
        Ok(shaped) => Err(invalid(shaped.errors.join("; "))),
        Err(error) => Err(invalid(error)),
    }
}
