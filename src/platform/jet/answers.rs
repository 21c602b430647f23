//! What the platform's refusals mean, and how its bodies are parsed. Knows no resource.

use reqwest::StatusCode;
use serde::Deserialize;

use crate::platform::http::{Answer, snippet};
use crate::platform::{PlatformError, RefusalReason};

/// Lets success through and turns everything else into its error.
pub(super) fn accept(resource: &str, answer: Answer) -> Result<Answer, PlatformError> {
    let status = answer.status;
    if status.is_success() {
        return Ok(answer);
    }
    let detail = detail(&answer);
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

/// Parses a successful body. The error tells the place, never the contents.
pub(super) fn parse<'a, T: Deserialize<'a>>(resource: &str, body: &'a str) -> Result<T, PlatformError> {
    serde_json::from_str(body).map_err(|error| PlatformError::Malformed {
        detail: format!(
            "the answer about '{resource}' is not the expected JSON (line {}, column {})",
            error.line(),
            error.column()
        ),
    })
}

fn detail(answer: &Answer) -> String {
    let (status, body) = (answer.status.as_u16(), answer.body.trim());
    if body.is_empty() || body.starts_with('<') {
        format!("status {status}")
    } else {
        snippet(body)
    }
}
