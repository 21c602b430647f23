//! Customers (pessoas). They belong to a group of shops, so the chosen shop does not narrow them.
//!
//! Filters are of whole days and may be ignored by the platform, so rows are judged again here.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde_json::value::RawValue;

use super::{
    Magazord, PEOPLE, dates,
    fields::{FieldError, Record, elements, scalar},
    page::Cursor,
    read_page,
};
use crate::platform::{Page, PageToken, PersonKind, PlatformCustomer, PlatformError, Window, WindowKind};

/// Windows that begin earlier ask for everything: no filter, so people without a date come too.
const EVERYTHING_BEFORE: i32 = 2000;

impl Magazord {
    pub(super) async fn list_customers(
        &self,
        window: Window,
        token: Option<&PageToken>,
    ) -> Result<Page<PlatformCustomer>, PlatformError> {
        let cursor = Cursor::resume(token, Some(window.since));
        let since = cursor.since.unwrap_or(window.since);
        let filter = match window.by {
            WindowKind::Created => "dataCadastro[gte]",
            WindowKind::Changed => "dataHoraAtualizacao[gte]",
        };
        let from = first_day(since);
        let day = from.map(|day| day.to_string());
        let mut query = vec![("orderDirection", "asc"), ("listaContatos", "1")];
        if let Some(day) = &day {
            query.push((filter, day));
        }
        let list = self.list(PEOPLE, &cursor, &query).await?;
        Ok(read_page(&cursor, &list, |record, _| {
            let customer = read(record)?;
            let at = match window.by {
                WindowKind::Created => customer.signed_up_at,
                WindowKind::Changed => customer.changed_at,
            };
            let is_inside = match (from, at) {
                (Some(from), Some(at)) => dates::day(at) >= from,
                _ => true,
            };
            Ok(if is_inside { vec![customer] } else { Vec::new() })
        }))
    }
}

/// The first day to ask for, one more than needed: filters know days only, and a change late in
/// the evening may bear either of two.
fn first_day(since: DateTime<Utc>) -> Option<NaiveDate> {
    dates::day(since)
        .pred_opt()
        .filter(|day| day.year() >= EVERYTHING_BEFORE)
}

fn read(record: &Record<'_>) -> Result<PlatformCustomer, FieldError> {
    Ok(PlatformCustomer {
        external_id: record.id("id")?.ok_or_else(|| FieldError::missing("id"))?,
        name: record.text("nome")?,
        email: record.text("email")?,
        document: record.text("cpfCnpj")?,
        kind: person_kind(record, "tipo"),
        phone: phone(record, "pessoaContato")
            .or_else(|| phone(record, "celular"))
            .or_else(|| phone(record, "telefone")),
        birth_date: record.date_or_none("dataNascimento"),
        signed_up_at: record.instant("dataCadastro").ok().flatten(),
        changed_at: record.instant("dataHoraAtualizacao").ok().flatten(),
        newsletter: None,
        anonymised: false,
    })
}

/// 1 is a person, 2 a company.
pub(super) fn person_kind(record: &Record<'_>, field: &str) -> Option<PersonKind> {
    match record.text_or_none(field)?.as_str() {
        "1" => Some(PersonKind::Person),
        "2" => Some(PersonKind::Company),
        _ => None,
    }
}

/// The digits of a phone: a text, or the best of a list of contacts (mobile, main, other).
pub(super) fn phone(record: &Record<'_>, field: &str) -> Option<String> {
    let raw = record.raw(field)?;
    scalar(raw)
        .and_then(|text| digits(&text))
        .or_else(|| best_contact(&elements(raw)))
}

fn best_contact(contacts: &[&RawValue]) -> Option<String> {
    let contacts: Vec<Record<'_>> = contacts.iter().filter_map(|raw| Record::read(raw).ok()).collect();
    ["2", "1", "3"].iter().find_map(|kind| {
        contacts
            .iter()
            .filter(|contact| contact.text_or_none("tipo").as_deref() == Some(*kind))
            .find_map(|contact| digits(&contact.text_or_none("contato")?))
    })
}

/// At least eight digits, or it is no phone.
fn digits(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (digits.len() >= 8).then_some(digits)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use super::*;

    fn customer(json: &str) -> Result<PlatformCustomer, FieldError> {
        read(&Record::read(&RawValue::from_string(json.to_owned()).unwrap()).unwrap())
    }

    #[test]
    fn a_full_person() {
        let person = customer(
            r#"{"id":4321,"tipo":1,"nome":" Fulana Exemplo ","cpfCnpj":"123.456.789-09","email":"f@x.invalid","sexo":null,
            "dataNascimento":"1990-01-31","dataCadastro":"2025-02-10","dataHoraAtualizacao":"2025-08-01 10:00:00","novo":{},
            "pessoaContato":[{"tipo":4,"contato":"f@x.invalid"},{"tipo":1,"contato":"(47) 3000-0000"},{"tipo":2,"contato":"(47) 90000-0000"}]}"#,
        )
        .unwrap();
        assert_eq!(
            (person.external_id.as_str(), person.name.as_deref()),
            ("4321", Some("Fulana Exemplo"))
        );
        assert_eq!(
            (person.kind, person.phone.as_deref()),
            (Some(PersonKind::Person), Some("47900000000"))
        );
        assert_eq!(person.birth_date.unwrap().to_string(), "1990-01-31");
        assert_eq!(person.signed_up_at.unwrap().to_rfc3339(), "2025-02-10T03:00:00+00:00");
    }

    #[test]
    fn a_thin_person_is_still_one() {
        let person =
            customer(r#"{"id":"7","email":"","cpfCnpj":null,"dataNascimento":"0000-00-00","dataCadastro":"?"}"#)
                .unwrap();
        assert_eq!(
            (
                person.external_id.as_str(),
                person.email,
                person.document,
                person.birth_date
            ),
            ("7", None, None, None)
        );
        assert_eq!(customer(r#"{"nome":"x"}"#).unwrap_err().field.as_deref(), Some("id"));
        assert_eq!(
            customer(r#"{"id":1,"email":["a"]}"#).unwrap_err().field.as_deref(),
            Some("email")
        );
    }

    #[test]
    fn a_window_from_the_beginning_has_no_filter() {
        assert_eq!(first_day("1970-01-01T00:00:00Z".parse().unwrap()), None);
        assert_eq!(
            first_day("2026-01-20T01:00:00Z".parse().unwrap()).unwrap().to_string(),
            "2026-01-18"
        );
    }
}
