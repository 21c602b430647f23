//! A walk over a list that has no pages: window after window of time, each as wide as its rows allow.
//!
//! Where two filters on one field overwrite each other, a window can have no end; then only its beginning is asked
//! for, and what is given too much is left for later. The shop's own clock, which its answers tell, says when a window
//! reaches the present and needs no end.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};

use super::{Failed, Filter, Soap};
use crate::platform::{
    PageToken, PlatformError,
    http::FetchError,
    magento::{
        Batch, ORDERS, Resource, SAMPLE,
        record::{Record, written},
    },
};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// How wide a window is before anything is known.
const FIRST_SPAN: i64 = 30 * DAY;
/// How wide a window becomes at most where next to nothing happened.
const WIDEST_SPAN: i64 = 1000 * DAY;
/// A window that fails may be too wide: it is made narrower, as long as it is wider than this.
const NARROWEST_SPAN: i64 = HOUR;
/// A window is tried this often before it is made narrower.
const TRIES: u32 = 2;

/// A place in a walk: what a [`PageToken`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    from: DateTime<Utc>,
    /// The width of the next window, in seconds.
    span: i64,
    /// Two filters on one field overwrite each other here.
    #[serde(default)]
    overwrites: bool,
}

impl Place {
    /// The end of the window, if it has one: not when it reaches the present, nor where it cannot have one.
    fn until(&self, now: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        let until = self.from + TimeDelta::seconds(self.span);
        now.filter(|now| !self.overwrites && until < *now).map(|_| until)
    }

    /// The same place with a narrower window, if that can help.
    fn narrower(&self, now: Option<DateTime<Utc>>) -> Option<Self> {
        let whole = now.map(|now| (now - self.from).num_seconds());
        let span = self.span.min(whole.unwrap_or(self.span)) / 4;
        if !self.overwrites && whole.is_some() && span >= NARROWEST_SPAN {
            return Some(Self { span, ..*self });
        }
        // What overwrites may have been the beginning: then a narrow window holds all that came before its end.
        let had_end = self.until(now).is_some();
        had_end.then_some(Self {
            overwrites: true,
            ..*self
        })
    }
}

/// A row and when it was.
struct Row {
    at: DateTime<Utc>,
    value: Value,
}

impl Soap {
    /// The next rows whose `field` is at or after `since`, the earliest first.
    pub(in crate::platform::magento) async fn walk(
        &self,
        resource: Resource,
        field: &str,
        since: DateTime<Utc>,
        token: Option<&PageToken>,
    ) -> Result<Batch, PlatformError> {
        let start = Place {
            from: since,
            span: FIRST_SPAN,
            overwrites: false,
        };
        // A token of another make starts over, which is always safe.
        let mut place = token
            .and_then(|token| serde_json::from_str(&token.0).ok())
            .unwrap_or(start);
        loop {
            let now = self.log_in().await?.now;
            let until = place.until(now);
            let narrower = place.narrower(now);
            let rows = match self
                .window(resource, field, (place.from, until), narrower.is_some())
                .await
            {
                Ok(rows) => rows,
                Err(error) => match narrower.filter(|_| is_too_wide(&error)) {
                    Some(narrower) => {
                        tracing::debug!(span = narrower.span, "a list failed; asking for less at once");
                        place = narrower;
                        continue;
                    }
                    None => return Err(self.failed(error)),
                },
            };
            let is_inside = |row: &Row| row.at >= place.from && until.is_none_or(|until| row.at <= until);
            if until.is_some() && !rows.iter().all(is_inside) {
                tracing::debug!(
                    field,
                    "filters on one field overwrite each other; asking without an end"
                );
                place.overwrites = true;
                continue;
            }
            let (batch, next) = self.batch(place, until, rows);
            match next {
                // A window without anything is no page.
                Some(next) if batch.is_empty() => place = next,
                next => {
                    return Ok(Batch {
                        rows: batch,
                        next: next.and_then(|next| serde_json::to_string(&next).ok()).map(PageToken),
                    });
                }
            }
        }
    }

