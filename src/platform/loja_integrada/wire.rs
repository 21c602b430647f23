//! The platform's loose field types, each read from the text of one value.
//!
//! The same field arrives as a string or a number, a date with or without an offset, a reference as
//! a path, an object or a number; whatever reading is plausible is accepted here and nowhere else.
//! Knows no resource: `platform::record` puts a field's name to what goes wrong here.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::America::Sao_Paulo;
use serde_json::value::RawValue;

use crate::platform::record::{Record, scalar};
use crate::platform::wall_clock::first_instant;

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

/// The id that a foreign key points to.
pub(super) fn reference(raw: &RawValue) -> Result<Option<String>, &'static str> {
    if raw.get().starts_with('{') {
        let record = Record::parse(raw).map_err(|_| "is not a readable object")?;
        return own_id(&record)
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

/// A record's own id, from `id` or else from the end of `resource_uri`.
pub(super) fn own_id(record: &Record<'_>) -> Option<String> {
    let own = record.soft_text("id");
    own.or_else(|| {
        let uri = record.soft_text("resource_uri");
        uri.and_then(|uri| last_segment(&uri).map(str::to_owned))
    })
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
    first_instant(Sao_Paulo, naive.ok()?)
}

/// The end of a validity: as [`instant`], but a bare date means the end of its day.
pub(super) fn end_of_validity(text: &str) -> Option<DateTime<Utc>> {
    match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        Ok(day) => first_instant(Sao_Paulo, day.and_hms_opt(23, 59, 59)?),
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
