//! One record of the platform, field by field.
//!
//! A record stays text until a field is asked for, so that an error names its field and an unknown
//! or odd field harms nobody. Which fields a record must have is decided by the files that read
//! orders, customers and coupons; how a value is read is the business of `wire`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::wire::{decimal, flag, instant, last_segment, money, reference, scalar};
use crate::platform::mask::mask;
use crate::platform::{Cents, Reject};

/// Why a field cannot be used. The message never repeats the value, which may be personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldError {
    /// The field, with its path from the record, for instance `itens[0].quantidade`.
    pub(super) field: Option<String>,
    /// What is wrong and what was expected.
    pub(super) message: String,
}

impl FieldError {
    pub(super) fn new(field: &str, message: &str) -> Self {
        Self {
            field: Some(field.to_owned()),
            message: message.to_owned(),
        }
    }

    /// The same error seen from the record that holds `parent`.
    pub(super) fn under(self, parent: &str) -> Self {
        let field = self
            .field
            .map_or_else(|| parent.to_owned(), |field| format!("{parent}.{field}"));
        Self {
            field: Some(field),
            ..self
        }
    }

    /// The rejected record that this error makes of `raw`.
    pub(super) fn reject(self, raw: &RawValue, external_id: Option<String>) -> Reject {
        let record = serde_json::from_str(raw.get()).unwrap_or_default();
        Reject {
            external_id,
            field: self.field,
            message: self.message,
            record: mask(&record),
        }
    }
}

/// One JSON object whose values are still text.
#[derive(Debug)]
pub(super) struct Record<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Record<'a> {
    pub(super) fn parse(raw: &'a RawValue) -> Result<Self, FieldError> {
        serde_json::from_str(raw.get()).map(Self).map_err(|_| FieldError {
            field: None,
            message: "not an object: the platform must send one object per record".to_owned(),
        })
    }

    /// The value of a field; `None` when it is missing or null.
    pub(super) fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.0.get(key).copied().filter(|raw| raw.get() != "null")
    }

    /// Whether the field was sent at all, even as null.
    pub(super) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(key, raw)| (key.as_str(), *raw))
    }

    fn read<T>(
        &self,
        key: &str,
        read: fn(&RawValue) -> Result<Option<T>, &'static str>,
    ) -> Result<Option<T>, FieldError> {
        self.get(key)
            .map_or(Ok(None), read)
            .map_err(|message| FieldError::new(key, message))
    }

    /// A string's contents or a number's digits, trimmed; blank is `None`.
    pub(super) fn text(&self, key: &str) -> Result<Option<String>, FieldError> {
        self.read(key, scalar)
    }

    /// As [`Record::text`], for fields without which the record is still of use.
    pub(super) fn soft_text(&self, key: &str) -> Option<String> {
        self.text(key).ok().flatten()
    }

    pub(super) fn money(&self, key: &str) -> Result<Option<Cents>, FieldError> {
        self.read(key, money)
    }

    pub(super) fn decimal(&self, key: &str) -> Result<Option<Decimal>, FieldError> {
        self.read(key, decimal)
    }

    /// An instant.
    pub(super) fn date(&self, key: &str) -> Result<Option<DateTime<Utc>>, FieldError> {
        self.read(key, instant)
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, FieldError> {
        self.read(key, flag)
    }

    /// The id that a foreign key points to.
    pub(super) fn reference(&self, key: &str) -> Result<Option<String>, FieldError> {
        self.read(key, reference)
    }

    /// The field as a record, if it is an object.
    pub(super) fn record(&self, key: &str) -> Option<Record<'a>> {
        self.get(key).and_then(|raw| Record::parse(raw).ok())
    }

    /// The field as a list; missing is an empty one.
    pub(super) fn list(&self, key: &str) -> Result<Vec<&'a RawValue>, FieldError> {
        self.get(key).map_or_else(
            || Ok(Vec::new()),
            |raw| serde_json::from_str(raw.get()).map_err(|_| FieldError::new(key, "is not a list")),
        )
    }

    /// The record's own id, from `id` or else from the end of `resource_uri`.
    pub(super) fn id(&self) -> Option<String> {
        let own = self.soft_text("id");
        own.or_else(|| {
            self.soft_text("resource_uri")
                .and_then(|uri| last_segment(&uri).map(str::to_owned))
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn an_error_names_the_field_and_hides_the_value() {
        let row = raw(r#"{"id": 1, "cpf": "11144477735", "valor_total": "segredo"}"#);
        let error = Record::parse(&row)
            .unwrap()
            .money("valor_total")
            .unwrap_err()
            .under("pedido");
        let reject = error.reject(&row, Some("1".to_owned()));
        assert_eq!(reject.field.as_deref(), Some("pedido.valor_total"));
        assert!(!reject.message.contains("segredo"));
        assert_ne!(reject.record["cpf"], "11144477735");
    }
}
