//! Customers: list rows, their details, and what of them is a person at all.
//!
//! List rows may lack everything but id, e-mail and name; the documents then come from the detail,
//! one request per customer. Records that the platform anonymised are marked, not dropped, so that
//! the importer decides. Also used by orders, which carry the same fields inline.

use chrono::{DateTime, Utc};

use super::LojaIntegrada;
use super::answer::folded;
use super::paging::{Listing, Walk, since};
use super::wire::{birth_date, flag, instant, own_id};
use crate::platform::record::{FieldError, Record};
use crate::platform::{Buyer, Page, PageToken, PersonKind, PlatformCustomer, PlatformError, Window, WindowKind};

/// The list that can be filtered by time, newest change first.
const SEARCH: &str = "cliente/search";
/// The list without filters, for shops whose search does not answer.
const PLAIN: &str = "cliente";

impl LojaIntegrada {
    pub(super) async fn customer_page(
        &self,
        window: Window,
        page: Option<&PageToken>,
    ) -> Result<Page<PlatformCustomer>, PlatformError> {
        let (walk, listing) = match page {
            Some(token) => {
                let walk = Walk::resume(token)?;
                let listing = self.page(&walk).await?;
                (walk, listing)
            }
            None => self.first_customer_page(window).await?,
        };
        let from = (walk.list == PLAIN).then_some(window.since);
        let mut page = Page {
            items: Vec::new(),
            rejects: Vec::new(),
            next: None,
            total: listing.total,
        };
        let mut changes = Vec::new();
        for raw in &listing.rows {
            let record = Record::parse(raw).and_then(|record| Ok((customer(&record)?, is_thin(&record))));
            match record {
                // The plain list has no filter: what is known to be older needs no detail either.
                Ok((found, _)) if from.is_some() && found.changed_at.is_some_and(|at| Some(at) < from) => {
                    changes.push(found.changed_at);
                }
                Ok((found, thin)) => {
                    let found = if thin && !found.anonymised {
                        self.with_detail(found).await?
                    } else {
                        found
                    };
                    changes.push(found.changed_at);
                    page.items.push(found);
                }
                Err(error) => page.rejects.push(error.reject(raw, None)),
            }
        }
        let over = from.is_some_and(|from| is_older(&changes, listing.rows.len(), from));
        if let (false, Some(next)) = (over, walk.after(&listing, &changes)) {
            page.next = Some(next.token()?);
        }
        Ok(page)
    }

