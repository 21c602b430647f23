//! An answer read into memory, and how it is quoted in errors.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use reqwest::{
    StatusCode,
    header::{self, HeaderMap},
};

use crate::platform::mask;

/// How much of a body an error quotes, in characters.
const SNIPPET_CHARS: usize = 300;

/// An answer: whatever its status, the adapter says what it means.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status. Never 429 or 5xx when it comes from [`super::Api`].
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decoded leniently as UTF-8.
    pub body: String,
}

impl Answer {
    /// The other side's own clock, where it tells it.
    pub fn date(&self) -> Option<DateTime<Utc>> {
        let text = self.headers.get(header::DATE)?.to_str().ok()?;
        DateTime::parse_from_rfc2822(text).ok().map(Into::into)
    }
}

/// The beginning of a body on one line, with e-mails and documents masked: for error details.
pub fn snippet(body: &str) -> String {
    let mut line = String::new();
    for word in body.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        // Twice the length, so that masking sees whole words at the edge.
        if line.len() > SNIPPET_CHARS * 2 {
            break;
        }
    }
    mask::mask_text(&line).chars().take(SNIPPET_CHARS).collect()
}

/// Makes a value safe as one segment of a path.
pub fn encode_segment(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_is_one_short_masked_line() {
        let body = format!("<html>\n  fulana@exemplo.com   123.456.789-09\n{}", "x ".repeat(500));
        let line = snippet(&body);
        assert!(
            !line.contains("fulana") && !line.contains("123.456") && !line.contains('\n'),
            "{line}"
        );
        assert!(line.chars().count() <= 300);
        assert!(snippet(&"y".repeat(10_000)).len() <= 300);
    }

    #[test]
    fn a_segment_cannot_leave_its_place() {
        assert_eq!(encode_segment("0010001000001"), "0010001000001");
        assert_eq!(encode_segment("a/b?c ã"), "a%2Fb%3Fc%20%C3%A3");
    }
}
