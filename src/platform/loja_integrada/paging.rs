//! Walking the platform's lists page by page.
//!
//! Owns the walk's position, what a page looks like on the wire, and the platform's limits: 50 rows
//! a page and nothing behind the ten-thousandth row. Where a list is sorted newest first, the walk
//! goes on behind that limit by asking for what is older than the oldest row seen. Knows no
//! resource; orders, customers, coupons, products and statuses all walk by it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::answer;
use super::wire::brasilia;
use crate::platform::record::Record;
use crate::platform::{PageToken, PlatformError};

/// The largest page that every list is known to give.
const LARGEST_PAGE: u32 = 50;
/// No list is read behind this row: the platform refuses a larger `offset + limit`.
const DEEPEST_ROW: u64 = 10_000;

/// How far a time filter is widened. It is not known whether the filters mean Brasília time or UTC,
/// nor whether they include their own instant; rows read twice do no harm, rows missed do.
fn widening() -> TimeDelta {
    TimeDelta::hours(3) + TimeDelta::seconds(1)
}

/// An instant as the value of a `since_*` filter.
pub(super) fn since(instant: DateTime<Utc>) -> String {
    brasilia(instant.checked_sub_signed(widening()).unwrap_or(instant))
}

/// One page as received: rows still as text, so that a bad one spoils nothing but itself.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) rows: Vec<Box<RawValue>>,
    pub(super) total: Option<u64>,
    limit: Option<u32>,
    next: Option<Next>,
}

/// Where the platform says that the list goes on.
#[derive(Debug, PartialEq, Eq)]
struct Next {
    offset: Option<u64>,
    limit: Option<u32>,
}

#[derive(Deserialize)]
struct Envelope {
    meta: Option<Box<RawValue>>,
    objects: Option<Vec<Box<RawValue>>>,
}

impl Listing {
    pub(super) fn parse(resource: &str, body: &str) -> Result<Self, PlatformError> {
        let envelope: Envelope = answer::parse(resource, body)?;
        let rows = envelope.objects.ok_or_else(|| PlatformError::Malformed {
            detail: format!("the list of '{resource}' has no 'objects'"),
        })?;
        let meta = envelope.meta.as_deref().and_then(|raw| Record::parse(raw).ok());
        let number = |key| meta.as_ref().and_then(|meta| meta.soft_text(key));
        Ok(Self {
            rows,
            total: number("total_count").and_then(|text| text.parse().ok()),
            limit: number("limit").and_then(|text| text.parse().ok()),
            next: number("next").map(|uri| Next::parse(&uri)),
        })
    }
}

impl Next {
    /// Takes the position from the next page's address, and nothing else: the host and prefix may
    /// not be ours, and a query may echo credentials that have no place in a stored token.
    fn parse(uri: &str) -> Self {
        let query = uri.split_once('?').map_or("", |(_, query)| query);
        let value = |wanted: &str| {
            let found = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == wanted);
            found.map(|(_, value)| value.into_owned())
        };
        Self {
            offset: value("offset").and_then(|text| text.parse().ok()),
            limit: value("limit").and_then(|text| text.parse().ok()),
        }
    }
}

/// A position in a list. Its JSON form is the [`PageToken`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Walk {
    /// The list, for instance `pedido/search`.
    pub(super) list: String,
    filters: Vec<(String, String)>,
    limit: u32,
    offset: u64,
    /// Where the last page said that the list goes on: a page that says the same leads in circles.
    told: Option<u64>,
    narrowing: Option<Narrowing>,
}

/// How a list that is sorted newest first is read behind its deepest row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Narrowing {
    /// The filter that leaves newer rows out, for instance `until_criado`.
    filter: String,
    /// The oldest row seen.
    oldest: Option<DateTime<Utc>>,
    /// Whether every page so far really was sorted newest first.
    sorted: bool,
}

impl Walk {
    /// The first page of a list.
    pub(super) fn start(list: &str, page_size: u32) -> Self {
        let limit = page_size.clamp(1, LARGEST_PAGE);
        Self {
            list: list.to_owned(),
            filters: Vec::new(),
            limit,
            offset: 0,
            told: None,
            narrowing: None,
        }
    }

