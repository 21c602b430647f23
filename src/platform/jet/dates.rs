//! What is odd about the platform's dates; both generations write them alike.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::America::Sao_Paulo;
use serde_json::value::RawValue;

use crate::platform::record::scalar;
use crate::platform::wall_clock::first_instant;

/// A moment; the year 1 is none.
pub(super) fn instant(raw: &RawValue) -> Result<Option<DateTime<Utc>>, &'static str> {
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
    first_instant(Sao_Paulo, local)
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
    fn dates_are_of_brasilia_unless_they_say_otherwise() {
        for (text, utc) in [
            ("2026-01-31T14:05:00", "2026-01-31T17:05:00Z"),
            ("2026-01-31T22:30:00.5", "2026-02-01T01:30:00.5Z"),
            ("2026-01-31 14:05:00", "2026-01-31T17:05:00Z"),
            ("2026-01-31T14:05:00-03:00", "2026-01-31T17:05:00Z"),
            ("2026-01-31", "2026-01-31T03:00:00Z"),
            // An hour that summer time left out means its end.
            ("2018-11-04T00:30:00", "2018-11-04T03:00:00Z"),
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
