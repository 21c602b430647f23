//! What is odd about the platform's dates: days first, and always of Brasília.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::America::Sao_Paulo;
use serde_json::value::RawValue;

use crate::platform::record::scalar;
use crate::platform::wall_clock::first_instant;

/// How filters and some fields write a moment.
const MOMENT: &str = "%d/%m/%Y %H:%M:%S";
/// How filters and most fields write a day.
const DAY: &str = "%d/%m/%Y";

/// A moment as filters take it.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&Sao_Paulo).format(MOMENT).to_string()
}

/// The day of a moment as filters take it.
pub(super) fn day(at: DateTime<Utc>) -> String {
    at.with_timezone(&Sao_Paulo).format(DAY).to_string()
}

/// The first moment of a moment's day.
pub(super) fn start_of_day(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let day = at.with_timezone(&Sao_Paulo).date_naive();
    first_instant(Sao_Paulo, day.and_time(NaiveTime::MIN))
}

/// A moment; of a day alone, the first one. Days of zeros are none.
pub(super) fn instant(raw: &RawValue) -> Result<Option<DateTime<Utc>>, &'static str> {
    const WRONG: &str = "is not a date such as 31/01/2026";
    match scalar(raw)? {
        Some(text) if !text.starts_with("00/00/0000") && !text.starts_with("0000-00-00") => {
            let found = parse(&text).filter(|local| (1900..=9999).contains(&local.year()));
            found
                .and_then(|local| first_instant(Sao_Paulo, local))
                .map(Some)
                .ok_or(WRONG)
        }
        _ => Ok(None),
    }
}

/// A local time, the day first or the year first.
fn parse(text: &str) -> Option<NaiveDateTime> {
    let text = text.replacen('T', " ", 1);
    [MOMENT, "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S%.f"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok())
        .or_else(|| Some(date(&text)?.and_time(NaiveTime::MIN)))
}

fn date(text: &str) -> Option<NaiveDate> {
    [DAY, "%Y-%m-%d"]
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(text, format).ok())
}

/// A birth date; placeholders are `None`.
pub(super) fn birth_date(text: &str) -> Option<NaiveDate> {
    date(text.get(..10)?).filter(|date| date.year() > 1900)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn days_come_first_and_are_of_brasilia() {
        for (text, utc) in [
            ("31/01/2026", "2026-01-31T03:00:00Z"),
            ("31/01/2026 22:30:00", "2026-02-01T01:30:00Z"),
            ("2026-01-31", "2026-01-31T03:00:00Z"),
            ("2026-01-31 14:05:00", "2026-01-31T17:05:00Z"),
            // A midnight that summer time left out.
            ("04/11/2018", "2018-11-04T03:00:00Z"),
        ] {
            let raw: Box<RawValue> = serde_json::from_str(&format!("\"{text}\"")).unwrap();
            assert_eq!(instant(&raw), Ok(Some(utc.parse().unwrap())), "{text}");
        }
        for (json, told) in [
            ("null", Ok(None)),
            (r#""""#, Ok(None)),
            (r#""00/00/0000""#, Ok(None)),
            (r#""31-01-2026""#, Err("is not a date such as 31/01/2026")),
            (r#""01/31/2026""#, Err("is not a date such as 31/01/2026")),
        ] {
            let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
            assert_eq!(instant(&raw), told, "{json}");
        }
        assert_eq!(birth_date("17/05/1990").unwrap().to_string(), "1990-05-17");
        assert_eq!(birth_date("00/00/0000"), None);
        let late = "2026-02-01T02:30:00Z".parse().unwrap();
        assert_eq!(
            (day(late), moment(late)),
            ("31/01/2026".into(), "31/01/2026 23:30:00".into())
        );
        assert_eq!(start_of_day(late), Some("2026-01-31T03:00:00Z".parse().unwrap()));
    }
}
