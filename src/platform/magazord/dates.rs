//! The platform's four ways to write a moment, and the one way in which we ask for one.
//!
//! What has no zone is the time of Brasília, by the zone database: summer time existed until 2019.
//! An hour that did not exist becomes the first moment after the gap; one that happened twice the
//! earlier.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::{America::Sao_Paulo, Tz};
use serde_json::value::RawValue;

use super::fields::{Record, scalar};
use crate::platform::wall_clock::first_instant;

/// Reads a moment. `Ok(None)` when there is none; an error when there is one that cannot be read.
pub(super) fn instant(raw: &RawValue) -> Result<Option<DateTime<Utc>>, ()> {
    match scalar(raw) {
        Some(text) => parse(&text, None),
        None => php_object(raw),
    }
}

/// PHP's date object: `date` is local to `timezone`, which is an offset or a zone's name.
fn php_object(raw: &RawValue) -> Result<Option<DateTime<Utc>>, ()> {
    let record = Record::read(raw).map_err(drop)?;
    let date = record.text("date").map_err(drop)?.ok_or(())?;
    parse(&date, record.text_or_none("timezone").as_deref())
}

fn parse(text: &str, zone: Option<&str>) -> Result<Option<DateTime<Utc>>, ()> {
    let text = text.trim();
    if text.is_empty() || text.starts_with("0000-00-00") {
        return Ok(None);
    }
    let (date, rest) = text.split_at_checked(10).ok_or(())?;
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").map_err(drop)?;
    let rest = rest.trim_start_matches([' ', 'T', 't']);
    let zone_start = rest.find(['+', '-', 'Z', 'z']).unwrap_or(rest.len());
    let (time, own_zone) = rest.split_at(zone_start);
    let local = date.and_time(time_of_day(time.trim())?);
    let zone = Some(own_zone.trim())
        .filter(|zone| !zone.is_empty())
        .or(zone)
        .unwrap_or_default();
    if zone.is_empty() {
        return first_instant(Sao_Paulo, local).map(Some).ok_or(());
    }
    if let Some(offset) = offset(zone) {
        return Ok(offset.from_local_datetime(&local).single().map(Into::into));
    }
    // An unknown zone name (PHP's abbreviations) is this country's.
    first_instant(zone.parse::<Tz>().unwrap_or(Sao_Paulo), local)
        .map(Some)
        .ok_or(())
}

fn time_of_day(text: &str) -> Result<NaiveTime, ()> {
    if text.is_empty() {
        return Ok(NaiveTime::MIN);
    }
    NaiveTime::parse_from_str(text, "%H:%M:%S%.f")
        .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M"))
        .map_err(drop)
}

