//! One record of a platform, field by field.
//!
//! A record stays text until a field is asked for, so that an error names its field, amounts are read from their digits
//! and never pass through a float, and an unknown or odd field harms nobody. Platforms are loose about types: a number
//! may be text and the other way round. Which fields a record must have, and what is odd about one platform alone, is
//! decided in that platform's folder.

use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy::MidpointAwayFromZero};
use serde_json::value::RawValue;

use super::mask::mask;
use super::{Cents, Reject};

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

    /// Without it the record cannot be used.
    pub(super) fn missing(field: &str) -> Self {
        Self::new(
            field,
            "the field is missing or empty, and without it the record cannot be used",
        )
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

    /// All that was sent, by name.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(key, raw)| (key.as_str(), *raw))
    }

    /// A field in a reading of the platform's own; a missing one is `None`.
    pub(super) fn read<T>(
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

    /// An id: text or a number; 0 and blank are none.
    pub(super) fn id(&self, key: &str) -> Option<String> {
        self.soft_text(key).filter(|id| id != "0")
    }

    /// An amount of money.
    pub(super) fn money(&self, key: &str) -> Result<Option<Cents>, FieldError> {
        self.read(key, money)
    }

    /// A decimal with a point.
    pub(super) fn decimal(&self, key: &str) -> Result<Option<Decimal>, FieldError> {
        self.read(key, decimal)
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
}

/// A string's contents or a number's own digits.
pub(super) fn scalar(raw: &RawValue) -> Result<Option<String>, &'static str> {
    let json = raw.get();
    let text = match json.bytes().next() {
        Some(b'"') => serde_json::from_str::<String>(json).map_err(|_| "is not readable text")?,
        Some(b'-' | b'0'..=b'9') => json.to_owned(),
        Some(b'n') => return Ok(None),
        _ => return Err("is neither text nor a number"),
    };
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// A decimal with a point, as a string or a number.
pub(super) fn decimal(raw: &RawValue) -> Result<Option<Decimal>, &'static str> {
    let Some(text) = scalar(raw)? else { return Ok(None) };
    let value = decimal_of(&text).ok_or("is not a decimal number with a point, such as 20.00")?;
    Ok(Some(value))
}

/// A decimal with a point, written out or scientifically.
pub(super) fn decimal_of(text: &str) -> Option<Decimal> {
    // The decimal parser also takes underscores between digits, which no platform means.
    if text.contains('_') {
        return None;
    }
    if text.contains(['e', 'E']) {
        return Decimal::from_scientific(text).ok();
    }
    text.parse().ok()
}

/// An amount, rounded once, half away from zero.
pub(super) fn money(raw: &RawValue) -> Result<Option<Cents>, &'static str> {
    let Some(value) = decimal(raw)? else { return Ok(None) };
    scaled(value, 2).map(Some).ok_or("is too large for an amount of money")
}

/// A number in units of its last place that counts, rounded once, half away from zero.
pub(super) fn scaled(value: Decimal, places: u32) -> Option<i64> {
    let scaled = value.checked_mul(Decimal::from(10_u64.checked_pow(places)?))?;
    scaled.round_dp_with_strategy(0, MidpointAwayFromZero).to_i64()
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

    #[test]
    fn amounts_in_every_form() {
        for (json, cents) in [
            (r#""20.00""#, Some(2000)),
            (r#""20.0000""#, Some(2000)),
            (r#"" 0.1 ""#, Some(10)),
            (r#""19.995""#, Some(2000)),
            (r#""-19.995""#, Some(-2000)),
            (r#""1.0049""#, Some(100)),
            ("20", Some(2000)),
            ("195.1", Some(19510)),
            ("1e2", Some(10000)),
            (r#""0.00""#, Some(0)),
            ("90071992547409.93", Some(9_007_199_254_740_993)),
            ("null", None),
            (r#""""#, None),
        ] {
            assert_eq!(money(&raw(json)), Ok(cents), "{json}");
        }
        for json in [
            r#""20,00""#,
            r#""1_000""#,
            r#""R$ 2""#,
            "{}",
            "[]",
            "true",
            r#""99999999999999999999""#,
        ] {
            assert!(money(&raw(json)).is_err(), "{json}");
        }
    }
}
