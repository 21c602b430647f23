//! Reads one record field by field, whatever type the platform chose for it today.
//!
//! Records stay raw text until a field is asked for, so numbers are read from their digits and one
//! bad field names itself.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::dates;
use crate::platform::Cents;
pub(super) use crate::platform::record::FieldError;
use crate::platform::record::{decimal_of, scaled};

/// One JSON object, its values still raw.
#[derive(Debug)]
pub(super) struct Record<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Record<'a> {
    pub(super) fn read(raw: &'a RawValue) -> Result<Self, FieldError> {
        serde_json::from_str(raw.get()).map(Self).map_err(|_| FieldError {
            field: None,
            message: "the record is not an object".into(),
        })
    }

    /// The value, unless it is null or an empty text.
    pub(super) fn raw(&self, field: &str) -> Option<&'a RawValue> {
        self.0
            .get(field)
            .copied()
            .filter(|raw| !matches!(raw.get(), "null" | "\"\""))
    }

    /// Trimmed text; a number or boolean is given as it is written.
    pub(super) fn text(&self, field: &str) -> Result<Option<String>, FieldError> {
        let Some(raw) = self.raw(field) else { return Ok(None) };
        match raw.get().as_bytes().first() {
            Some(b'{' | b'[') => Err(FieldError::new(field, "expected a text, found a list or an object")),
            _ => Ok(scalar(raw)
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())),
        }
    }

    /// Text that nothing depends on: whatever is not text is no text.
    pub(super) fn text_or_none(&self, field: &str) -> Option<String> {
        self.text(field).ok().flatten()
    }

    /// An id: text in which zero means none.
    pub(super) fn id(&self, field: &str) -> Result<Option<String>, FieldError> {
        Ok(self.text(field)?.filter(|id| id.bytes().any(|byte| byte != b'0')))
    }

    pub(super) fn integer(&self, field: &str) -> Result<Option<i64>, FieldError> {
        let whole = |text: String| {
            text.parse()
                .map_err(|_| FieldError::new(field, "expected a whole number"))
        };
        self.text(field)?.map(whole).transpose()
    }

    /// A decimal with a point, as text or number.
    fn decimal(&self, field: &str) -> Result<Option<Decimal>, FieldError> {
        let number = |text: String| {
            decimal_of(&text).ok_or_else(|| FieldError::new(field, "expected a number with a decimal point"))
        };
        self.text(field)?.map(number).transpose()
    }

    /// An amount of money; more than two decimals are rounded half away from zero.
    pub(super) fn cents(&self, field: &str) -> Result<Option<Cents>, FieldError> {
        self.scaled(field, 2)
    }

    /// A quantity in thousandths.
    pub(super) fn milli(&self, field: &str) -> Result<Option<i64>, FieldError> {
        self.scaled(field, 3)
    }

    fn scaled(&self, field: &str, places: u32) -> Result<Option<i64>, FieldError> {
        let whole = |value| scaled(value, places).ok_or_else(|| FieldError::new(field, "the number is too large"));
        self.decimal(field)?.map(whole).transpose()
    }

    pub(super) fn instant(&self, field: &str) -> Result<Option<DateTime<Utc>>, FieldError> {
        let Some(raw) = self.raw(field) else { return Ok(None) };
        dates::instant(raw).map_err(|()| FieldError::new(field, "expected a date and time"))
    }

    /// A calendar date as written, never shifted between zones; what is no date is none, since
    /// nothing but birthdays depends on it.
    pub(super) fn date_or_none(&self, field: &str) -> Option<NaiveDate> {
        dates::calendar_date(&self.text_or_none(field)?)
    }

    /// True, 1, "S"; false, 0, "N"; anything else is none.
    pub(super) fn flag(&self, field: &str) -> Option<bool> {
        match self.text_or_none(field)?.to_lowercase().as_str() {
            "true" | "1" | "s" | "sim" => Some(true),
            "false" | "0" | "n" | "nao" | "não" => Some(false),
            _ => None,
        }
    }

    /// The elements of a list; a single object stands for a list of one.
    pub(super) fn list(&self, field: &str) -> Vec<&'a RawValue> {
        self.raw(field).map(elements).unwrap_or_default()
    }
}

