//! The platform's loose field types, each read from the text of one value.
//!
//! The same field arrives as a string or a number, a date with or without an offset, a reference as
//! a path, an object or a number; whatever reading is plausible is accepted here and nowhere else.
//! Amounts are read from their digits and never pass through a float. Knows no resource and no
//! record: `record` puts a field's name to what goes wrong here.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::America::Sao_Paulo;
use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::value::RawValue;

use super::record::Record;
use crate::platform::Cents;

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
pub(super) fn money(raw: &RawValue) -> Result<Option<Cents>, &'static str> {
    decimal(raw)?
        .map(|value| {
            let cents = value.checked_mul(Decimal::ONE_HUNDRED)?;
            cents
                .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
                .to_i64()
        })
        .map_or(Ok(None), |cents| {
            cents.map(Some).ok_or("is too large for an amount of money")
        })
}

pub(super) fn flag(raw: &RawValue) -> Result<Option<bool>, &'static str> {
    match raw.get() {
        "true" => return Ok(Some(true)),
        "false" => return Ok(Some(false)),
        _ => {}
    }
    match scalar(raw)?.as_deref() {
        None => Ok(None),
        Some("1" | "true" | "True") => Ok(Some(true)),
        Some("0" | "false" | "False") => Ok(Some(false)),
        Some(_) => Err("is not a yes or no, such as true, 0 or \"1\""),
    }
}

pub(super) fn reference(raw: &RawValue) -> Result<Option<String>, &'static str> {
    if raw.get().starts_with('{') {
        let record = Record::parse(raw).map_err(|_| "is not a readable object")?;
        return record
            .id()
            .map(Some)
            .ok_or("is an object with neither id nor resource_uri");
    }
    match scalar(raw)? {
        None => Ok(None),
        Some(text) => last_segment(&text)
            .map(|id| Some(id.to_owned()))
            .ok_or("is a path without an id"),
    }
}

/// The last part of a path that is not empty, its query cut off.
pub(super) fn last_segment(uri: &str) -> Option<&str> {
    let path = uri.split(['?', '#']).next()?;
    path.rsplit('/').find(|part| !part.is_empty())
}

pub(super) fn instant(raw: &RawValue) -> Result<Option<DateTime<Utc>>, &'static str> {
    const WRONG: &str = "is not a date such as 2026-11-01T10:00:00";
    match scalar(raw)? {
        Some(text) if !text.starts_with("0000-00-00") => {
            // Years outside this range are typing errors, and far ones cannot be reckoned with.
            let found = parse_instant(&text).filter(|instant| (1900..=9999).contains(&instant.year()));
            found.map(Some).ok_or(WRONG)
        }
        _ => Ok(None),
    }
}

/// An instant with its offset if it has one, else on the wall clock of Brasília.
fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.to_utc());
    }
    let text = text.replacen(' ', "T", 1);
    if let Ok(instant) = DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f%#z") {
        return Some(instant.to_utc());
    }
    let naive = NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f")
        .or_else(|_| NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M"))
        .or_else(|_| NaiveDate::parse_from_str(&text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN)));
    on_brasilia_clock(naive.ok()?)
}

/// The instant that a clock in Brasília shows as `local`: the earlier one where the clock showed it
/// twice, and the first valid one where summer time skipped it.
fn on_brasilia_clock(local: NaiveDateTime) -> Option<DateTime<Utc>> {
    let found = Sao_Paulo.from_local_datetime(&local).earliest();
    let found = found.or_else(|| {
        let after_gap = Sao_Paulo
            .from_local_datetime(&local.checked_add_signed(TimeDelta::hours(1))?)
            .earliest()?;
        // The gap is the hour after midnight: whatever falls into it means its end.
        Sao_Paulo
            .from_local_datetime(&after_gap.naive_local().date().and_hms_opt(1, 0, 0)?)
            .earliest()
    });
    found.map(|instant| instant.to_utc())
}

/// The end of a validity: as [`instant`], but a bare date means the end of its day.
pub(super) fn end_of_validity(text: &str) -> Option<DateTime<Utc>> {
    match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        Ok(day) => on_brasilia_clock(day.and_hms_opt(23, 59, 59)?),
        Err(_) => parse_instant(text),
    }
}

