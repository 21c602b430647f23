//! A walk over the list of orders, a stretch of at most a year at a time.

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::answers::{accept, parse};
use super::dates::{day, moment};
use super::order::listing;
use crate::platform::http::Api;
use crate::platform::record::Record;
use crate::platform::{OrderListing, Page, PageToken, PlatformError, Window, WindowKind};

/// The resource in the platform's own word.
pub(super) const ORDERS: &str = "pedidos/vendas";

/// The platform refuses intervals of more than a year.
const STRETCH: TimeDelta = TimeDelta::days(360);
/// How far a stretch may end after the platform's own clock: whatever changes during the walk is in it.
const AHEAD: TimeDelta = TimeDelta::days(2);

/// A place in a walk: what a [`PageToken`] holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    from: DateTime<Utc>,
    page: u32,
    /// The first row of the page before: a platform that repeats its last page shows it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

/// No shop's sales are older than the platform.
fn earliest() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2009, 1, 1, 0, 0, 0).single().unwrap_or_default()
}

/// One page of the walk.
pub(super) async fn page(
    api: &Api,
    window: Window,
    token: Option<&PageToken>,
    page_size: u32,
) -> Result<Page<OrderListing>, PlatformError> {
    let start = Place {
        from: window.since.max(earliest()),
        page: 1,
        after: None,
    };
    // A token of another make starts over, which is always safe.
    let place = token
        .and_then(|token| serde_json::from_str(&token.0).ok())
        .unwrap_or(start);
    let until = place.from + STRETCH;
    let (names, from, to) = match window.by {
        WindowKind::Created => (["dataInicial", "dataFinal"], day(place.from), day(until)),
        WindowKind::Changed => (
            ["dataAlteracaoInicial", "dataAlteracaoFinal"],
            moment(place.from),
            moment(until),
        ),
    };
    let (number, size) = (place.page.to_string(), page_size.to_string());
    let query = [
        ("pagina", number.as_str()),
        ("limite", &size),
        (names[0], &from),
        (names[1], &to),
    ];
    let answer = accept(ORDERS, api.get("/pedidos/vendas", &query).await?)?;
    let rows: Vec<&RawValue> = parse(ORDERS, &answer.body)?;
    let first = rows.first().and_then(|row| Record::parse(row).ok()?.id("id"));
    let is_repeated = first.is_some() && first == place.after;
    let mut page = Page {
        items: Vec::new(),
        rejects: Vec::new(),
        next: None,
        total: None,
    };
    let is_full = rows.len() >= usize::try_from(page_size).unwrap_or(usize::MAX);
    for row in rows.iter().filter(|_| !is_repeated) {
        match listing(row) {
            Ok(listing) => page.items.push(listing),
            Err(error) => {
                let id = Record::parse(row).ok().and_then(|record| record.id("id"));
                page.rejects.push(error.reject(row, id));
            }
        }
    }
    let is_last = answer.date().is_none_or(|now| until >= now + AHEAD);
    let next = if is_full && !is_repeated {
        Some(Place {
            page: place.page + 1,
            after: first,
            ..place
        })
    } else {
        (!is_last).then_some(Place {
            from: until,
            page: 1,
            after: None,
        })
    };
    page.next = next.and_then(|next| serde_json::to_string(&next).ok()).map(PageToken);
    Ok(page)
}