    pub(super) fn filter(mut self, key: &str, value: impl Into<String>) -> Self {
        self.filters.push((key.to_owned(), value.into()));
        self
    }

    /// Declares that the list is sorted newest first by the clock that `filter` bounds from above.
    pub(super) fn newest_first(mut self, filter: &str) -> Self {
        self.narrowing = Some(Narrowing {
            filter: filter.to_owned(),
            oldest: None,
            sorted: true,
        });
        self
    }

    pub(super) fn resume(token: &PageToken) -> Result<Self, PlatformError> {
        serde_json::from_str(&token.0).map_err(|_| PlatformError::Malformed {
            detail: "the page token is not one of this platform's; start the walk again".to_owned(),
        })
    }

    pub(super) fn token(&self) -> Result<PageToken, PlatformError> {
        serde_json::to_string(self)
            .map(PageToken)
            .map_err(|_| PlatformError::Malformed {
                detail: "the page token cannot be written".to_owned(),
            })
    }

    pub(super) fn path(&self) -> String {
        format!("/v1/{}", self.list)
    }

    pub(super) fn query(&self) -> Vec<(String, String)> {
        let mut query = self.filters.clone();
        query.push(("limit".to_owned(), self.limit.to_string()));
        query.push(("offset".to_owned(), self.offset.to_string()));
        query
    }

    /// The position behind `page`, or `None` at the end. `dates` are the rows' instants on the clock
    /// by which the list is sorted, where they could be read.
    pub(super) fn after(mut self, page: &Listing, dates: &[Option<DateTime<Utc>>]) -> Option<Self> {
        let next = page.next.as_ref()?;
        let read = u64::try_from(page.rows.len()).ok().filter(|rows| *rows > 0)?;
        let reached = self.offset + read;
        let offset = match next.offset {
            // A jump over rows that were never received is not followed.
            Some(offset) if offset > self.offset && next.offset != self.told => offset.min(reached),
            // The page names one that was there before as the next: go by the count, or stop.
            _ if page.total.is_some_and(|total| total > reached) => reached,
            _ => return None,
        };
        self.offset = offset;
        self.told = next.offset;
        let applied = page.limit.or(next.limit).filter(|limit| *limit > 0);
        self.limit = applied.map_or(self.limit, |limit| limit.min(self.limit));
        if let Some(narrowing) = &mut self.narrowing {
            narrowing.see(dates);
        }
        if self.offset + u64::from(self.limit) > DEEPEST_ROW {
            self.narrow();
        }
        Some(self)
    }

    /// Starts again at the top of what is older than the oldest row seen. Where that would not lead
    /// on, the walk stays as it is and the platform's refusal ends it visibly.
    fn narrow(&mut self) {
        let Some(narrowing) = self.narrowing.as_ref().filter(|narrowing| narrowing.sorted) else {
            return;
        };
        let Some(oldest) = narrowing.oldest else { return };
        let until = brasilia(oldest.checked_add_signed(widening()).unwrap_or(oldest));
        match self.filters.iter_mut().find(|(key, _)| *key == narrowing.filter) {
            Some((_, before)) if *before <= until => return,
            Some((_, before)) => *before = until,
            None => self.filters.push((narrowing.filter.clone(), until)),
        }
        self.offset = 0;
        self.told = None;
    }
}

