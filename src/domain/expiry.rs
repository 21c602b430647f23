//! When points become available and when they run out.

use chrono::{DateTime, Days, LocalResult, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The instant from which points of a sale can be spent: so many days after the sale.
pub fn available_at(placed_at: DateTime<Utc>, hold_days: i32) -> DateTime<Utc> {
    placed_at + TimeDelta::days(hold_days.max(0).into())
}

/// The first instant at which points are no longer spendable: the end of the day, in the store's
/// zone, that lies so many months after they became available. 31 January and one month is the end
/// of February.
pub fn expires_at(available_at: DateTime<Utc>, months: Option<i32>, zone: Tz) -> Option<DateTime<Utc>> {
    let months = Months::new(u32::try_from(months?).ok()?);
    let last_day = available_at
        .with_timezone(&zone)
        .date_naive()
        .checked_add_months(months)?;
    last_day
        .checked_add_days(Days::new(1))
        .map(|day| start_of_day(day, zone))
}

/// The last second of the day, in the store's zone, that lies so many days after an instant: a
/// coupon that is told to be valid until a date is valid on that date.
pub fn end_of_day_after(from: DateTime<Utc>, days: i32, zone: Tz) -> DateTime<Utc> {
    let days = Days::new(u64::try_from(days).unwrap_or(0).saturating_add(1));
    let next_day = from.with_timezone(&zone).date_naive().checked_add_days(days);
    next_day.map_or(from, |day| start_of_day(day, zone) - TimeDelta::seconds(1))
}

/// The first instant of a day in a zone. Where summer time skips midnight, the first valid one;
/// where it repeats, the earlier.
pub fn start_of_day(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    (0..=180)
        .find_map(
            |minutes| match zone.from_local_datetime(&(midnight + TimeDelta::minutes(minutes))) {
                LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.with_timezone(&Utc)),
                LocalResult::None => None,
            },
        )
        .unwrap_or_else(|| midnight.and_utc())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use chrono_tz::America::Sao_Paulo;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn points_wait_for_the_days_of_their_programme() {
        let sale = at("2026-02-27T23:30:00Z");
        assert_eq!(available_at(sale, 2), at("2026-03-01T23:30:00Z"));
        assert_eq!([0, -5].map(|days| available_at(sale, days)), [sale; 2]);
    }

    #[test]
    fn points_run_out_at_the_end_of_the_stores_day() {
        let end = expires_at(at("2026-02-01T01:30:00Z"), Some(1), Sao_Paulo).unwrap();
        assert_eq!(
            end,
            at("2026-03-01T03:00:00Z"),
            "31 January local + 1 month = end of 28 February"
        );
        assert_eq!(expires_at(at("2026-02-01T01:30:00Z"), None, Sao_Paulo), None);
    }

    #[test]
    fn a_coupon_is_valid_on_the_whole_of_its_last_day() {
        let end = end_of_day_after(at("2026-02-01T01:30:00Z"), 365, Sao_Paulo);
        assert_eq!(
            end,
            at("2027-02-01T02:59:59Z"),
            "31 January local + 365 days, to its last second"
        );
    }

    #[test]
    fn a_skipped_midnight_gives_the_first_valid_instant() {
        let day = NaiveDate::from_ymd_opt(2018, 11, 4).unwrap();
        assert_eq!(start_of_day(day, Sao_Paulo), at("2018-11-04T03:00:00Z"));
    }
}
