//! An answer that is not a GraphQL result: the request was refused, or the server failed.
//!
//! It has the shape of a GraphQL error, so that clients need one way of reading errors: `message`,
//! `extensions.code`, `extensions.requestId`.

use std::borrow::Cow;

use async_graphql::{ErrorExtensionValues, ServerError};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{door::Refusal, request_id::RequestId};

/// The content type of faults, and of GraphQL answers to clients that ask for nothing newer.
pub(super) const JSON: &str = "application/json; charset=utf-8";

#[derive(Debug)]
pub(super) struct Fault {
    status: StatusCode,
    code: Cow<'static, str>,
    message: String,
    allow: Option<&'static str>,
    /// Seconds after which the request may come again.
    retry_after: Option<u64>,
    /// What the operation would cost, as `extensions.cost` shows it.
    cost: Option<serde_json::Value>,
}

impl Fault {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            allow: None,
            retry_after: None,
            cost: None,
        }
    }

    /// The caller has asked for too much of late.
    pub(super) fn exhausted(retry_after: u64, cost: serde_json::Value) -> Self {
        let message = format!(
            "this operation costs more than is left of what you may ask for; try again in {retry_after} s, or ask \
             for less: 'extensions.cost' shows how much is left and how fast it is restored"
        );
        Self {
            retry_after: Some(retry_after),
            cost: Some(cost),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "COST_LIMIT_REACHED", message)
        }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    /// The address is right and the method is not; `allow` lists the methods that are.
    pub(super) fn method(allow: &'static str, message: impl Into<String>) -> Self {
        Self {
            allow: Some(allow),
            ..Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
        }
    }

    /// As an error inside a GraphQL answer, for streams whose status line has already been sent.
    pub(super) fn into_error(self) -> ServerError {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", self.code.as_ref());
        if let Some(seconds) = self.retry_after {
            extensions.set("retryAfter", seconds);
        }
        let mut error = ServerError::new(self.message, None);
        error.extensions = Some(extensions);
        error
    }

    pub(super) fn into_response(self, content_type: &'static str, id: &RequestId) -> Response {
        let mut extensions = json!({ "code": self.code, "requestId": id.as_str() });
        if let Some(seconds) = self.retry_after {
            extensions["retryAfter"] = json!(seconds);
        }
        let mut body = json!({ "errors": [{ "message": self.message, "extensions": extensions }] });
        if let Some(cost) = self.cost {
            body["extensions"] = json!({ "cost": cost });
        }
        let mut response = (self.status, [(header::CONTENT_TYPE, content_type)], body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self {
            status: refusal.status,
            code: refusal.code.into(),
            message: refusal.message,
            allow: None,
            retry_after: None,
            cost: None,
        }
    }
}
