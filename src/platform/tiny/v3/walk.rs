//! Walks over the lists of the API 3, by limit and offset.
//!
//! Rows are asked for from the oldest on, so that they only move towards the end of a list while it is walked. Of
//! contacts, whose details cost a request each, small pages are asked for.

use chrono::{DateTime, Utc};
use chrono_tz::America::Sao_Paulo;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::super::contact;
use super::super::dates::start_of_day;
use super::super::order::{self, id_of};
use super::super::words::V3;
use super::TinyV3;
use super::answers::{accept, parse};
use crate::platform::http::FetchError;
use crate::platform::record::Record;
use crate::platform::{OrderListing, Page, PageToken, PlatformCustomer, PlatformError, Window, WindowKind};

/// The resources in the platform's own words.
pub(super) const ORDERS: &str = "pedidos";
pub(super) const CONTACTS: &str = "contatos";

/// A detail that fails may be one that always fails, and is asked for again by the next import: fewer tries than a
/// list, whose failure stops everything.
const DETAIL_TRIES: u32 = 4;

/// Where a walk goes on: what a [`PageToken`] holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    offset: u64,
    /// The first row of the page before: a platform that repeats its last page shows it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

impl Place {
    /// A token of another make starts over, which is always safe.
    fn resume(token: Option<&PageToken>) -> Self {
        let place = token.and_then(|token| serde_json::from_str(&token.0).ok());
        place.unwrap_or_default()
    }
}

/// A page of a list.
struct Listed {
    rows: Vec<Box<RawValue>>,
    next: Option<PageToken>,
}

/// An instant's day, as filters of days take it.
fn day(at: DateTime<Utc>) -> String {
    at.with_timezone(&Sao_Paulo).format("%Y-%m-%d").to_string()
}

/// An instant, as filters of contacts take it.
fn moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&Sao_Paulo).format("%Y-%m-%d %H:%M:%S").to_string()
}

impl TinyV3 {
    /// A page of orders. Nothing tells when they changed, so rows are not judged by that again.
    pub(super) async fn order_page(
        &self,
        window: Window,
        token: Option<&PageToken>,
    ) -> Result<Page<OrderListing>, PlatformError> {
        let since = day(window.since);
        let filter = match window.by {
            WindowKind::Created => ("dataInicial", since.as_str()),
            WindowKind::Changed => (self.update_filter.as_str(), since.as_str()),
        };
        let listed = self.list(ORDERS, filter, self.page_size, token).await?;
        let earliest = start_of_day(window.since).filter(|_| window.by == WindowKind::Created);
        let mut page = empty(listed.next);
        for raw in &listed.rows {
            let placed_at = Record::parse(raw).ok().and_then(|row| order::placed_at(&row, &V3).ok());
            if matches!((placed_at, earliest), (Some(placed_at), Some(earliest)) if placed_at < earliest) {
                continue;
            }
            match order::listing(raw, &V3) {
                Ok(listing) => page.items.push(listing),
                Err(error) => page.rejects.push(error.reject(raw, None)),
            }
        }
        Ok(page)
    }

    /// A page of contacts with their details.
    pub(super) async fn contact_page(
        &self,
        window: Window,
        token: Option<&PageToken>,
    ) -> Result<Page<PlatformCustomer>, PlatformError> {
        let since = moment(window.since);
        let filter = match window.by {
            WindowKind::Created => "dataCriacao",
            WindowKind::Changed => "dataAtualizacao",
        };
        let listed = self
            .list(CONTACTS, (filter, &since), self.contacts_page_size, token)
            .await?;
        let mut page = empty(listed.next);
        for raw in &listed.rows {
            let id = match contact::id_of(raw) {
                Ok(id) => id,
                Err(error) => {
                    page.rejects.push(error.reject(raw, None));
                    continue;
                }
            };
            if contact::is_no_customer(raw, &V3) {
                continue;
            }
            let detail = if contact::is_enough(raw, &V3) {
                None
            } else {
                self.contact_detail(&id).await?
            };
            if detail.as_deref().is_some_and(|raw| contact::is_no_customer(raw, &V3)) {
                continue;
            }
            match contact::customer(raw, detail.as_deref(), &V3) {
                Ok(customer) => page.items.push(customer),
                Err(error) => page.rejects.push(error.reject(raw, Some(id))),
            }
        }
        Ok(page)
    }

    /// A contact's detail, or none where it cannot be had now.
    pub(super) async fn contact_detail(&self, id: &str) -> Result<Option<Box<RawValue>>, PlatformError> {
        self.detail(CONTACTS, id).await
    }