    async fn first_customer_page(&self, window: Window) -> Result<(Walk, Listing), PlatformError> {
        let filter = match window.by {
            WindowKind::Created => "since_criado",
            WindowKind::Changed => "since_atualizado",
        };
        let walk = self
            .walk(SEARCH)
            .filter(filter, since(window.since))
            .newest_first("until_atualizado");
        match self.page(&walk).await {
            Ok(listing) => Ok((walk, listing)),
            Err(error) if has_no_such_list(&error) => {
                let walk = self.walk(PLAIN).filter("order_by", "-data_modificacao");
                let listing = self.page(&walk).await?;
                Ok((walk, listing))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether customers can be listed, by either list.
    pub(super) async fn probe_customers(&self) -> Result<(), PlatformError> {
        match self.page(&Self::probe(SEARCH)).await {
            Err(error) if has_no_such_list(&error) => self.page(&Self::probe(PLAIN)).await.map(drop),
            other => other.map(drop),
        }
    }

    /// The customer from its detail; the list row where the detail cannot be had.
    async fn with_detail(&self, thin: PlatformCustomer) -> Result<PlatformCustomer, PlatformError> {
        let detail = self.customer_detail(&thin.external_id).await?;
        Ok(detail
            .filter(|detail| detail.external_id == thin.external_id)
            .unwrap_or(thin))
    }

    /// A customer by id; `None` where the detail cannot be had or read now.
    pub(super) async fn customer_detail(&self, id: &str) -> Result<Option<PlatformCustomer>, PlatformError> {
        let raw = self.optional_item("cliente", id).await?;
        Ok(raw.and_then(|raw| customer(&Record::parse(&raw).ok()?).ok()))
    }
}

/// A customer from a list row, a detail, or the `cliente` of an order.
pub(super) fn customer(record: &Record<'_>) -> Result<PlatformCustomer, FieldError> {
    let id = own_id(record).ok_or_else(|| FieldError::new("id", "is missing: a customer cannot be told without it"))?;
    let email = record.soft_text("email");
    let name = record.soft_text("nome").or_else(|| record.soft_text("razao_social"));
    let (cpf, cnpj) = (record.text("cpf")?, record.text("cnpj")?);
    let kind = record
        .soft_text("tipo")
        .and_then(|text| match text.to_lowercase().as_str() {
            "pf" => Some(PersonKind::Person),
            "pj" => Some(PersonKind::Company),
            _ => None,
        });
    let anonymised = is_anonymised(cpf.as_deref(), name.as_deref(), email.as_deref());
    let document = if kind == Some(PersonKind::Company) {
        cnpj.or(cpf)
    } else {
        cpf.or(cnpj)
    };
    let newsletter = ["aceita_newsletter", "newsletter"]
        .iter()
        .find_map(|key| record.read(key, flag).ok().flatten());
    Ok(PlatformCustomer {
        external_id: id,
        name,
        email,
        document,
        kind,
        phone: phone(record),
        birth_date: record.soft_text("data_nascimento").as_deref().and_then(birth_date),
        signed_up_at: record.read("data_criacao", instant)?,
        changed_at: record.read("data_modificacao", instant)?,
        newsletter,
        anonymised,
    })
}

/// The customer as an order's buyer.
pub(super) fn buyer(customer: PlatformCustomer) -> Buyer {
    Buyer {
        external_id: Some(customer.external_id),
        name: customer.name,
        email: customer.email,
        document: customer.document,
        kind: customer.kind,
        phone: customer.phone,
        birth_date: customer.birth_date,
        anonymised: customer.anonymised,
    }
}

/// Whether documents were left out of the record, as opposed to being told as empty.
pub(super) fn is_thin(record: &Record<'_>) -> bool {
    let told = |key| record.soft_text(key).is_some();
    !(told("cpf") || told("cnpj") || (record.has("cpf") && record.has("cnpj")))
}

fn phone(record: &Record<'_>) -> Option<String> {
    ["telefone_celular", "telefone_principal", "telefone_comercial"]
        .iter()
        .find_map(|key| {
            let digits: String = record.soft_text(key)?.chars().filter(char::is_ascii_digit).collect();
            (!digits.is_empty()).then_some(digits)
        })
}

fn is_anonymised(cpf: Option<&str>, name: Option<&str>, email: Option<&str>) -> bool {
    let nines = cpf.is_some_and(|cpf| cpf.len() >= 11 && cpf.chars().all(|digit| matches!(digit, '9' | '.' | '-')));
    let placeholder = name
        .map(folded)
        .is_some_and(|name| name.contains("anonimizad") || name.contains("anonymi"));
    let vendor = email.map(str::to_lowercase).is_some_and(|email| {
        let domain = email.rsplit('@').next().unwrap_or_default();
        domain
            .split('.')
            .any(|label| matches!(label, "awsli" | "lojaintegrada"))
    });
    nines || placeholder || vendor
}

/// Whether a page, sorted newest change first, holds nothing that changed since.
fn is_older(changes: &[Option<DateTime<Utc>>], rows: usize, since: DateTime<Utc>) -> bool {
    let known: Vec<_> = changes.iter().flatten().collect();
    known.len() == rows
        && known.is_sorted_by(|newer, older| newer >= older)
        && known.iter().all(|changed| **changed < since)
}

fn has_no_such_list(error: &PlatformError) -> bool {
    matches!(
        error,
        PlatformError::NotFound { .. } | PlatformError::Refused { .. } | PlatformError::Unsupported { .. }
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use serde_json::value::RawValue;

    use super::*;

    fn read(json: &str) -> Result<PlatformCustomer, FieldError> {
        let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
        customer(&Record::parse(&raw).unwrap())
    }

    #[test]
    fn reads_a_detail() {
        let found = read(
            r#"{"id": 900001, "nome": " Fulana Exemplo ", "email": "Fulana@example.com", "tipo": "pf", "cpf": "11144477735",
                "cnpj": null, "data_nascimento": "1990-01-02", "telefone_celular": "(11) 90000-0000", "aceita_newsletter": "1",
                "data_criacao": "2026-03-01 10:11:12", "data_modificacao": "2026-10-01T09:08:07.060504", "novo": {}}"#,
        )
        .unwrap();
        assert_eq!(found.external_id, "900001");
        assert_eq!(found.name.as_deref(), Some("Fulana Exemplo"));
        assert_eq!(found.document.as_deref(), Some("11144477735"));
        assert_eq!(found.kind, Some(PersonKind::Person));
        assert_eq!(found.phone.as_deref(), Some("11900000000"));
        assert_eq!(
            found.birth_date.map(|date| date.to_string()).as_deref(),
            Some("1990-01-02")
        );
        assert_eq!(found.signed_up_at, Some("2026-03-01T13:11:12Z".parse().unwrap()));
        assert_eq!(found.newsletter, Some(true));
        assert!(!found.anonymised);
    }

    #[test]
    fn a_company_is_known_by_its_cnpj() {
        let found =
            read(r#"{"id": "7", "tipo": "PJ", "cpf": "11144477735", "cnpj": "11222333000181", "razao_social": "X"}"#);
        let found = found.unwrap();
        assert_eq!(found.document.as_deref(), Some("11222333000181"));
        assert_eq!(
            (found.name.as_deref(), found.kind),
            (Some("X"), Some(PersonKind::Company))
        );
    }

    #[test]
    fn anonymised_records_are_marked() {
        for (json, anonymised) in [
            (r#"{"id":1,"cpf":"99999999999"}"#, true),
            (r#"{"id":1,"nome":"Cliente Anonimizado"}"#, true),
            (r#"{"id":1,"email":"x1@anon.awsli.com.br"}"#, true),
            (r#"{"id":1,"email":"x@lojaintegrada.com.br"}"#, true),
            (
                r#"{"id":1,"nome":"Ana","email":"ana@minhalojaintegrada.com","cpf":"11144477735"}"#,
                false,
            ),
        ] {
            assert_eq!(read(json).unwrap().anonymised, anonymised, "{json}");
        }
    }

    #[test]
    fn only_records_without_documents_are_thin() {
        for (json, thin) in [
            (r#"{"id":1}"#, true),
            (r#"{"id":1,"cpf":null}"#, true),
            (r#"{"id":1,"cpf":null,"cnpj":null}"#, false),
            (r#"{"id":1,"cnpj":"11222333000181"}"#, false),
        ] {
            let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
            assert_eq!(is_thin(&Record::parse(&raw).unwrap()), thin, "{json}");
        }
    }

    #[test]
    fn a_bad_row_names_its_field() {
        assert_eq!(read(r#"{"nome": "X"}"#).unwrap_err().field.as_deref(), Some("id"));
        assert_eq!(
            read(r#"{"id": 1, "data_criacao": "ontem"}"#)
                .unwrap_err()
                .field
                .as_deref(),
            Some("data_criacao")
        );
        assert_eq!(
            read(r#"{"resource_uri": "/api/v1/cliente/9/?id_externo=1"}"#)
                .unwrap()
                .external_id,
            "9"
        );
    }
}
