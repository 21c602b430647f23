//! What the platform's refusals mean, and how its bodies are parsed. Knows no resource.

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::platform::http::{Answer, snippet};
use crate::platform::record::Record;
use crate::platform::{PlatformError, RefusalReason};

/// Lets success through and turns everything else into its error.
pub(super) fn accept(resource: &str, answer: Answer) -> Result<Answer, PlatformError> {
    let status = answer.status;
    if status.is_success() {
        return Ok(answer);
    }
    let body = answer.body.trim();
    let detail = if body.is_empty() || body.starts_with('<') {
        format!("status {}", status.as_u16())
    } else {
        snippet(body)
    };
    let resource = resource.to_owned();
    Err(match status {
        StatusCode::UNAUTHORIZED => PlatformError::Unauthorized { detail },
        StatusCode::FORBIDDEN => PlatformError::Forbidden { resource, detail },
        StatusCode::NOT_FOUND | StatusCode::GONE => PlatformError::NotFound { what: resource },
        _ => PlatformError::Refused {
            reason: RefusalReason::Other,
            detail,
        },
    })
}

/// Parses a successful body, with its envelope or without. The error tells the place, never the contents.
pub(super) fn parse<'a, T: Deserialize<'a>>(resource: &str, body: &'a str) -> Result<T, PlatformError> {
    let read = serde_json::from_str::<&RawValue>(body).and_then(|raw| {
        // An order has a date of that name too.
        let is_payload = |inner: &&RawValue| inner.get().starts_with(['{', '[']);
        let inner = Record::parse(raw)
            .ok()
            .and_then(|record| record.get("data").filter(is_payload));
        serde_json::from_str(inner.unwrap_or(raw).get())
    });
    read.map_err(|error| PlatformError::Malformed {
        detail: format!(
            "the answer about '{resource}' is not the expected JSON (line {}, column {})",
            error.line(),
            error.column()
        ),
    })
}