    /// A record's detail, or none where it cannot be had now. Trouble with the token, the limit or the network is an
    /// error: the list would fail too.
    pub(super) async fn detail(&self, resource: &str, id: &str) -> Result<Option<Box<RawValue>>, PlatformError> {
        let api = self.api.with_max_tries(DETAIL_TRIES);
        let answer = match api.try_get(&format!("/{resource}/{id}"), &[]).await {
            Ok(answer) => answer,
            Err(FetchError::Server { .. }) => return Ok(None),
            Err(error) => return Err(error.of_read()),
        };
        let read = accept(resource, answer).and_then(|answer| detail_of(resource, id, &answer.body));
        match read {
            Ok(raw) => Ok(Some(raw)),
            Err(PlatformError::NotFound { .. } | PlatformError::Malformed { .. } | PlatformError::Refused { .. }) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// An order's detail, which has to be there.
    pub(super) async fn one_order(&self, id: &str) -> Result<Box<RawValue>, PlatformError> {
        let answer = self.api.get(&format!("/{ORDERS}/{id}"), &[]).await?;
        let answer = accept(ORDERS, answer)?;
        detail_of(ORDERS, id, &answer.body)
    }

    /// A page of a list. A page that is not full is the last, unless it says that more follow; so is one that repeats
    /// the page before.
    async fn list(
        &self,
        resource: &str,
        filter: (&str, &str),
        size: u32,
        token: Option<&PageToken>,
    ) -> Result<Listed, PlatformError> {
        let place = Place::resume(token);
        let (limit, offset) = (size.to_string(), place.offset.to_string());
        let query = [
            filter,
            ("orderBy", "asc"),
            ("limit", limit.as_str()),
            ("offset", offset.as_str()),
        ];
        let answer = self.api.get(&format!("/{resource}"), &query).await?;
        let answer = accept(resource, answer)?;
        let malformed = |_| PlatformError::Malformed {
            detail: format!("the answer about '{resource}' is not a list"),
        };
        let envelope = Record::parse(parse(resource, &answer.body)?).map_err(malformed)?;
        if !envelope.has("itens") {
            return Err(PlatformError::Malformed {
                detail: format!("the answer about '{resource}' has no 'itens'"),
            });
        }
        let rows = envelope.list("itens").map_err(malformed)?;
        let first = rows.first().and_then(|raw| id_of(raw));
        if first.is_some() && first == place.after {
            return Ok(Listed {
                rows: Vec::new(),
                next: None,
            });
        }
        let until = place.offset + u64::try_from(rows.len()).unwrap_or(u64::MAX);
        let told = envelope.record("paginacao");
        let count = |key: &str| -> Option<u64> { told.as_ref()?.id(key)?.parse().ok() };
        let is_full = until - place.offset >= count("limit").unwrap_or(u64::MAX).min(size.into());
        let more = is_full || count("total").is_some_and(|total| total > until);
        let next = Place {
            offset: until,
            after: first,
        };
        let next = (more && !rows.is_empty()).then(|| serde_json::to_string(&next).ok());
        Ok(Listed {
            next: next.flatten().map(PageToken),
            rows: rows.into_iter().map(ToOwned::to_owned).collect(),
        })
    }
}

/// The detail in a body. One of something else is no detail of this.
fn detail_of(resource: &str, id: &str, body: &str) -> Result<Box<RawValue>, PlatformError> {
    let raw = parse(resource, body)?;
    if id_of(raw).as_deref() == Some(id) {
        return Ok(raw.to_owned());
    }
    Err(PlatformError::Malformed {
        detail: format!("the answer about '{resource}' is not the record that was asked for"),
    })
}

fn empty<T>(next: Option<PageToken>) -> Page<T> {
    Page {
        items: Vec::new(),
        rejects: Vec::new(),
        next,
        total: None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn days_and_moments_are_those_of_brasilia() {
        let late = "2026-02-01T02:30:00Z".parse().unwrap();
        assert_eq!(
            (day(late).as_str(), moment(late).as_str()),
            ("2026-01-31", "2026-01-31 23:30:00")
        );
    }

    #[test]
    fn a_place_comes_back_and_a_strange_one_starts_over() {
        let place = Place {
            offset: 26,
            after: Some("700001".to_owned()),
        };
        let token = PageToken(serde_json::to_string(&place).unwrap());
        assert_eq!(Place::resume(Some(&token)), place);
        for strange in ["?", "{}", r#"{"page": 3}"#] {
            let begin = Place::resume(Some(&PageToken(strange.to_owned())));
            assert_eq!(begin, Place::default(), "{strange}");
        }
    }
}
