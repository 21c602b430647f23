//! A contact: its row, and its detail, which alone tells the birth date and what somebody is to the merchant.

use serde_json::value::RawValue;

use super::dates::{birth_date, instant};
use super::order::{is_id, person_kind, unwrapped};
use super::status::folded;
use super::words::Words;
use crate::platform::record::{FieldError, Record};
use crate::platform::{PersonKind, PlatformCustomer};

/// The id of a row.
pub(super) fn id_of(raw: &RawValue) -> Result<String, FieldError> {
    let id = Record::parse(raw)?.id("id").filter(|id| is_id(id));
    id.ok_or_else(|| FieldError::missing("id"))
}

/// Whether a row tells all that is needed: of a company, which has no birthday, it may.
pub(super) fn is_enough(raw: &RawValue, words: &Words) -> bool {
    Record::parse(raw).is_ok_and(|record| {
        person_kind(&record, words) == Some(PersonKind::Company)
            && record.soft_text("email").is_some()
            && record.soft_text(words.document).is_some()
    })
}

/// Whether the row or the detail says that this is nobody who buys: somebody deleted, or a supplier alone.
pub(super) fn is_no_customer(raw: &RawValue, words: &Words) -> bool {
    let Ok(record) = Record::parse(raw) else { return false };
    let is_deleted = record
        .soft_text("situacao")
        .is_some_and(|text| folded(&text).starts_with('e'));
    let types = record.list(words.types).unwrap_or_default();
    let types = types.into_iter().filter_map(|raw| {
        let record = Record::parse(unwrapped(raw, "tipo_contato")).ok()?;
        let name = ["tipo", "nome", "descricao"]
            .iter()
            .find_map(|key| record.soft_text(key))?;
        Some(folded(&name))
    });
    let types: Vec<String> = types.collect();
    is_deleted
        || (!types.is_empty()
            && !types
                .iter()
                .any(|name| name.contains("client") || name.contains("consumidor")))
}

/// The customer that a row and its detail, where it could be had, tell.
pub(super) fn customer(
    row: &RawValue,
    detail: Option<&RawValue>,
    words: &Words,
) -> Result<PlatformCustomer, FieldError> {
    let row = Record::parse(row)?;
    let detail = detail.map(Record::parse).transpose()?;
    let id = row.id("id").ok_or_else(|| FieldError::missing("id"))?;
    let text = |key: &str| {
        let told = detail.as_ref().and_then(|detail| detail.soft_text(key));
        told.or_else(|| row.soft_text(key))
    };
    let at = |key: &str| {
        let told = detail
            .as_ref()
            .and_then(|detail| detail.read(key, instant).ok().flatten());
        told.or_else(|| row.read(key, instant).ok().flatten())
    };
    Ok(PlatformCustomer {
        external_id: id,
        name: text("nome").or_else(|| text("fantasia")),
        email: text("email"),
        document: text(words.document),
        kind: detail
            .as_ref()
            .and_then(|detail| person_kind(detail, words))
            .or_else(|| person_kind(&row, words)),
        phone: words.phones.iter().find_map(|key| phone(&text(key)?)),
        birth_date: text(words.born).as_deref().and_then(birth_date),
        signed_up_at: at(words.created),
        changed_at: at(words.changed),
        newsletter: None,
        anonymised: false,
    })
}

/// At least eight digits, or it is no phone. The country is left out.
pub(super) fn phone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let local = match digits.strip_prefix("55") {
        Some(local) if digits.len() > 11 => local,
        _ => &digits,
    };
    (local.len() >= 8).then(|| local.to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use serde_json::json;
    use serde_json::value::to_raw_value;

    use super::super::words::V2;
    use super::*;

    #[test]
    fn a_detail_adds_to_its_row() {
        let row = to_raw_value(&json!({ "id": "701", "nome": "Cliente Exemplo", "tipo_pessoa": "F",
            "cpf_cnpj": "123.456.789-09", "situacao": "Ativo", "data_criacao": "31/01/2026 14:05:00" }))
        .unwrap();
        let detail = to_raw_value(&json!({ "id": 701, "email": "cliente@example.com", "fone": "",
            "celular": "+55 (11) 90000-0000", "data_nascimento": "17/05/1990" }))
        .unwrap();
        let customer = customer(&row, Some(&detail), &V2).unwrap();
        assert_eq!(customer.external_id, "701");
        assert_eq!(customer.email.as_deref(), Some("cliente@example.com"));
        assert_eq!(customer.phone.as_deref(), Some("11900000000"));
        assert_eq!(customer.birth_date.unwrap().to_string(), "1990-05-17");
        assert_eq!(customer.signed_up_at.unwrap().to_rfc3339(), "2026-01-31T17:05:00+00:00");
        assert!(!is_enough(&row, &V2), "a person has a birthday");
    }

    #[test]
    fn who_does_not_buy_is_no_customer() {
        for (record, expected) in [
            (json!({ "situacao": "Ativo" }), false),
            (json!({ "situacao": "Excluido" }), true),
            (json!({ "situacao": "E" }), true),
            (
                json!({ "tipos_contato": [{ "tipo": "Cliente" }, { "tipo": "Fornecedor" }] }),
                false,
            ),
            (json!({ "tipos_contato": [{ "tipo": "Fornecedor" }] }), true),
            (json!({ "tipos_contato": [] }), false),
        ] {
            assert_eq!(
                is_no_customer(&to_raw_value(&record).unwrap(), &V2),
                expected,
                "{record}"
            );
        }
    }
}
