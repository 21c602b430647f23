//! A walk over a list by the time of its rows.
//!
//! A row that changes while it is walked moves to the end and lets all behind it move up by one, so page numbers would
//! lose rows. Each page begins where the one before it ended instead: at the time of its last row.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{List, Rest, Search, digest};
use crate::platform::{
    PageToken, PlatformError,
    magento::{
        Batch, Resource,
        record::{Record, written},
    },
};

/// A place in a walk: what a [`PageToken`] holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    from: DateTime<Utc>,
    /// The rows of exactly that time that were given already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    seen: Vec<String>,
}

/// The place of a walk that has no time to go by.
#[derive(Debug, Serialize, Deserialize)]
struct Numbered {
    page: u32,
}

impl Rest {
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
            seen: Vec::new(),
        };
        // A token of another make starts over, which is always safe.
        let place = token
            .and_then(|token| serde_json::from_str(&token.0).ok())
            .unwrap_or(start);
        let from = written(place.from);
        let sort = [field, resource.id];
        let mut search = Search {
            filter: Some((field, "gteq", &from)),
            sort: &sort,
            direction: "ASC",
            size: self.page_size,
            page: 1,
        };
        let mut rows: Vec<Box<RawValue>> = Vec::new();
        let mut before: Option<Vec<String>> = None;
        loop {
            let list = self.list(resource, &search).await?;
            let digests: Vec<String> = list.rows.iter().map(|row| digest(row)).collect();
            if before.as_ref() == Some(&digests) {
                return Ok(Batch { rows, next: None });
            }
            let is_last = list.is_last(&search);
            let next = place_after(&list, &digests, field).filter(|next| next.from > place.from);
            let fresh = list.rows.into_iter().zip(&digests);
            rows.extend(
                fresh
                    .filter(|(_, digest)| !place.seen.contains(digest))
                    .map(|(row, _)| row),
            );
            if is_last {
                return Ok(Batch { rows, next: None });
            }
            if let Some(next) = next {
                let next = serde_json::to_string(&next).ok().map(PageToken);
                return Ok(Batch { rows, next });
            }
            // More rows of one second than a page holds, as when a shop changes many orders at once.
            before = Some(digests);
            search.page += 1;
        }
    }

    /// The next rows of a list that is walked by its ids.
    pub(in crate::platform::magento) async fn walk_by_id(
        &self,
        resource: Resource,
        token: Option<&PageToken>,
    ) -> Result<Batch, PlatformError> {
        let place: Option<Numbered> = token.and_then(|token| serde_json::from_str(&token.0).ok());
        let page = place.map_or(1, |place| place.page.max(1));
        let search = Search {
            filter: None,
            sort: &[resource.id],
            direction: "ASC",
            size: self.page_size,
            page,
        };
        let list = self.list(resource, &search).await?;
        let next = (!list.is_last(&search)).then_some(Numbered { page: page + 1 });
        Ok(Batch {
            next: next.and_then(|next| serde_json::to_string(&next).ok()).map(PageToken),
            rows: list.rows,
        })
    }
}

/// Where the next page begins: at the last time on this one, of whose rows these were given.
fn place_after(list: &List, digests: &[String], field: &str) -> Option<Place> {
    let times: Vec<Option<DateTime<Utc>>> = list
        .rows
        .iter()
        .map(|row| Record::read(row).ok()?.instant(field).ok().flatten())
        .collect();
    let from = times.iter().flatten().max().copied()?;
    let at_last = times.iter().zip(digests).filter(|(time, _)| **time == Some(from));
    Some(Place {
        from,
        seen: at_last.map(|(_, digest)| digest.clone()).collect(),
    })
}