/// `Z`, `-03`, `-0300` and `-03:00`.
fn offset(text: &str) -> Option<FixedOffset> {
    if text.eq_ignore_ascii_case("z") {
        return FixedOffset::east_opt(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits = digits.replace(':', "");
    let (hours, minutes) = match digits.len() {
        2 => (digits.as_str(), "0"),
        4 => digits.split_at(2),
        _ => return None,
    };
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    FixedOffset::east_opt(sign * seconds)
}

/// A birthday, as written. The placeholders of unknown ones are none.
pub(super) fn calendar_date(text: &str) -> Option<NaiveDate> {
    let date = text.get(..10)?;
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d")
        .or_else(|_| NaiveDate::parse_from_str(date, "%d/%m/%Y"))
        .ok()?;
    let placeholder = NaiveDate::from_ymd_opt(1900, 1, 1)?;
    (date > placeholder).then_some(date)
}

/// A moment for a filter, in the time of Brasília with its offset: right whether the platform
/// reads the offset or drops it.
pub(super) fn with_offset(at: DateTime<Utc>) -> String {
    at.with_timezone(&Sao_Paulo).format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// A moment in the documented form. Never with milliseconds: the platform fails on them.
pub(super) fn with_z(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The day of a moment in Brasília.
pub(super) fn day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Sao_Paulo).date_naive()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use super::*;

    fn read(json: &str) -> Result<Option<String>, ()> {
        let raw = RawValue::from_string(json.to_owned()).unwrap();
        Ok(instant(&raw)?.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string()))
    }

    #[test]
    fn all_shapes_are_read() {
        for (json, utc) in [
            (r#""2026-01-20 14:05:09-03""#, "2026-01-20T17:05:09Z"),
            (r#""2018-12-20 14:05:09-02""#, "2018-12-20T16:05:09Z"),
            (r#""2026-01-21T09:00:00-03:00""#, "2026-01-21T12:00:00Z"),
            (r#""2026-01-21T12:00:00Z""#, "2026-01-21T12:00:00Z"),
            (r#""2026-01-21T12:00:00.123+00:00""#, "2026-01-21T12:00:00Z"),
            (r#""2026-01-21T09:00:00-0300""#, "2026-01-21T12:00:00Z"),
            (r#""2026-01-26""#, "2026-01-26T03:00:00Z"),
            (r#""2026-01-26 10:00:00""#, "2026-01-26T13:00:00Z"),
            (r#""2018-12-15T12:00:00""#, "2018-12-15T14:00:00Z"),
            (
                r#"{"date":"2026-01-20 14:05:09.000000","timezone_type":1,"timezone":"-03:00"}"#,
                "2026-01-20T17:05:09Z",
            ),
            (
                r#"{"date":"2026-01-20 14:05:09.000000","timezone_type":3,"timezone":"America/Sao_Paulo"}"#,
                "2026-01-20T17:05:09Z",
            ),
            (
                r#"{"date":"2026-01-20 14:05:09.000000","timezone_type":3,"timezone":"UTC"}"#,
                "2026-01-20T14:05:09Z",
            ),
            (
                r#"{"date":"2026-01-20 14:05:09.000000","timezone_type":2,"timezone":"BRT"}"#,
                "2026-01-20T17:05:09Z",
            ),
        ] {
            assert_eq!(read(json), Ok(Some(utc.to_owned())), "{json}");
        }
    }

    #[test]
    fn gaps_and_overlaps_of_summer_time() {
        assert_eq!(
            read(r#""2018-11-04 00:30:00""#),
            Ok(Some("2018-11-04T03:00:00Z".into())),
            "first moment after the gap"
        );
        assert_eq!(read(r#""2018-11-04""#), Ok(Some("2018-11-04T03:00:00Z".into())));
        assert_eq!(
            read(r#""2019-02-16 23:30:00""#),
            Ok(Some("2019-02-17T01:30:00Z".into())),
            "the earlier of two"
        );
    }

    #[test]
    fn no_date_and_bad_dates_are_told_apart() {
        for json in [r#""""#, r#""0000-00-00 00:00:00""#, r#""  ""#] {
            assert_eq!(read(json), Ok(None), "{json}");
        }
        for json in [
            r#""ontem""#,
            r#""2026-13-01""#,
            r#""2026-01-20 25:00:00""#,
            "[]",
            r#"{"data":1}"#,
            r#""20/01/2026""#,
            "12",
        ] {
            assert_eq!(read(json), Err(()), "{json}");
        }
    }

    #[test]
    fn birthdays_are_dates_as_written() {
        let date = |text: &str| calendar_date(text).map(|date| date.to_string());
        assert_eq!(date("1990-05-17T00:00:00-03:00").as_deref(), Some("1990-05-17"));
        assert_eq!(date("17/05/1990").as_deref(), Some("1990-05-17"));
        for none in ["0000-00-00", "1900-01-01", "", "ontem", "1990-02-31"] {
            assert_eq!(date(none), None, "{none}");
        }
    }

    #[test]
    fn filters_are_written_without_milliseconds() {
        let at = "2026-01-20T17:05:09.987Z".parse().unwrap();
        assert_eq!(with_offset(at), "2026-01-20T14:05:09-03:00");
        assert_eq!(with_z(at), "2026-01-20T17:05:09Z");
        assert_eq!(day("2026-02-01T01:30:00Z".parse().unwrap()).to_string(), "2026-01-31");
    }
}
