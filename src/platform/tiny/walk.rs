//! Walks over the platform's lists, which it gives in pages of its own size.
//!
//! Rows only move towards the end of a list while it is walked, so nothing is missed. Of contacts, whose details cost
//! a request each, a page is handed on in pieces.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::call::{Desk, Failed, Told};
use super::contact;
use super::dates::{day, instant, moment, start_of_day};
use super::order::{self, unwrapped};
use super::words::V2;
use crate::platform::http::FetchError;
use crate::platform::record::{FieldError, Record};
use crate::platform::{
    OrderListing, Page, PageToken, PlatformCustomer, PlatformError, PlatformProduct, RefusalReason, Window, WindowKind,
};

/// An order's detail that fails may be one that always fails, and is asked for again by the next import: fewer tries
/// than a list, whose failure stops everything.
const DETAIL_TRIES: u32 = 4;

/// A list: its service, and what its rows are called.
#[derive(Clone, Copy)]
struct List {
    service: &'static str,
    rows: &'static str,
    row: &'static str,
}

const ORDERS: List = List {
    service: "pedidos.pesquisa",
    rows: "pedidos",
    row: "pedido",
};
const CONTACTS: List = List {
    service: "contatos.pesquisa",
    rows: "contatos",
    row: "contato",
};
const PRODUCTS: List = List {
    service: "produtos.pesquisa",
    rows: "produtos",
    row: "produto",
};

/// Where a walk goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// The platform's page, from 1.
    page: u64,
    /// How many of its rows were handed on.
    #[serde(default)]
    from: usize,
}

impl Place {
    /// A token of another make starts over, which is always safe.
    fn resume(token: Option<&PageToken>) -> Self {
        let place = token.and_then(|token| serde_json::from_str(&token.0).ok());
        place
            .filter(|place: &Self| place.page > 0)
            .unwrap_or(Self { page: 1, from: 0 })
    }

    fn token(self) -> Option<PageToken> {
        serde_json::to_string(&self).ok().map(PageToken)
    }
}

/// A page of a list.
struct Listed {
    rows: Vec<Box<RawValue>>,
    is_last: bool,
}

impl Desk {
    /// A page of orders. Nothing tells when they changed, so rows are not judged by that again.
    pub(super) async fn orders(
        &self,
        window: Window,
        token: Option<&PageToken>,
    ) -> Result<Page<OrderListing>, PlatformError> {
        let place = Place::resume(token);
        let (filter, since) = match window.by {
            WindowKind::Created => ("dataInicial", day(window.since)),
            WindowKind::Changed => ("dataAtualizacao", moment(window.since)),
        };
        let listed = self
            .page(ORDERS, &[(filter, &since), ("sort", "ASC")], place.page)
            .await?;
        let mut page = empty();
        let earliest = start_of_day(window.since).filter(|_| window.by == WindowKind::Created);
        for raw in &listed.rows {
            let placed_at = Record::parse(raw)
                .ok()
                .and_then(|row| row.read("data_pedido", instant).ok().flatten());
            if matches!((placed_at, earliest), (Some(placed_at), Some(earliest)) if placed_at < earliest) {
                continue;
            }
            match order::listing(raw, &V2) {
                Ok(listing) => page.items.push(listing),
                Err(error) => page.rejects.push(error.reject(raw, None)),
            }
        }
        page.next = next_page(place, &listed);
        Ok(page)
    }

    /// An order's detail, or none where it cannot be had now. Trouble with the token, the limit or the network is an
    /// error: the list would fail too.
    pub(super) async fn order(&self, id: &str) -> Result<Option<Box<RawValue>>, PlatformError> {
        self.with_max_tries(DETAIL_TRIES)
            .detail("pedido.obter", "pedido", id)
            .await
    }

    /// An order's detail, which has to be there.
    pub(super) async fn one_order(&self, id: &str) -> Result<Box<RawValue>, PlatformError> {
        match self.ask("pedido.obter", &[("id", id)]).await.map_err(Failed::of_read)? {
            Told::Found(raw) => Ok(inside(&raw, "pedido")),
            Told::Nothing => Err(PlatformError::NotFound {
                what: "the order".to_owned(),
            }),
        }
    }

    /// Some contacts, at most `most`, with their details.
    pub(super) async fn contacts(
        &self,
        window: Window,
        token: Option<&PageToken>,
        most: usize,
    ) -> Result<Page<PlatformCustomer>, PlatformError> {
        let place = Place::resume(token);
        let filter = match window.by {
            WindowKind::Created => "dataCriacao",
            WindowKind::Changed => "dataMinimaAtualizacao",
        };
        let since = moment(window.since);
        let listed = self.search(CONTACTS, &[(filter, &since)], place.page).await?;
        let mut page = empty();
        let until = place.from.saturating_add(most.max(1));
        for raw in listed.rows.iter().take(until).skip(place.from) {
            let id = match contact::id_of(raw) {
                Ok(id) => id,
                Err(error) => {
                    page.rejects.push(error.reject(raw, None));
                    continue;
                }
            };
            if contact::is_no_customer(raw, &V2) {
                continue;
            }
            let detail = if contact::is_enough(raw, &V2) {
                None
            } else {
                self.detail("contato.obter", "contato", &id).await?
            };
            if detail.as_deref().is_some_and(|raw| contact::is_no_customer(raw, &V2)) {
                continue;
            }
            match contact::customer(raw, detail.as_deref(), &V2) {
                Ok(customer) => page.items.push(customer),
                Err(error) => page.rejects.push(error.reject(raw, Some(id))),
            }
        }
        page.next = if until < listed.rows.len() {
            Place { from: until, ..place }.token()
        } else {
            next_page(place, &listed)
        };
        Ok(page)
    }

