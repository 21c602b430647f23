//! What an answer's head says of a piece of a content: where it begins, and of which content it is. Pure; called by
//! `download`.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::download::Validators;

/// A content that changed less than this before it was given may have changed again within the same second.
const SETTLED: TimeDelta = TimeDelta::seconds(60);

/// A piece, as `206 Partial Content` describes it.
pub(super) struct Piece {
    first: u64,
    /// The whole content's length, where told.
    pub(super) total: Option<u64>,
    validators: Validators,
}

impl Piece {
    /// `None` for what is not one plain piece.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let range = text(headers, &header::CONTENT_RANGE)?.strip_prefix("bytes")?.trim();
        let (range, total) = range.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        let total = match total.trim() {
            "*" => None,
            total => Some(total.parse().ok()?),
        };
        (first <= last && total.is_none_or(|total| last < total)).then(|| Self {
            first,
            total,
            validators: Validators::of(headers),
        })
    }

    pub(super) fn begins_at(&self, byte: u64) -> bool {
        self.first == byte
    }

    /// Whether it is of the content that was begun, which was asked for by a strong validator. The date may be left
    /// out of a piece; an entity tag may not.
    pub(super) fn is_of(&self, begun: &Validators, asked_by: &HeaderValue) -> bool {
        let by_tag = begun
            .etag
            .as_deref()
            .is_some_and(|tag| tag.as_bytes() == asked_by.as_bytes());
        let same_tag = if by_tag {
            self.validators.etag == begun.etag
        } else {
            self.validators.etag.is_none() || self.validators.etag == begun.etag
        };
        let date = &self.validators.last_modified;
        same_tag && (date.is_none() || *date == begun.last_modified)
    }
}

/// What a piece of this very content can be asked for by: a strong entity tag, or else a date that is well past.
pub(super) fn strong_validator(headers: &HeaderMap) -> Option<HeaderValue> {
    if let Some(tag) = headers.get(header::ETAG) {
        return Some(tag.clone()).filter(|tag| tag.as_bytes().starts_with(b"\"") && tag.len() > 2);
    }
    let changed = instant(headers, &header::LAST_MODIFIED)?;
    let given = instant(headers, &header::DATE)?;
    let value = headers.get(header::LAST_MODIFIED)?;
    (given - changed >= SETTLED).then(|| value.clone())
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn instant(headers: &HeaderMap, name: &HeaderName) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text(headers, name)?).ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_what_cannot_be_mistaken_is_a_strong_validator() {
        let strong = |pairs: &[(&'static str, &str)]| {
            strong_validator(&headers(pairs)).map(|value| value.to_str().unwrap().to_owned())
        };
        let day = "Tue, 20 Jan 2026 10:00:00 GMT";
        assert_eq!(strong(&[("etag", "\"a\"")]), Some("\"a\"".to_owned()));
        assert_eq!(strong(&[("etag", "W/\"a\"")]), None);
        assert_eq!(strong(&[("etag", "\"\"")]), None);
        assert_eq!(strong(&[("etag", "a")]), None);
        let later = ("date", "Tue, 20 Jan 2026 10:01:00 GMT");
        assert_eq!(strong(&[("last-modified", day), later]), Some(day.to_owned()));
        assert_eq!(
            strong(&[("last-modified", day), ("date", "Tue, 20 Jan 2026 10:00:59 GMT")]),
            None
        );
        assert_eq!(strong(&[("last-modified", day)]), None);
        assert_eq!(strong(&[("etag", "W/\"a\""), ("last-modified", day), later]), None);
    }

    #[test]
    fn a_piece_says_where_it_begins() {
        let range =
            |value: &str| Piece::of(&headers(&[("content-range", value)])).map(|piece| (piece.first, piece.total));
        assert_eq!(range("bytes 10-19/20"), Some((10, Some(20))));
        assert_eq!(range("bytes 10-19/*"), Some((10, None)));
        for odd in [
            "bytes */20",
            "bytes 19-10/20",
            "bytes 10-20/20",
            "items 1-2/3",
            "bytes 1-2",
            "",
        ] {
            assert_eq!(range(odd), None, "{odd}");
        }
        assert!(Piece::of(&HeaderMap::new()).is_none());
    }

    #[test]
    fn a_piece_is_of_the_content_that_was_begun() {
        let begun = |pairs: &[(&'static str, &str)]| Validators::of(&headers(pairs));
        let piece = |pairs: &[(&'static str, &str)]| {
            let mut all = vec![("content-range", "bytes 1-2/3")];
            all.extend_from_slice(pairs);
            Piece::of(&headers(&all)).unwrap()
        };
        let (a, b) = (("etag", "\"a\""), ("etag", "\"b\""));
        let (early, late) = (("last-modified", "early"), ("last-modified", "late"));
        let by_tag = HeaderValue::from_static("\"a\"");
        assert!(piece(&[a]).is_of(&begun(&[a, early]), &by_tag));
        assert!(!piece(&[]).is_of(&begun(&[a]), &by_tag));
        assert!(!piece(&[b]).is_of(&begun(&[a]), &by_tag));
        assert!(!piece(&[a, late]).is_of(&begun(&[a, early]), &by_tag));
        let by_date = HeaderValue::from_static("early");
        assert!(piece(&[]).is_of(&begun(&[early]), &by_date));
        assert!(!piece(&[late]).is_of(&begun(&[early]), &by_date));
        assert!(!piece(&[b]).is_of(&begun(&[early]), &by_date));
    }
}
