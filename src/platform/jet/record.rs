//! One record of the platform, field by field.
//!
//! Both generations name their fields alike and are loose about types: a number may be text and the
//! other way round. A record stays text until a field is asked for, so that an error names its field,
//! and amounts are read from their digits. What has no zone is the time of Brasília.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::America::Sao_Paulo;
use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy::MidpointAwayFromZero};
use serde_json::value::RawValue;

use crate::platform::mask::mask;
use crate::platform::{Cents, Reject};

/// Why a field cannot be used. The message never repeats the value, which may be personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldError {
    /// The field, with its path from the record, for instance `orderItems[0].quantity`.
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

    /// An id: text or a number; 0 and blank are none.
    pub(super) fn id(&self, key: &str) -> Option<String> {
        self.soft_text(key).filter(|id| id != "0")
    }

    pub(super) fn money(&self, key: &str) -> Result<Option<Cents>, FieldError> {
        self.read(key, money)
    }

    pub(super) fn decimal(&self, key: &str) -> Result<Option<Decimal>, FieldError> {
        self.read(key, decimal)
    }

    /// A moment.
    pub(super) fn date(&self, key: &str) -> Result<Option<DateTime<Utc>>, FieldError> {
        self.read(key, instant)
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

fn decimal(raw: &RawValue) -> Result<Option<Decimal>, &'static str> {
    const WRONG: &str = "is not a decimal number with a point, such as 20.00";
    let Some(text) = scalar(raw)? else { return Ok(None) };
    // The decimal parser also takes underscores between digits, which no platform means.
    let value = if text.contains('_') {
        Err(WRONG)
    } else if text.contains(['e', 'E']) {
        Decimal::from_scientific(&text).map_err(|_| WRONG)
    } else {
        text.parse().map_err(|_| WRONG)
    };
    value.map(Some)
}

/// An amount, rounded once, half away from zero.
fn money(raw: &RawValue) -> Result<Option<Cents>, &'static str> {
    let Some(value) = decimal(raw)? else { return Ok(None) };
    let cents = value.checked_mul(Decimal::ONE_HUNDRED).and_then(whole);
    cents.map(Some).ok_or("is too large for an amount of money")
}

/// Rounded once, half away from zero.
pub(super) fn whole(value: Decimal) -> Option<i64> {
    value.round_dp_with_strategy(0, MidpointAwayFromZero).to_i64()
}

fn instant(raw: &RawValue) -> Result<Option<DateTime<Utc>>, &'static str> {
    const WRONG: &str = "is not a date such as 2026-01-31T14:05:00";
    match scalar(raw)? {
        // The year 1 is how the platform's language writes no date.
        Some(text) if !text.starts_with("0000-00-00") && !text.starts_with("0001-01-01") => {
            let found = parse_instant(&text).filter(|instant| (1900..=9999).contains(&instant.year()));
            found.map(Some).ok_or(WRONG)
        }
        _ => Ok(None),
    }
}

/// A moment with its offset if it has one, else on the wall clock of Brasília.
fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    let text = text.replacen(' ', "T", 1);
    if let Ok(instant) = DateTime::parse_from_rfc3339(&text) {
        return Some(instant.to_utc());
    }
    let local = NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f")
        .or_else(|_| NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M"))
        .or_else(|_| NaiveDate::parse_from_str(&text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN)))
        .ok()?;
    // Summer time, until 2019: the earlier of two, and an hour later what the clock left out.
    let later = || Sao_Paulo.from_local_datetime(&(local + TimeDelta::hours(1))).earliest();
    let found = Sao_Paulo.from_local_datetime(&local).earliest().or_else(later);
    found.map(|instant| instant.to_utc())
}

/// A birth date, whatever time is written behind it; placeholders are `None`.
pub(super) fn birth_date(text: &str) -> Option<NaiveDate> {
    let date = NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()?;
    (date.year() > 1900).then_some(date)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn amounts_are_read_from_their_digits() {
        for (json, cents) in [
            ("155.00", Some(15500)),
            ("0.1", Some(10)),
            (r#""19.995""#, Some(2000)),
            ("90071992547409.93", Some(9_007_199_254_740_993)),
            ("1e2", Some(10000)),
            ("null", None),
            (r#""""#, None),
        ] {
            assert_eq!(money(&raw(json)), Ok(cents), "{json}");
        }
        for json in [r#""20,00""#, r#""1_000""#, "{}", "true", "1e30"] {
            assert!(money(&raw(json)).is_err(), "{json}");
        }
    }

    #[test]
    fn dates_are_of_brasilia_unless_they_say_otherwise() {
        for (text, utc) in [
            ("2026-01-31T14:05:00", "2026-01-31T17:05:00Z"),
            ("2026-01-31T22:30:00.5", "2026-02-01T01:30:00.5Z"),
            ("2026-01-31 14:05:00", "2026-01-31T17:05:00Z"),
            ("2026-01-31T14:05:00-03:00", "2026-01-31T17:05:00Z"),
            ("2026-01-31", "2026-01-31T03:00:00Z"),
            ("2018-11-04T00:30:00", "2018-11-04T03:30:00Z"),
        ] {
            assert_eq!(
                instant(&raw(&format!("\"{text}\""))),
                Ok(Some(utc.parse().unwrap())),
                "{text}"
            );
        }
        for json in ["null", r#""""#, r#""0001-01-01T00:00:00""#] {
            assert_eq!(instant(&raw(json)), Ok(None), "{json}");
        }
        assert!(instant(&raw(r#""31/01/2026""#)).is_err());
        assert_eq!(
            birth_date("1990-05-17T00:00:00").map(|date| date.to_string()),
            Some("1990-05-17".to_owned())
        );
        assert_eq!(birth_date("0001-01-01T00:00:00"), None);
    }
}
