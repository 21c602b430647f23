//! When a sale price holds: `sale_price_effective_date` of Google's product data specification, `start/end` in ISO 8601.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::Serialize;

/// When a sale price holds: from an instant until before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SalePeriod {
    /// The first instant.
    pub from: DateTime<Utc>,
    /// The first instant after it.
    pub until: DateTime<Utc>,
}

/// Reads `start/end`. Without a zone it is UTC; a day without a time is the whole day. None where it cannot be read, or
/// ends before it begins.
pub(super) fn parse(written: &str) -> Option<SalePeriod> {
    let (from, until) = written.split_once('/')?;
    let from = instant(from.trim(), Edge::First)?;
    let until = instant(until.trim(), Edge::Last)?;
    (from < until).then_some(SalePeriod { from, until })
}

/// Which end of a day is meant by a date alone.
#[derive(Clone, Copy)]
enum Edge {
    First,
    Last,
}

/// With a zone.
const ZONED: [&str; 3] = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z", "%Y-%m-%dT%H%#z"];
/// Without one.
const LOCAL: [&str; 2] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];

fn instant(written: &str, edge: Edge) -> Option<DateTime<Utc>> {
    // Between date and time some write a space.
    let written = written.replacen(' ', "T", 1);
    let zoned = ZONED
        .iter()
        .find_map(|format| DateTime::parse_from_str(&written, format).ok());
    if let Some(zoned) = zoned {
        return Some(zoned.to_utc());
    }
    let local = LOCAL
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&written, format).ok());
    if let Some(local) = local {
        return Some(local.and_utc());
    }
    let day: NaiveDate = written.parse().ok()?;
    let day = match edge {
        Edge::First => day,
        Edge::Last => day.checked_add_days(Days::new(1))?,
    };
    Some(day.and_time(NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]

    use super::*;

    fn at(written: &str) -> DateTime<Utc> {
        written.parse().unwrap()
    }

    #[test]
    fn periods_are_read_as_feeds_write_them() {
        for (written, from, until) in [
            (
                "2024-02-02T00:00Z/2024-02-16T00:00Z",
                "2024-02-02T00:00:00Z",
                "2024-02-16T00:00:00Z",
            ),
            (
                "2016-02-24T13:00-0800/2016-02-29T15:30-0800",
                "2016-02-24T21:00:00Z",
                "2016-02-29T23:30:00Z",
            ),
            (
                "2026-01-31T13:00:05-03:00 / 2026-02-01 00:00:00-03",
                "2026-01-31T16:00:05Z",
                "2026-02-01T03:00:00Z",
            ),
            (
                "2026-01-31T13:00/2026-02-01T00:00:00.5",
                "2026-01-31T13:00:00Z",
                "2026-02-01T00:00:00.500Z",
            ),
            ("2026-01-31/2026-01-31", "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z"),
        ] {
            let period = SalePeriod {
                from: at(from),
                until: at(until),
            };
            assert_eq!(parse(written), Some(period), "{written}");
        }
    }

    #[test]
    fn what_is_no_period_is_none() {
        for written in [
            "",
            "/",
            "2026-01-31",
            "2026-01-31/",
            "2026-02-01/2026-01-31",
            "2026-01-31T10:00Z/2026-01-31T10:00Z",
            "31/01/2026",
            "2026-02-30/2026-03-01",
            "hoje/amanhã",
        ] {
            assert_eq!(parse(written), None, "{written}");
        }
    }
}
