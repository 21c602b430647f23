//! A request that was let in: who asks, what was sent, and under which key.

use std::time::Instant;

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use entity::{IntegrationId, StoreId};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;

use super::Till;
use super::problem::{FieldError, Problem};
use crate::access::{Denied, Permission, Requester, authenticate};
use crate::app::{App, Author};
use crate::http::RequestId;
use crate::service::idempotency::Key;
use crate::service::order;

/// What a sale costs of what a caller may ask for in all, and any request at least.
const COST: u64 = 10;

/// A request that was let in.
pub(super) struct Visit {
    /// The app, in the caller's name.
    pub(super) app: App,
    pub(super) requester: Requester,
    pub(super) request_id: String,
    /// What was sent: an object.
    pub(super) body: Map<String, Value>,
    headers: HeaderMap,
}

impl Visit {
    /// Finds out who asks, and reads what was sent.
    pub(super) async fn of(till: &Till, request: Request, id: &RequestId) -> Result<Self, Problem> {
        let headers = request.headers().clone();
        let mut visit = Self::let_in(till, &headers, id).await?;
        insist_on_json(&headers)?;
        let bytes = Bytes::from_request(request, &()).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                let most = till.app.config.http.settings.max_body_bytes;
                let detail = format!("the body is longer than {most} bytes; send fewer sales at once");
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", detail)
            } else {
                Problem::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", "the body could not be read")
            }
        })?;
        visit.body = serde_json::from_slice(&bytes).map_err(|error| {
            // What the parser says may hold what was sent; where it stands is enough.
            let detail = format!(
                "the body is not a JSON object, at its line {}, column {}",
                error.line(),
                error.column()
            );
            Problem::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", detail)
        })?;
        Ok(visit)
    }

    /// Finds out who asks, and reads what stands behind the address's question mark, for what holds nothing of anybody.
    pub(super) async fn by_address(till: &Till, request: Request, id: &RequestId) -> Result<Self, Problem> {
        let (parts, _) = request.into_parts();
        let mut visit = Self::let_in(till, &parts.headers, id).await?;
        let asked = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        for (name, value) in asked {
            if visit.body.insert(name.into_owned(), value.into()).is_some() {
                let detail = "a parameter of the address is there twice";
                return Err(Problem::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", detail));
            }
        }
        Ok(visit)
    }

    /// Finds out who asks.
    async fn let_in(till: &Till, headers: &HeaderMap, id: &RequestId) -> Result<Self, Problem> {
        let header = headers
            .get(AUTHORIZATION)
            .map(|value| value.to_str().unwrap_or_default());
        let requester = authenticate(&till.app, header).await?;
        if matches!(requester, Requester::Anonymous) {
            return Err(Denied::Unauthenticated.into());
        }
        Ok(Self {
            app: till.app.on_behalf_of(Author {
                actor: requester.actor(),
                request_id: Some(id.as_str().to_owned()),
            }),
            requester,
            request_id: id.as_str().to_owned(),
            body: Map::new(),
            headers: headers.clone(),
        })
    }

    /// Takes what the request costs from the bucket that the caller has for the API too.
    pub(super) fn charge(&self, till: &Till, sales: usize) -> Result<(), Problem> {
        let Some(budget) = &till.budget else { return Ok(()) };
        let cost = COST.saturating_mul(u64::try_from(sales).unwrap_or(u64::MAX)).max(COST);
        match budget.charge(&self.requester.actor(), cost, Instant::now()) {
            Ok(_) => Ok(()),
            Err(exhausted) => Err(Problem::exhausted(exhausted.retry_after)),
        }
    }

    /// The source that was named, and its store, in which the caller may do what is needed.
    pub(super) async fn source(&self, permission: Permission) -> Result<(StoreId, IntegrationId), Problem> {
        let Some(Value::String(source)) = self.body.get("source") else {
            let detail = "it is missing: send the id of your integration of the platform SALES_API, integration_…";
            return Err(Problem::field("source", detail));
        };
        let nothing = || Problem::not_found("source");
        let id: IntegrationId = source.parse().map_err(|_| nothing())?;
        let store = order::store_of_source(&self.app, id)
            .await
            .map_err(|error| Problem::fault(&error))?;
        let store = store.ok_or_else(nothing)?;
        self.requester.demand(store, permission)?;
        Ok((store, id))
    }

    /// The key that the request came with, for this operation on what the path names and with this body.
    pub(super) fn key(&self, operation: &'static str, path: &str) -> Result<Key, Problem> {
        let key = self
            .headers
            .get("idempotency-key")
            .and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
        let key = key.ok_or_else(|| {
            let detail = "send the header Idempotency-Key: a new UUID for each intent, and the same again when an answer \
                          is lost";
            Problem::new(StatusCode::BAD_REQUEST, "INVALID", detail)
        })?;
        // By the draft it is a text in quotes; many send it as it is.
        let key = key.trim();
        let bare = key.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
        let key = bare.unwrap_or(key).to_owned();
        let same = (path, &self.body);
        Ok(Key::new(self.requester.actor(), key, operation, &same)?)
    }

    /// What was sent beside the source, in its form.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let mut body = self.body.clone();
        body.remove("source");
        read(Value::Object(body)).map_err(|(path, detail)| Problem::fields(vec![FieldError::new(path, detail)]))
    }
}

/// A value in its form, or the first field that is not, and why.
pub(super) fn read<T: DeserializeOwned>(value: Value) -> Result<T, (Vec<String>, String)> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let part = |segment: &Segment| match segment {
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { .. } | Segment::Unknown => None,
        };
        let path = error.path().iter().filter_map(part).collect();
        (path, error.inner().to_string())
    })
}

/// Refuses every body that is not said to be JSON: a form of a foreign page could send other types unasked.
fn insist_on_json(headers: &HeaderMap) -> Result<(), Problem> {
    let told = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = told.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "UNSUPPORTED_MEDIA_TYPE",
        "send the body as 'content-type: application/json' in UTF-8",
    ))
}
