//! What a contact tells of a buyer that the order does not.

use chrono::NaiveDate;

use super::dates::birth_date;
use crate::platform::record::Record;

/// What a contact adds.
#[derive(Debug, Clone, Default)]
pub(super) struct Contact {
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) document: Option<String>,
    pub(super) birth_date: Option<NaiveDate>,
}

/// Reads a contact; whatever of it is odd is left out.
pub(super) fn contact(record: &Record<'_>) -> Contact {
    let more = record.record("dadosAdicionais");
    let born = more
        .as_ref()
        .and_then(|more| more.soft_text("dataNascimento"))
        .or_else(|| record.soft_text("dataNascimento"));
    let phone = record.soft_text("celular").or_else(|| record.soft_text("telefone"));
    let digits = phone.map(|text| text.chars().filter(char::is_ascii_digit).collect::<String>());
    Contact {
        email: record.soft_text("email"),
        phone: digits.filter(|digits| !digits.is_empty()),
        document: record.soft_text("numeroDocumento"),
        birth_date: born.as_deref().and_then(birth_date),
    }
}