/// An instant as the platform writes it: Brasília wall clock without offset or fraction.
pub(super) fn brasilia(instant: DateTime<Utc>) -> String {
    instant
        .with_timezone(&Sao_Paulo)
        .format("%Y-%m-%dT%H:%M:%S")
        .to_string()
}

/// A birth date, whatever time or offset is written behind it; placeholders are `None`.
pub(super) fn birth_date(text: &str) -> Option<NaiveDate> {
    let day = text.get(..10)?;
    let date = NaiveDate::parse_from_str(day, "%Y-%m-%d")
        .or_else(|_| NaiveDate::parse_from_str(day, "%d/%m/%Y"))
        .ok()?;
    (Some(date) != NaiveDate::from_ymd_opt(1900, 1, 1)).then_some(date)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        serde_json::from_str(json).unwrap()
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

    #[test]
    fn dates_in_every_form() {
        for (text, utc) in [
            ("2026-11-01T10:00:00.000001", "2026-11-01T13:00:00.000001Z"),
            ("2026-11-01 10:00:00", "2026-11-01T13:00:00Z"),
            ("2026-11-01T10:00:00.5", "2026-11-01T13:00:00.5Z"),
            ("2026-11-01T10:00", "2026-11-01T13:00:00Z"),
            ("2026-11-01", "2026-11-01T03:00:00Z"),
            ("2026-11-01T13:00:00.000Z", "2026-11-01T13:00:00Z"),
            ("2026-11-01T10:00:00.123456-03:00", "2026-11-01T13:00:00.123456Z"),
            ("2026-11-01 10:00:00-0300", "2026-11-01T13:00:00Z"),
            // Summer time: two hours behind, an hour that never was, and one that was twice.
            ("2018-12-15T12:00:00", "2018-12-15T14:00:00Z"),
            ("2018-11-04T00:30:00", "2018-11-04T03:00:00Z"),
            ("2018-11-04", "2018-11-04T03:00:00Z"),
            ("2019-02-16T23:30:00", "2019-02-17T01:30:00Z"),
        ] {
            assert_eq!(
                instant(&raw(&format!("\"{text}\""))),
                Ok(Some(utc.parse().unwrap())),
                "{text}"
            );
        }
        for json in ["null", r#""""#, r#""0000-00-00 00:00:00""#] {
            assert_eq!(instant(&raw(json)), Ok(None), "{json}");
        }
        assert!(instant(&raw(r#""01/11/2026""#)).is_err());
    }

    #[test]
    fn flags_in_every_form() {
        for (json, value) in [
            ("true", Some(true)),
            ("1", Some(true)),
            (r#""1""#, Some(true)),
            ("false", Some(false)),
            ("0", Some(false)),
            (r#""0""#, Some(false)),
            ("null", None),
        ] {
            assert_eq!(flag(&raw(json)), Ok(value), "{json}");
        }
        assert!(flag(&raw("2")).is_err());
    }

    #[test]
    fn references_in_every_form() {
        for json in [
            r#""/api/v1/cliente/900001""#,
            r#""/api/v1/cliente/900001/""#,
            r#""/api/v1/cliente/900001?id_externo=1""#,
            r#""https://api.awsli.com.br/api/v1/cliente/900001/?id_externo=1""#,
            r#"{"id_externo": null, "resource_uri": "/api/v1/cliente/900001"}"#,
            r#"{"id": 900001, "nome": "X"}"#,
            r#"{"id": "900001"}"#,
            "900001",
            r#""900001""#,
        ] {
            assert_eq!(reference(&raw(json)), Ok(Some("900001".to_owned())), "{json}");
        }
        assert_eq!(reference(&raw("null")), Ok(None));
        assert!(reference(&raw(r#"{"nome": "X"}"#)).is_err());
    }

    #[test]
    fn birth_dates_are_calendar_dates() {
        for (text, date) in [
            ("1990-01-02", Some("1990-01-02")),
            ("1990-01-02T00:00:00-03:00", Some("1990-01-02")),
            ("02/01/1990", Some("1990-01-02")),
            ("1900-01-01", None),
            ("0000-00-00", None),
            ("", None),
        ] {
            assert_eq!(birth_date(text).map(|date| date.to_string()).as_deref(), date, "{text}");
        }
    }
}
