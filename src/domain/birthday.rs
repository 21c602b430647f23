//! The birth date of a customer, read from the forms in which shops send it.
//!
//! A birth date is a day of the calendar, never an instant: a time or an offset that comes with it
//! is dropped, not converted, because converting moves the day. Whether a date is plausible today
//! (a child, the future) is the caller's rule, since this module has no clock.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

/// Reads a birth date: `yyyy-MM-dd`, `dd/MM/yyyy` (never the month first), or an ISO date and time,
/// of which the date is taken as written.
///
/// `None` means that no birthday is known: the text is empty, is not a date, or is one of the
/// values that systems store instead of "none" (`0000-00-00`, `0001-01-01`, `1900-01-01`).
pub fn parse_birthday(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    if !is_time(rest) {
        return None;
    }
    let date = match date.as_bytes() {
        [_, _, _, _, b'-', _, _, b'-', _, _] => calendar_date(&date[..4], &date[5..7], &date[8..]),
        [_, _, b'/', _, _, b'/', _, _, _, _] => calendar_date(&date[6..], &date[3..5], &date[..2]),
        _ => None,
    }?;
    // Nobody alive was born in 1900; stores of "no date" end at its first day.
    let no_birthday = NaiveDate::from_ymd_opt(1900, 1, 1)?;
    (date > no_birthday).then_some(date)
}

/// The months and days of birth whose birthday is on a day. Who was born on 29 February has it on the
/// 28th in years without a 29th.
pub fn born_on(day: NaiveDate) -> BTreeSet<(u32, u32)> {
    let mut born = BTreeSet::from([(day.month(), day.day())]);
    if (day.month(), day.day()) == (2, 28) && !day.leap_year() {
        born.insert((2, 29));
    }
    born
}

/// Whether what follows the date is nothing, or the beginning of a time.
fn is_time(rest: &str) -> bool {
    let mut bytes = rest.bytes();
    match bytes.next() {
        None => true,
        Some(b'T' | b't' | b' ') => bytes.next().is_some_and(|byte| byte.is_ascii_digit()),
        Some(_) => false,
    }
}

fn calendar_date(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    // Parsing alone would take a sign for a digit.
    if ![year, month, day].concat().bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_gives_the_day_as_written() {
        let may_17 = NaiveDate::from_ymd_opt(1990, 5, 17);
        let forms = [
            "1990-05-17",
            " 17/05/1990 ",
            "1990-05-17T00:00:00",
            "1990-05-17T23:30:00-03:00",
            "1990-05-17T00:00:00Z",
            "1990-05-17 00:00:00",
            "17/05/1990 00:00:00",
        ];
        for form in forms {
            assert_eq!(parse_birthday(form), may_17, "{form}");
        }
        assert_eq!(parse_birthday("02/03/1980"), NaiveDate::from_ymd_opt(1980, 3, 2));
        assert_eq!(parse_birthday("29/02/2000"), NaiveDate::from_ymd_opt(2000, 2, 29));
    }

    #[test]
    fn no_birthday() {
        let none = [
            "",
            " ",
            "0000-00-00",
            "0000-00-00 00:00:00",
            "00/00/0000",
            "0001-01-01T00:00:00",
            "1900-01-01",
            "01/01/1900",
            "1899-12-30",
        ];
        let not_a_date = [
            "1990-02-30",
            "29/02/1999",
            "05/17/1990",
            "1990-5-17",
            "17/05/90",
            "17-05-1990",
            "1990/05/17",
            "+990-05-17",
            "1990-05-17x",
            "1990-05-171",
            "1990-05-17T",
            "17 de maio",
            "ção-ção-çã",
        ];
        for text in none.into_iter().chain(not_a_date) {
            assert_eq!(parse_birthday(text), None, "{text}");
        }
    }

    #[test]
    fn everybody_has_one_birthday_in_every_year() {
        for year in [2024, 2025, 2026, 2100, 2000] {
            let days = NaiveDate::from_ymd_opt(year, 1, 1)
                .into_iter()
                .flat_map(|day| day.iter_days());
            let mut born: Vec<_> = days.take_while(|day| day.year() == year).flat_map(born_on).collect();
            born.sort_unstable();
            let all = NaiveDate::from_ymd_opt(2024, 1, 1)
                .into_iter()
                .flat_map(|day| day.iter_days());
            let all: Vec<_> = all.take(366).map(|day| (day.month(), day.day())).collect();
            assert_eq!(born, all, "{year}");
        }
    }

    proptest! {
        #[test]
        fn both_forms_agree(days in 1..54_786_i32) {
            let date = NaiveDate::from_ymd_opt(1900, 1, 1).and_then(|first| first.checked_add_signed(chrono::TimeDelta::days(days.into())));
            prop_assume!(date.is_some());
            let date = date.unwrap_or_default();
            prop_assert_eq!(parse_birthday(&date.format("%Y-%m-%d").to_string()), Some(date));
            prop_assert_eq!(parse_birthday(&date.format("%d/%m/%Y").to_string()), Some(date));
        }

        #[test]
        fn any_text_is_survived(text in "\\PC{0,30}") {
            let _ = parse_birthday(&text);
        }
    }
}