/// The elements of a raw list; an object is a list of one, anything else of none.
pub(super) fn elements(raw: &RawValue) -> Vec<&RawValue> {
    match raw.get().as_bytes().first() {
        Some(b'[') => serde_json::from_str(raw.get()).unwrap_or_default(),
        Some(b'{') => vec![raw],
        _ => Vec::new(),
    }
}

/// A text without its quotes, or a number or boolean as written.
pub(super) fn scalar(raw: &RawValue) -> Option<String> {
    match raw.get().as_bytes().first()? {
        b'"' => serde_json::from_str(raw.get()).ok(),
        b'{' | b'[' | b'n' => None,
        _ => Some(raw.get().to_owned()),
    }
}

/// The id of a record, if it can be told.
pub(super) fn id_of(raw: &RawValue) -> Option<String> {
    Record::read(raw).ok()?.id("id").ok()?
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    fn cents_of(json: &str) -> Result<Option<Cents>, FieldError> {
        Record::read(&raw(&format!("{{\"v\":{json}}}"))).unwrap().cents("v")
    }

    #[test]
    fn money_is_read_from_its_digits() {
        for (json, cents) in [
            ("\"176.90\"", Some(17_690)),
            ("\"176.900000\"", Some(17_690)),
            ("182.0", Some(18_200)),
            ("90", Some(9_000)),
            ("0.29", Some(29)),
            ("1.005", Some(101)),
            ("\"-1.005\"", Some(-101)),
            ("\"0.004999\"", Some(0)),
            ("18.45e1", Some(18_450)),
            ("\" 10.5 \"", Some(1_050)),
            ("null", None),
            ("\"\"", None),
            ("\"  \"", None),
            ("90071992547409.93", Some(9_007_199_254_740_993)),
        ] {
            assert_eq!(cents_of(json), Ok(cents), "{json}");
        }
        for json in [
            "\"1.234,56\"",
            "\"R$ 10\"",
            "true",
            "{}",
            "\"1_000\"",
            "\"999999999999999999999\"",
        ] {
            assert_eq!(cents_of(json).unwrap_err().field.as_deref(), Some("v"), "{json}");
        }
        assert_eq!(Record::read(&raw("{}")).unwrap().cents("v"), Ok(None));
    }

    #[test]
    fn fields_are_read_whatever_their_type() {
        let raw = raw(r#"{"id":"9001","n":7,"zero":0,"on":1,"off":false,"list":{"a":1},"none":[],"q":1.5}"#);
        let record = Record::read(&raw).unwrap();
        assert_eq!(record.id("id"), Ok(Some("9001".into())));
        assert_eq!(record.id("n"), Ok(Some("7".into())));
        assert_eq!(record.id("zero"), Ok(None));
        assert_eq!(
            (record.flag("on"), record.flag("off"), record.flag("q")),
            (Some(true), Some(false), None)
        );
        assert_eq!((record.list("list").len(), record.list("none").len()), (1, 0));
        assert_eq!(record.milli("q"), Ok(Some(1500)));
        assert!(record.text("list").is_err());
    }

    #[test]
    fn a_reject_names_the_record_and_hides_who_it_is() {
        let reject = FieldError::missing("valorTotal").reject(
            &raw(r#"{"id":5,"pessoaNome":"Fulana","valorTotal":null}"#),
            id_of(&raw(r#"{"id":5,"pessoaNome":"Fulana","valorTotal":null}"#)),
        );
        assert_eq!(reject.external_id.as_deref(), Some("5"));
        assert_eq!(
            reject.record,
            serde_json::json!({"id":5,"pessoaNome":"F***","valorTotal":null})
        );
        assert!(
            FieldError::missing("x")
                .reject(&raw("[1]"), id_of(&raw("[1]")))
                .external_id
                .is_none()
        );
    }
}