    /// A page of products.
    pub(super) async fn products(&self, token: Option<&PageToken>) -> Result<Page<PlatformProduct>, PlatformError> {
        let place = Place::resume(token);
        let listed = self.search(PRODUCTS, &[], place.page).await?;
        let mut page = empty();
        for raw in &listed.rows {
            match product(raw) {
                Ok(product) => page.items.push(product),
                Err(error) => page.rejects.push(error.reject(raw, None)),
            }
        }
        page.next = next_page(place, &listed);
        Ok(page)
    }

    /// Tries the token on orders and contacts.
    pub(super) async fn check(&self, window: Window) -> Result<(), PlatformError> {
        let since = day(window.since);
        self.page(ORDERS, &[("dataInicial", &since)], 1).await?;
        self.search(CONTACTS, &[], 1).await.map(drop)
    }

    /// A page of a list that wants words to search for: none finds all. Where none will not do, a blank may.
    async fn search(&self, list: List, fields: &[(&str, &str)], page: u64) -> Result<Listed, PlatformError> {
        let with = |words: &'static str| -> Vec<(&str, &str)> {
            [("pesquisa", words)]
                .into_iter()
                .chain(fields.iter().copied())
                .collect()
        };
        match self.page(list, &with(""), page).await {
            Err(PlatformError::Refused {
                reason: RefusalReason::InvalidValue,
                ..
            }) => self.page(list, &with(" "), page).await,
            other => other,
        }
    }

    async fn page(&self, list: List, fields: &[(&str, &str)], page: u64) -> Result<Listed, PlatformError> {
        let number = page.to_string();
        let mut fields = fields.to_vec();
        fields.push(("pagina", &number));
        let raw = match self.ask(list.service, &fields).await.map_err(Failed::of_read)? {
            Told::Found(raw) => raw,
            Told::Nothing => return Ok(Listed::end()),
        };
        let malformed = |_| PlatformError::Malformed {
            detail: format!("the answer on '{}' is not a list of {}", list.service, list.rows),
        };
        let envelope = Record::parse(&raw).map_err(malformed)?;
        let rows = envelope.list(list.rows).map_err(malformed)?;
        let count = |key: &str| envelope.id(key).and_then(|text| text.parse::<u64>().ok());
        // Some platforms give their last page again when they are asked for one that is not there.
        if count("pagina").is_some_and(|told| told < page) {
            return Ok(Listed::end());
        }
        Ok(Listed {
            is_last: rows.is_empty() || count("numero_paginas").is_none_or(|pages| page >= pages),
            rows: rows
                .into_iter()
                .map(|row| unwrapped(row, list.row).to_owned())
                .collect(),
        })
    }

    async fn detail(&self, service: &str, name: &str, id: &str) -> Result<Option<Box<RawValue>>, PlatformError> {
        match self.ask(service, &[("id", id)]).await {
            // A detail of something else is no detail of this.
            Ok(Told::Found(raw)) => Ok(Some(inside(&raw, name)).filter(|raw| order::id_of(raw).as_deref() == Some(id))),
            Ok(Told::Nothing)
            | Err(
                Failed::Fetch(FetchError::Server { .. })
                | Failed::Platform(
                    PlatformError::NotFound { .. } | PlatformError::Malformed { .. } | PlatformError::Refused { .. },
                ),
            ) => Ok(None),
            Err(error) => Err(error.of_read()),
        }
    }
}

impl Listed {
    fn end() -> Self {
        Self {
            rows: Vec::new(),
            is_last: true,
        }
    }
}

fn inside(raw: &RawValue, name: &str) -> Box<RawValue> {
    unwrapped(raw, name).to_owned()
}

fn empty<T>() -> Page<T> {
    Page {
        items: Vec::new(),
        rejects: Vec::new(),
        next: None,
        total: None,
    }
}

fn next_page(place: Place, listed: &Listed) -> Option<PageToken> {
    let next = Place {
        page: place.page + 1,
        from: 0,
    };
    (!listed.is_last).then(|| next.token()).flatten()
}

fn product(raw: &RawValue) -> Result<PlatformProduct, FieldError> {
    let record = Record::parse(raw)?;
    let id = record.id("id").ok_or_else(|| FieldError::missing("id"))?;
    Ok(PlatformProduct {
        sku: record.soft_text("codigo").unwrap_or_else(|| id.clone()),
        external_id: id,
        name: record.soft_text("nome").unwrap_or_default(),
        active: record
            .soft_text("situacao")
            .is_none_or(|text| text.eq_ignore_ascii_case("A")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_and_a_strange_one_starts_over() {
        let place = Place { page: 3, from: 20 };
        assert_eq!(Place::resume(place.token().as_ref()), place);
        for strange in ["?", "{}", r#"{"page": 0}"#] {
            let begin = Place { page: 1, from: 0 };
            assert_eq!(Place::resume(Some(&PageToken(strange.to_owned()))), begin, "{strange}");
        }
    }
}