impl Narrowing {
    fn see(&mut self, dates: &[Option<DateTime<Utc>>]) {
        let known = dates.iter().flatten();
        self.sorted &= known.clone().is_sorted_by(|newer, older| newer >= older);
        self.oldest = known.chain(&self.oldest).min().copied();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn page(rows: usize, offset: u64, next: Option<u64>, total: u64) -> Listing {
        let next = next.map_or("null".to_owned(), |next| {
            format!("\"/api/v1/x?limit=50&offset={next}\"")
        });
        let objects = vec!["{}"; rows].join(",");
        let meta = format!(r#"{{"limit":50,"offset":{offset},"next":{next},"total_count":{total}}}"#);
        Listing::parse("x", &format!(r#"{{"meta":{meta},"objects":[{objects}]}}"#)).unwrap()
    }

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn value(walk: &Walk, key: &str) -> Option<String> {
        walk.query()
            .into_iter()
            .find(|(found, _)| found == key)
            .map(|(_, value)| value)
    }

    #[test]
    fn follows_the_next_page_until_there_is_none() {
        let walk = Walk::start("x", 500).filter("removido", "false");
        assert_eq!(value(&walk, "limit").as_deref(), Some("50"));
        let walk = walk.after(&page(50, 0, Some(50), 60), &[]).unwrap();
        assert_eq!(value(&walk, "offset").as_deref(), Some("50"));
        assert_eq!(value(&walk, "removido").as_deref(), Some("false"));
        assert_eq!(Walk::resume(&walk.token().unwrap()).unwrap(), walk);
        assert_eq!(walk.after(&page(10, 50, None, 60), &[]), None);
    }

    #[test]
    fn takes_over_the_limit_that_was_really_applied() {
        let body = r#"{"meta":{"limit":"20","next":"/api/v1/x?chave_api=k&limit=20&offset=20"},"objects":[{},{}]}"#;
        let listing = Listing::parse("x", body).unwrap();
        let walk = Walk::start("x", 50).after(&listing, &[]).unwrap();
        assert_eq!(
            walk.query(),
            [("limit".into(), "20".into()), ("offset".into(), "2".into())]
        );
    }

    #[test]
    fn a_repeated_next_stops_or_goes_on_by_the_count() {
        let walk = Walk {
            offset: 50,
            ..Walk::start("x", 50)
        };
        assert_eq!(walk.clone().after(&page(10, 50, Some(50), 60), &[]), None);
        assert_eq!(walk.clone().after(&page(0, 50, Some(100), 200), &[]), None);
        let on = walk.after(&page(50, 50, Some(50), 120), &[]).unwrap();
        assert_eq!(value(&on, "offset").as_deref(), Some("100"));
    }

    #[test]
    fn narrows_by_time_before_the_deepest_row() {
        let deep = Walk {
            offset: 9_950,
            ..Walk::start("x", 50).newest_first("until_criado")
        };
        let dates = [
            Some(instant("2026-11-01T13:00:00Z")),
            None,
            Some(instant("2026-11-01T12:00:00Z")),
        ];
        let on = deep.after(&page(50, 9_950, Some(10_000), 30_000), &dates).unwrap();
        assert_eq!(value(&on, "offset").as_deref(), Some("0"));
        assert_eq!(value(&on, "until_criado").as_deref(), Some("2026-11-01T12:00:01"));

        let older = [Some(instant("2026-10-01T12:00:00Z"))];
        let again = Walk {
            offset: 9_950,
            ..on.clone()
        };
        let again = again.after(&page(50, 9_950, Some(10_000), 20_000), &older).unwrap();
        assert_eq!(value(&again, "until_criado").as_deref(), Some("2026-10-01T12:00:01"));
    }

    #[test]
    fn does_not_narrow_where_that_would_lose_rows_or_turn_in_circles() {
        let deep = |walk: Walk| Walk { offset: 9_950, ..walk };
        let narrowing = || Walk::start("x", 50).newest_first("until_criado");
        let last = page(50, 9_950, Some(10_000), 30_000);
        let ascending = [
            Some(instant("2026-11-01T12:00:00Z")),
            Some(instant("2026-11-01T13:00:00Z")),
        ];
        let walk = deep(narrowing()).after(&last, &ascending).unwrap();
        assert_eq!(
            value(&walk, "offset").as_deref(),
            Some("10000"),
            "an unsorted list is not narrowed"
        );
        let dates = [Some(instant("2026-11-01T12:00:00Z"))];
        let walk = deep(narrowing()).after(&last, &dates).unwrap();
        let walk = deep(walk).after(&last, &dates).unwrap();
        assert_eq!(
            value(&walk, "offset").as_deref(),
            Some("10000"),
            "no progress is not hidden"
        );
    }

    #[test]
    fn filters_are_widened_and_written_in_brasilia_time() {
        assert_eq!(since(instant("2026-11-01T13:00:00.5Z")), "2026-11-01T06:59:59");
    }
}
