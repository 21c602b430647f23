//! Where a walk over a list goes on, and how it ends although the platform may not say so.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{envelope::List, fields::Record};
use crate::{platform::PageToken, secrets::sha256_hex};

/// A place in a walk: what a [`PageToken`] holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// The page to ask for, from 1.
    page: u64,
    /// Which way of asking the walk settled on.
    #[serde(default)]
    pub(super) plan: usize,
    /// The start of the window that the walk began with: it stays the same to the end.
    #[serde(default)]
    pub(super) since: Option<DateTime<Utc>>,
    /// The page before, by the ids on it.
    #[serde(default)]
    seen: Option<String>,
}

impl Cursor {
    pub(super) fn first(since: Option<DateTime<Utc>>) -> Self {
        Self {
            page: 1,
            plan: 0,
            since,
            seen: None,
        }
    }

    /// The place that a token names; the beginning of the walk when the token is of another make,
    /// since walking again is always safe.
    pub(super) fn resume(token: Option<&PageToken>, since: Option<DateTime<Utc>>) -> Self {
        token
            .and_then(|token| serde_json::from_str(&token.0).ok())
            .filter(|cursor: &Self| cursor.page > 0)
            .unwrap_or_else(|| Self::first(since))
    }

    pub(super) fn is_first(&self) -> bool {
        self.page == 1
    }

    /// The page as a query value.
    pub(super) fn page(&self) -> String {
        self.page.to_string()
    }

    /// Whether the platform gave the page before again instead of this one.
    pub(super) fn is_repeated_by(&self, list: &List) -> bool {
        list.page.is_some_and(|page| page < self.page && page > 0) || self.seen.as_ref() == Some(&signature(&list.rows))
    }

    /// The page after, unless the list ends here: whichever sign of an end comes first counts.
    pub(super) fn after(&self, list: &List) -> Option<Self> {
        let is_last = list.rows.is_empty()
            || list.has_more == Some(false)
            || list.total_pages.is_some_and(|pages| pages > 0 && self.page >= pages)
            || self.is_repeated_by(list);
        (!is_last).then(|| Self {
            page: self.page + 1,
            seen: Some(signature(&list.rows)),
            ..self.clone()
        })
    }

    pub(super) fn token(&self) -> Option<PageToken> {
        serde_json::to_string(self).ok().map(PageToken)
    }
}

fn signature(rows: &[Box<RawValue>]) -> String {
    let ids = rows.iter().map(|row| {
        let id = Record::read(row).ok().and_then(|record| record.text_or_none("id"));
        id.unwrap_or_else(|| row.get().to_owned())
    });
    digest(&ids.collect::<Vec<_>>(), 16)
}

/// What a list of texts comes to, in so many hexadecimal digits.
pub(super) fn digest<T: AsRef<str>>(parts: &[T], digits: usize) -> String {
    let joined: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    let mut hex = sha256_hex(joined.join("\0"));
    hex.truncate(digits);
    hex
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use super::{super::envelope, *};

    fn list(items: &str, rest: &str) -> List {
        envelope::list(&format!(r#"{{"data":{{"items":{items}{rest}}}}}"#)).unwrap()
    }

    #[test]
    fn a_walk_ends_at_the_first_sign_of_an_end() {
        let first = Cursor::first(None);
        for last in [
            list("[]", r#","has_more":true"#),
            list(r#"[{"id":1}]"#, r#","has_more":false,"total_pages":9"#),
            list(r#"[{"id":1}]"#, r#","has_more":true,"total_pages":1"#),
        ] {
            assert_eq!(first.after(&last), None, "{last:?}");
        }
        let more = list(r#"[{"id":1}]"#, r#","has_more":true,"total_pages":0"#);
        let second = first.after(&more).unwrap();
        assert_eq!(second.page(), "2");
        assert!(
            second.is_repeated_by(&more) && second.after(&more).is_none(),
            "a repeated page ends the walk"
        );
        let earlier = list(r#"[{"id":7}]"#, r#","page":1,"has_more":true"#);
        assert!(
            second.is_repeated_by(&earlier),
            "so does one that calls itself an earlier one"
        );
        let other = list(r#"[{"id":2}]"#, "");
        assert!(!second.is_repeated_by(&other) && second.after(&other).is_some());
    }

    #[test]
    fn a_token_brings_the_place_back_and_a_strange_one_starts_over() {
        let since = Some("2026-01-20T00:00:00Z".parse().unwrap());
        let cursor = Cursor {
            page: 4,
            plan: 2,
            since,
            seen: Some("ab".into()),
        };
        assert_eq!(Cursor::resume(cursor.token().as_ref(), None), cursor);
        assert_eq!(
            Cursor::resume(Some(&PageToken("?".into())), since),
            Cursor::first(since)
        );
    }
}
