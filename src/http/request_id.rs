//! The name of a request: taken from `x-request-id` where that is sane, else made here.
//!
//! It is answered in the same header and shown in errors, and the log's spans carry it, so that a
//! user's report leads to the log.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, request::Parts},
};

pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");
const MAX_LENGTH: usize = 64;

/// The id of one request. An extractor: handlers of other routes may take it as an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The text: at most 64 letters, digits, `-` and `_`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The caller's id, or a new one where there is none or it could do harm in a log.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        headers
            .get(HEADER)
            .and_then(|value| value.to_str().ok())
            .filter(|text| is_sane(text))
            .map_or_else(Self::generate, |text| Self(text.into()))
    }

    fn generate() -> Self {
        // Without randomness the id is merely no longer unique, which is no reason to refuse.
        let (high, low) = (
            getrandom::u64().unwrap_or_default(),
            getrandom::u64().unwrap_or_default(),
        );
        Self(format!("{high:016x}{low:016x}").into())
    }

    pub(super) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts
            .extensions
            .get::<Self>()
            .cloned()
            .unwrap_or_else(|| Self::of(&parts.headers)))
    }
}

fn is_sane(text: &str) -> bool {
    (1..=MAX_LENGTH).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn of(value: &str) -> RequestId {
        RequestId::of(&HeaderMap::from_iter([(HEADER, HeaderValue::from_str(value).unwrap())]))
    }

    #[test]
    fn sane_ids_are_kept_and_others_replaced() {
        let longest = "a".repeat(64);
        for kept in ["a", "Ab_9-z", longest.as_str()] {
            assert_eq!(of(kept).as_str(), kept);
        }
        let too_long = "a".repeat(65);
        for replaced in ["", "a b", "a\"b", "ä", "a/b", too_long.as_str()] {
            assert_eq!(of(replaced).as_str().len(), 32, "{replaced}");
        }
        assert_ne!(of(""), of(""));
    }
}
