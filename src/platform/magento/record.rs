//! Reads one record field by field, whatever type the shop chose for it: REST gives numbers, SOAP text.
//!
//! Values stay raw text until they are asked for, so that amounts are read from their digits and one bad field names
//! itself. Both doors bring their records here.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::value::RawValue;

use crate::platform::Cents;
pub(super) use crate::platform::record::FieldError;
use crate::platform::record::{decimal_of, scaled};
use crate::secrets::sha256_hex;

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
        let value = self.0.get(field).copied();
        value.filter(|raw| !matches!(raw.get(), "null" | "\"\""))
    }

    /// Trimmed text; a number is given as it is written.
    pub(super) fn text(&self, field: &str) -> Result<Option<String>, FieldError> {
        let Some(raw) = self.raw(field) else { return Ok(None) };
        match raw.get().as_bytes().first() {
            Some(b'{' | b'[') => Err(FieldError::new(field, "expected a text, found a list or an object")),
            _ => Ok(scalar(raw)),
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

    /// An amount of money; more than two decimals are rounded half away from zero.
    pub(super) fn cents(&self, field: &str) -> Result<Option<Cents>, FieldError> {
        self.scaled(field, 2)
    }

    /// A quantity in thousandths.
    pub(super) fn milli(&self, field: &str) -> Result<Option<i64>, FieldError> {
        self.scaled(field, 3)
    }

    fn scaled(&self, field: &str, places: u32) -> Result<Option<i64>, FieldError> {
        let Some(text) = self.text(field)? else {
            return Ok(None);
        };
        let number = decimal_of(&text);
        let number = number.ok_or_else(|| FieldError::new(field, "expected a number with a decimal point"))?;
        scaled(number, places)
            .map(Some)
            .ok_or_else(|| FieldError::new(field, "the number is too large"))
    }

    /// An instant; Magento writes UTC without saying so.
    pub(super) fn instant(&self, field: &str) -> Result<Option<DateTime<Utc>>, FieldError> {
        let Some(text) = self.text(field)? else {
            return Ok(None);
        };
        instant(&text)
            .map(Some)
            .ok_or_else(|| FieldError::new(field, "expected a date and time, like 2026-01-31 18:00:00"))
    }

    /// A calendar date as written, never shifted between zones; what is no date is none, since nothing but birthdays
    /// depends on it.
    pub(super) fn date_or_none(&self, field: &str) -> Option<NaiveDate> {
        let text = self.text_or_none(field)?;
        NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()
    }

    /// The record below a field.
    pub(super) fn below(&self, field: &str) -> Option<Record<'a>> {
        Record::read(self.raw(field)?).ok()
    }

    /// The elements of a list; a single object stands for a list of one.
    pub(super) fn list(&self, field: &str) -> Vec<&'a RawValue> {
        self.raw(field).map(elements).unwrap_or_default()
    }

    /// An attribute, wherever this shop keeps its own: in the record, in its extension, or in the list of attributes
    /// with codes.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let listed = || {
            self.list("custom_attributes")
                .into_iter()
                .filter_map(|entry| Record::read(entry).ok())
                .find(|entry| entry.text_or_none("attribute_code").as_deref() == Some(name))
                .and_then(|entry| entry.text_or_none("value"))
        };
        self.text_or_none(name)
            .or_else(|| self.below("extension_attributes")?.text_or_none(name))
            .or_else(listed)
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

/// An instant as Magento writes it and reads it in filters.
pub(super) fn written(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    let plain = |format| NaiveDateTime::parse_from_str(text, format).ok().map(|at| at.and_utc());
    plain("%Y-%m-%d %H:%M:%S")
        .or_else(|| plain("%Y-%m-%dT%H:%M:%S"))
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(Into::into))
}

/// A trimmed text without its quotes, or a number or boolean as written.
fn scalar(raw: &RawValue) -> Option<String> {
    let text: String = match raw.get().as_bytes().first()? {
        b'"' => serde_json::from_str(raw.get()).ok()?,
        b'{' | b'[' | b'n' => return None,
        _ => raw.get().to_owned(),
    };
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The id of a record below `key`, if it can be told.
pub(super) fn id_of(raw: &RawValue, key: &str) -> Option<String> {
    Record::read(raw).ok()?.id(key).ok()?
}

/// What a row comes to: changes with anything in it.
pub(super) fn fingerprint(raw: &RawValue) -> String {
    let mut hex = sha256_hex(raw.get());
    hex.truncate(32);
    hex
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    #[test]
    fn money_is_read_from_its_digits_in_both_dialects() {
        for (json, cents) in [
            ("\"150.0000\"", Some(15_000)),
            ("155.0", Some(15_500)),
            ("\"-10.0050\"", Some(-1_001)),
            ("-10", Some(-1_000)),
            ("0.29", Some(29)),
            ("null", None),
            ("\"\"", None),
        ] {
            let raw = raw(&format!("{{\"v\":{json}}}"));
            assert_eq!(Record::read(&raw).unwrap().cents("v"), Ok(cents), "{json}");
        }
        for json in ["\"1.234,56\"", "\"R$ 10\"", "{}", "\"999999999999999999999\""] {
            let raw = raw(&format!("{{\"v\":{json}}}"));
            let fault = Record::read(&raw).unwrap().cents("v").unwrap_err();
            assert_eq!(fault.field.as_deref(), Some("v"), "{json}");
        }
    }

    #[test]
    fn times_are_universal_and_birthdays_are_days() {
        let raw = raw(r#"{"at":"2026-01-31 23:30:00","dob":"1990-05-17 00:00:00","bad":"ontem"}"#);
        let record = Record::read(&raw).unwrap();
        assert_eq!(
            record.instant("at").unwrap().unwrap().to_rfc3339(),
            "2026-01-31T23:30:00+00:00"
        );
        assert_eq!(record.date_or_none("dob").unwrap().to_string(), "1990-05-17");
        assert!(record.instant("bad").is_err() && record.date_or_none("bad").is_none());
    }

    #[test]
    fn an_attribute_is_found_wherever_the_shop_keeps_it() {
        for json in [
            r#"{"cpf":"1"}"#,
            r#"{"extension_attributes":{"cpf":"1"}}"#,
            r#"{"custom_attributes":[{"attribute_code":"x","value":"2"},{"attribute_code":"cpf","value":"1"}]}"#,
        ] {
            assert_eq!(
                Record::read(&raw(json)).unwrap().attribute("cpf").as_deref(),
                Some("1"),
                "{json}"
            );
        }
    }
}
