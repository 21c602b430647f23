//! Reads one record field by field, whatever type the platform chose for it today.
//!
//! Records stay raw text until a field is asked for, so numbers are read from their digits and one
//! bad field names itself.

use std::{collections::BTreeMap, str::FromStr as _};

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive as _};
use serde_json::value::RawValue;

use super::dates;
use crate::platform::{Cents, Reject, mask};

/// Why a record cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The field, as the platform names it; none when the record itself is at fault.
    pub(super) field: Option<String>,
    /// What is wrong, without the value.
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(field: &str, message: &str) -> Self {
        Self {
            field: Some(field.to_owned()),
            message: message.to_owned(),
        }
    }

    pub(super) fn missing(field: &str) -> Self {
        Self::new(
            field,
            "the field is missing or empty, and without it the record cannot be used",
        )
    }

    /// The record put aside, masked.
    pub(super) fn reject(self, raw: &RawValue) -> Reject {
        let record = serde_json::from_str(raw.get())
            .map(|value| mask::mask(&value))
            .unwrap_or_default();
        let external_id = Record::read(raw).ok().and_then(|record| record.id("id").ok().flatten());
        Reject {
            external_id,
            field: self.field,
            message: self.message,
            record,
        }
    }
}

/// One JSON object, its values still raw.
#[derive(Debug)]
pub(super) struct Record<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Record<'a> {
    pub(super) fn read(raw: &'a RawValue) -> Result<Self, Fault> {
        serde_json::from_str(raw.get()).map(Self).map_err(|_| Fault {
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
    pub(super) fn text(&self, field: &str) -> Result<Option<String>, Fault> {
        let Some(raw) = self.raw(field) else { return Ok(None) };
        match raw.get().as_bytes().first() {
            Some(b'{' | b'[') => Err(Fault::new(field, "expected a text, found a list or an object")),
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
    pub(super) fn id(&self, field: &str) -> Result<Option<String>, Fault> {
        Ok(self.text(field)?.filter(|id| id.bytes().any(|byte| byte != b'0')))
    }

    pub(super) fn integer(&self, field: &str) -> Result<Option<i64>, Fault> {
        let whole = |text: String| text.parse().map_err(|_| Fault::new(field, "expected a whole number"));
        self.text(field)?.map(whole).transpose()
    }

    /// A decimal with a point, as text or number.
    fn decimal(&self, field: &str) -> Result<Option<Decimal>, Fault> {
        let number =
            |text: String| decimal(&text).ok_or_else(|| Fault::new(field, "expected a number with a decimal point"));
        self.text(field)?.map(number).transpose()
    }

    /// An amount of money; more than two decimals are rounded half away from zero.
    pub(super) fn cents(&self, field: &str) -> Result<Option<Cents>, Fault> {
        self.scaled(field, 2)
    }

    /// A quantity in thousandths.
    pub(super) fn milli(&self, field: &str) -> Result<Option<i64>, Fault> {
        self.scaled(field, 3)
    }

    fn scaled(&self, field: &str, places: u32) -> Result<Option<i64>, Fault> {
        let scale = |value: Decimal| {
            let rounded = value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
            rounded
                .checked_mul(Decimal::from(10_u32.pow(places)))
                .and_then(|scaled| scaled.to_i64())
                .ok_or_else(|| Fault::new(field, "the number is too large"))
        };
        self.decimal(field)?.map(scale).transpose()
    }

    pub(super) fn instant(&self, field: &str) -> Result<Option<DateTime<Utc>>, Fault> {
        let Some(raw) = self.raw(field) else { return Ok(None) };
        dates::instant(raw).map_err(|()| Fault::new(field, "expected a date and time"))
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

fn decimal(text: &str) -> Option<Decimal> {
    if text
        .bytes()
        .any(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'))
    {
        return None;
    }
    Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    fn cents_of(json: &str) -> Result<Option<Cents>, Fault> {
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
        let reject = Fault::missing("valorTotal").reject(&raw(r#"{"id":5,"pessoaNome":"Fulana","valorTotal":null}"#));
        assert_eq!(reject.external_id.as_deref(), Some("5"));
        assert_eq!(
            reject.record,
            serde_json::json!({"id":5,"pessoaNome":"F***","valorTotal":null})
        );
        assert!(Fault::missing("x").reject(&raw("[1]")).external_id.is_none());
    }
}
