//! How values are written, in all the platform's moods: money with two to four decimals, naive
//! dates in several dresses, booleans as numbers, keys in several forms.
//!
//! Which mood a value gets depends on a number such as the row's id, so that the same row always
//! reads the same and every mood is met by whoever reads a few dozen rows.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

/// What is behind Brasília, all year since 2019.
const BRASILIA: TimeDelta = TimeDelta::hours(-3);

/// Brasília's wall clock.
pub(super) fn local(at: DateTime<Utc>) -> NaiveDateTime {
    (at + BRASILIA).naive_utc()
}

/// The instant at which Brasília's wall clock shows this.
pub(super) fn instant(local: NaiveDateTime) -> DateTime<Utc> {
    local.and_utc() - BRASILIA
}

/// A date with time: mostly with microseconds, now and then otherwise.
pub(super) fn date(at: DateTime<Utc>, mood: u64) -> Value {
    let format = match mood % 9 {
        2 => "%Y-%m-%dT%H:%M:%S",
        4 => "%Y-%m-%dT%H:%M:%S.0",
        5 => "%Y-%m-%d %H:%M:%S",
        6 => "%Y-%m-%dT%H:%M:%S.000",
        7 => "%Y-%m-%dT%H:%M:%S-03:00",
        _ => "%Y-%m-%dT%H:%M:%S.000000",
    };
    Value::String(local(at).format(format).to_string())
}

/// A date of which the time matters little: now and then bare.
pub(super) fn loose_date(at: DateTime<Utc>, mood: u64) -> Value {
    if mood % 4 == 1 {
        json!(local(at).date().to_string())
    } else {
        date(at, mood)
    }
}

/// Reads a date as filters and coupons take it: `T` and time of day, or a bare date. No offset, no
/// fraction, no space. The flag tells whether there was a time.
pub(super) fn read_date(text: &str) -> Option<(NaiveDate, Option<NaiveDateTime>)> {
    if let Ok(whole) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S") {
        return (text.len() == 19).then_some((whole.date(), Some(whole)));
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (text.len() == 10).then_some((day, None))
}

/// Money from cents, with two to four decimals.
pub(super) fn money(cents: i64, mood: u64) -> Value {
    decimal(cents * 100, mood)
}

/// A decimal from ten-thousandths, with two to four decimals: never fewer than it needs.
pub(super) fn decimal(ten_thousandths: i64, mood: u64) -> Value {
    let sign = if ten_thousandths < 0 { "-" } else { "" };
    let (whole, part) = (ten_thousandths.abs() / 10_000, ten_thousandths.abs() % 10_000);
    let text = match mood % 5 {
        1 => format!("{sign}{whole}.{part:04}"),
        3 if part % 10 == 0 => format!("{sign}{whole}.{:03}", part / 10),
        _ if part % 100 == 0 => format!("{sign}{whole}.{:02}", part / 100),
        _ => format!("{sign}{whole}.{part:04}"),
    };
    Value::String(text)
}

/// Money as a JSON number, where the platform does that.
pub(super) fn number(cents: i64) -> Value {
    let sign = if cents < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100);
    text.parse().map_or(Value::Null, Value::Number)
}

/// A yes or no that is not always a boolean.
pub(super) fn flag(value: bool, mood: u64) -> Value {
    match mood % 7 {
        3 => json!(u8::from(value)),
        5 => json!(u8::from(value).to_string()),
        _ => json!(value),
    }
}

/// A row's own address.
pub(super) fn uri(resource: &str, id: impl std::fmt::Display) -> String {
    format!("/api/v1/{resource}/{id}")
}

/// A reference to another row, as an address: with or without a slash.
pub(super) fn reference(resource: &str, id: u64, mood: u64) -> Value {
    let slash = if mood % 3 == 1 { "/" } else { "" };
    Value::String(format!("{}{slash}", uri(resource, id)))
}

/// A reference in any of the forms that the platform is known for.
pub(super) fn any_reference(resource: &str, id: u64, mood: u64) -> Value {
    match mood % 6 {
        1 => json!({ "id_externo": null, "resource_uri": uri(resource, id) }),
        2 => json!({ "id": id }),
        3 => json!(id),
        4 => json!(format!("{}?id_externo=1", uri(resource, id))),
        _ => reference(resource, id, mood / 6),
    }
}

/// What every object goes through on its way out: a field that no documentation names, and for
/// some rows no field at all where others have `null`.
pub(super) fn sent(mut object: Value, mood: u64) -> Value {
    if let Value::Object(fields) = &mut object {
        if mood % 3 == 2 {
            fields.retain(|_, value| !value.is_null());
        }
        fields.insert("campo_futuro".to_owned(), json!({ "versao": 2 }));
    }
    object
}

/// The fields of an object literal.
pub(super) fn fields(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_their_value_in_every_mood() {
        let moods = |value| (0..5).map(|mood| decimal(value, mood)).collect::<Vec<_>>();
        assert_eq!(moods(195_000), ["19.50", "19.5000", "19.50", "19.500", "19.50"]);
        assert_eq!(moods(-12_345), ["-1.2345"; 5]);
        assert_eq!(money(5, 0), "0.05");
    }

    #[test]
    fn numbers_are_exact() {
        assert_eq!(
            (number(19_505).to_string(), number(-7).to_string()),
            ("195.05".to_owned(), "-0.07".to_owned())
        );
    }

    #[test]
    fn filter_dates_have_no_offset_fraction_or_space() {
        let good = ["2026-11-01T10:00:00", "2026-11-01"];
        let bad = [
            "2026-11-01 10:00:00",
            "2026-11-01T10:00:00Z",
            "2026-11-01T10:00:00.5",
            "01/11/2026",
            "2026-11-1",
            "",
        ];
        assert!(good.iter().all(|text| read_date(text).is_some()));
        assert!(bad.iter().all(|text| read_date(text).is_none()));
    }

    #[test]
    fn local_time_is_three_hours_behind() {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default();
        assert_eq!(
            (date(at, 0), date(at, 7)),
            (json!("2027-01-15T05:00:00.000000"), json!("2027-01-15T05:00:00-03:00"))
        );
        assert_eq!(instant(local(at)), at);
    }
}
