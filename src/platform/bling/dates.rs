//! Days and local times, which the platform tells on the wall clock of Brasília.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::America::Sao_Paulo;
use serde_json::value::RawValue;

use crate::platform::record::scalar;
use crate::platform::wall_clock::first_instant;

/// A moment, or the first of a day; zeros are none.
pub(super) fn instant(raw: &RawValue) -> Result<Option<DateTime<Utc>>, &'static str> {
    match scalar(raw)? {
        Some(text) if !text.starts_with("0000-00-00") => {
            let found = parse(&text).filter(|instant| (1990..=9999).contains(&instant.year()));
            found.map(Some).ok_or("is not a date such as 2026-01-31")
        }
        _ => Ok(None),
    }
}

fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.replacen(' ', "T", 1);
    if let Ok(instant) = DateTime::parse_from_rfc3339(&text) {
        return Some(instant.to_utc());
    }
    let local = NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S")
        .or_else(|_| NaiveDate::parse_from_str(&text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN)))
        .ok()?;
    first_instant(Sao_Paulo, local)
}

/// A birth date; placeholders are none.
pub(super) fn birth_date(text: &str) -> Option<NaiveDate> {
    let date = NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()?;
    (date.year() > 1900).then_some(date)
}

/// An instant as filters of changes take it.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&Sao_Paulo).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// An instant's day, as filters of days take it.
pub(super) fn day(at: DateTime<Utc>) -> String {
    at.with_timezone(&Sao_Paulo).format("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn a_day_begins_in_brasilia() {
        let read = |json: &str| instant(&serde_json::from_str::<Box<RawValue>>(json).unwrap());
        let at = |text: &str| Ok(Some(text.parse().unwrap()));
        assert_eq!(read(r#""2026-01-31""#), at("2026-01-31T03:00:00Z"));
        assert_eq!(read(r#""2026-01-31 22:30:00""#), at("2026-02-01T01:30:00Z"));
        assert_eq!(read(r#""0000-00-00""#), Ok(None));
        assert!(read(r#""31/01/2026""#).is_err());
        let night = "2026-02-01T01:30:00Z".parse().unwrap();
        assert_eq!(
            (day(night).as_str(), moment(night).as_str()),
            ("2026-01-31", "2026-01-31 22:30:00")
        );
    }
}