    /// Orders that changed lately: those of two months, or the last of them where these are many.
    pub(in crate::platform::magento) async fn recent_orders(&self) -> Result<Vec<Box<RawValue>>, PlatformError> {
        let Some(now) = self.log_in().await?.now else {
            return Ok(Vec::new());
        };
        let oldest = now - TimeDelta::seconds(2 * FIRST_SPAN);
        let mut span = 2 * FIRST_SPAN;
        let mut end = None;
        let mut rows = Vec::new();
        loop {
            let from = end.unwrap_or(now) - TimeDelta::seconds(span);
            let can_narrow = span / 4 >= NARROWEST_SPAN;
            match self.window(ORDERS, "updated_at", (from, end), can_narrow).await {
                Ok(found) => rows.extend(found),
                Err(error) if can_narrow && is_too_wide(&error) => {
                    span /= 4;
                    continue;
                }
                // What was found before will do.
                Err(error) if rows.is_empty() => return Err(self.failed(error)),
                Err(_) => break,
            }
            if from <= oldest || rows.len() >= SAMPLE as usize {
                break;
            }
            end = Some(from);
        }
        Ok(rows.iter().filter_map(|row| to_raw_value(&row.value).ok()).collect())
    }

    /// A whole list at once.
    pub(in crate::platform::magento) async fn all(&self, resource: Resource) -> Result<Batch, PlatformError> {
        let rows = self.list(&self.api, resource, &[]).await;
        let rows = rows.map_err(|error| self.failed(error))?;
        Ok(Batch {
            rows: rows.iter().filter_map(|row| to_raw_value(row).ok()).collect(),
            next: None,
        })
    }

    /// The rows of a window, the earliest first. A row that does not tell its time is as early as any.
    async fn window(
        &self,
        resource: Resource,
        field: &str,
        (from, until): (DateTime<Utc>, Option<DateTime<Utc>>),
        can_narrow: bool,
    ) -> Result<Vec<Row>, Failed> {
        let (start, end) = (written(from), until.map(written));
        let condition = |condition, value| Filter {
            field,
            condition,
            value,
        };
        let mut filters = vec![condition("from", start.as_str())];
        filters.extend(end.as_deref().map(|end| condition("to", end)));
        let api = if can_narrow {
            self.api.clone().with_max_tries(TRIES)
        } else {
            self.api.clone()
        };
        let rows = self.list(&api, resource, &filters).await?;
        let mut rows: Vec<Row> = rows
            .into_iter()
            .map(|value| Row {
                at: time_of(&value, field).unwrap_or(from),
                value,
            })
            .collect();
        rows.sort_by_key(|row| row.at);
        Ok(rows)
    }

    /// As many rows of a window as make a page, and where the next one begins.
    fn batch(&self, place: Place, until: Option<DateTime<Utc>>, rows: Vec<Row>) -> (Vec<Box<RawValue>>, Option<Place>) {
        let mut rows: Vec<Row> = rows.into_iter().filter(|row| row.at >= place.from).collect();
        let count = rows.len();
        let second = TimeDelta::seconds(1);
        // Rows of one second stay together, so that the next page can begin a second later.
        let last = rows.get(self.page_size - 1).map(|row| row.at);
        let cut = last.filter(|last| rows.last().is_some_and(|row| row.at > *last));
        if let Some(last) = cut {
            rows.retain(|row| row.at <= last);
        }
        let span = match count {
            count if count * 2 < self.page_size => (place.span * 2).min(WIDEST_SPAN),
            count if count > self.page_size * 4 => (place.span / 2).max(NARROWEST_SPAN),
            _ => place.span,
        };
        let next = cut.or(until).map(|end| Place {
            from: end + second,
            span,
            ..place
        });
        (
            rows.iter().filter_map(|row| to_raw_value(&row.value).ok()).collect(),
            next,
        )
    }
}

fn time_of(row: &Value, field: &str) -> Option<DateTime<Utc>> {
    let raw = to_raw_value(row).ok()?;
    Record::read(&raw).ok()?.instant(field).ok().flatten()
}

/// Whether asking for less may help: a shop that has to collect too much runs out of time or memory.
fn is_too_wide(error: &Failed) -> bool {
    matches!(
        error,
        Failed::Fetch(
            FetchError::Server { .. }
                | FetchError::Timeout { .. }
                | FetchError::TooLarge { .. }
                | FetchError::Cut { .. }
        )
    )
}
