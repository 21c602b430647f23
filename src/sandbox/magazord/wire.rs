//! How Magazord writes: money as strings, six-decimal strings and numbers, dates in four shapes,
//! and errors in any. Pure functions; who uses which form is decided elsewhere.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Offset, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde_json::{Number, Value, json};

use super::switches::{ErrorBody, PlainBody, Switches};
use crate::sandbox::exchange::Answer;

/// Brasília, without daylight saving since 2019.
pub(super) fn brasilia() -> FixedOffset {
    const SECONDS_WEST: i32 = 3 * 3600;
    FixedOffset::west_opt(SECONDS_WEST).unwrap_or_else(|| Utc.fix())
}

/// `"182.00"`.
pub(super) fn money(cents: i64) -> Value {
    Value::String(Decimal::new(cents, 2).to_string())
}

/// `"180.000000"`.
pub(super) fn money_long(cents: i64) -> Value {
    Value::String(format!("{}0000", Decimal::new(cents, 2)))
}

/// The amount as a JSON number, `182.0`.
pub(super) fn money_number(cents: i64) -> Value {
    number(Decimal::new(cents, 2))
}

/// A decimal as a JSON number, written without passing through binary fractions.
pub(super) fn number(value: Decimal) -> Value {
    let text = value.normalize().to_string();
    serde_json::from_str::<Number>(&text).map_or(Value::Null, Value::Number)
}

/// An amount out of a body, number or text, in cents. `None` for anything else.
pub(super) fn read_cents(value: &Value) -> Option<i64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let cents = text.parse::<Decimal>().ok()?.checked_mul(Decimal::ONE_HUNDRED)?.round();
    cents.to_string().parse().ok()
}

/// `2026-01-20 14:05:09-03`.
pub(super) fn order_time(at: DateTime<Utc>) -> Value {
    Value::String(at.with_timezone(&brasilia()).format("%Y-%m-%d %H:%M:%S-03").to_string())
}

/// `2026-01-20T14:05:09-03:00`.
pub(super) fn iso_time(at: DateTime<Utc>) -> Value {
    Value::String(
        at.with_timezone(&brasilia())
            .format("%Y-%m-%dT%H:%M:%S-03:00")
            .to_string(),
    )
}

/// `2026-01-20 14:05:09`, Brasília time without saying so.
pub(super) fn zoneless_time(at: DateTime<Utc>) -> Value {
    Value::String(at.with_timezone(&brasilia()).format("%Y-%m-%d %H:%M:%S").to_string())
}

/// `2026-01-20`.
pub(super) fn date(at: DateTime<Utc>) -> Value {
    Value::String(local_date(at).to_string())
}

/// The day in Brasília.
pub(super) fn local_date(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&brasilia()).date_naive()
}

/// The date object of the platform's programming language.
pub(super) fn php_time(at: DateTime<Utc>) -> Value {
    let local = at
        .with_timezone(&brasilia())
        .format("%Y-%m-%d %H:%M:%S.000000")
        .to_string();
    json!({ "date": local, "timezone_type": 1, "timezone": "-03:00" })
}

/// A point in time out of a query or a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instant {
    /// The instant; the first of the day where only a day was given.
    pub(super) at: DateTime<Utc>,
    /// Only a day was given.
    pub(super) date_only: bool,
}

/// Why a text is no point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadTime {
    /// It has fractions of a second, which the platform chokes on.
    Fraction,
    /// It is nothing at all.
    Unreadable,
}

/// Reads `2026-01-20`, `2026-01-20 14:05:09`, the same with a `T`, and with `Z` or an offset.
/// Without a zone it is Brasília time; `z` is what a `Z` stands for.
pub(super) fn read_time(text: &str, z: FixedOffset) -> Result<Instant, BadTime> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        let midnight = day.and_time(chrono::NaiveTime::MIN);
        return Ok(Instant {
            at: in_zone(midnight, brasilia()),
            date_only: true,
        });
    }
    if text.contains('.') {
        return Err(BadTime::Fraction);
    }
    let text = text.replacen(' ', "T", 1);
    let bare = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").ok();
    let at = if let Some(head) = text.strip_suffix('Z') {
        bare(head).map(|time| in_zone(time, z))
    } else if let Some(time) = bare(&text) {
        Some(in_zone(time, brasilia()))
    } else {
        DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%:z")
            .ok()
            .map(|at| at.to_utc())
    };
    at.map(|at| Instant { at, date_only: false }).ok_or(BadTime::Unreadable)
}

fn in_zone(time: NaiveDateTime, zone: FixedOffset) -> DateTime<Utc> {
    (time - TimeDelta::seconds(i64::from(zone.local_minus_utc()))).and_utc()
}

/// An error in the form that the switches ask for.
pub(super) fn error(switches: Switches, status: u16, message: &str) -> Answer {
    if switches.errors_as_200 && matches!(status, 400 | 409 | 422) {
        return Answer::json(200, json!({ "status": "error", "message": message }));
    }
    match switches.error_body {
        ErrorBody::StatusMessage => Answer::json(status, json!({ "status": "error", "message": message })),
        ErrorBody::Error => Answer::json(status, json!({ "error": message })),
        ErrorBody::Mensagem => Answer::json(status, json!({ "sucesso": false, "mensagem": message })),
        ErrorBody::Problem => Answer::json(
            status,
            json!({ "type": "about:blank", "title": "Erro", "detail": message, "status": status, "errors": [] }),
        ),
        ErrorBody::Html => Answer::html(
            status,
            format!("<html><body><h1>{status}</h1><p>{message}</p></body></html>"),
        ),
        ErrorBody::Text => Answer::text(status, message),
        ErrorBody::Empty => Answer::empty(status),
    }
}

/// An error whose body has a switch of its own.
pub(super) fn error_as(form: PlainBody, status: u16, message: &str) -> Answer {
    match form {
        PlainBody::Json => Answer::json(status, json!({ "status": "error", "message": message })),
        PlainBody::Text => Answer::text(status, message),
        PlainBody::Empty => Answer::empty(status),
    }
}

/// The envelope of a single thing.
pub(super) fn single(status: u16, data: Value) -> Answer {
    let fields = [("status".to_owned(), json!("success")), ("data".to_owned(), data)];
    Answer::json(status, Value::Object(fields.into_iter().collect()))
}

/// 405 with `Allow: OPTIONS`, which is what a path that does not exist gets.
pub(super) fn wrong_path(switches: Switches) -> Answer {
    error(switches, 405, "Method Not Allowed").with_header("allow", "OPTIONS")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn money_is_written_in_three_ways() {
        assert_eq!(money(18_205), json!("182.05"));
        assert_eq!(money_long(18_000), json!("180.000000"));
        assert_eq!(money_number(18_205).to_string(), "182.05");
        assert_eq!(money_number(1_800).to_string(), "18");
    }

    #[test]
    fn amounts_are_read_as_numbers_and_as_text() {
        assert_eq!(read_cents(&json!(18.5)), Some(1850));
        assert_eq!(read_cents(&json!("18.50")), Some(1850));
        assert_eq!(read_cents(&json!(0.29)), Some(29));
        assert_eq!(read_cents(&json!(null)), None);
    }

    #[test]
    fn instants_are_written_in_four_ways() {
        let instant = at("2026-01-20T17:05:09Z");
        assert_eq!(order_time(instant), json!("2026-01-20 14:05:09-03"));
        assert_eq!(iso_time(instant), json!("2026-01-20T14:05:09-03:00"));
        assert_eq!(zoneless_time(instant), json!("2026-01-20 14:05:09"));
        assert_eq!(php_time(instant)["date"], json!("2026-01-20 14:05:09.000000"));
        assert_eq!(date(at("2026-01-21T02:00:00Z")), json!("2026-01-20"));
    }

    #[test]
    fn instants_are_read_in_every_form_but_with_fractions() {
        let utc = FixedOffset::east_opt(0).unwrap();
        let read = |text| read_time(text, utc).map(|instant| instant.at);
        let noon = at("2026-01-20T12:00:00Z");
        for text in [
            "2026-01-20T12:00:00Z",
            "2026-01-20T09:00:00-03:00",
            "2026-01-20 09:00:00",
        ] {
            assert_eq!(read(text), Ok(noon), "{text}");
        }
        assert_eq!(read("2026-01-20"), Ok(at("2026-01-20T03:00:00Z")));
        assert_eq!(
            read_time("2026-01-20T09:00:00Z", brasilia()).map(|instant| instant.at),
            Ok(noon)
        );
        assert_eq!(read("2026-01-20T12:00:00.000Z"), Err(BadTime::Fraction));
        // What becomes of an offset whose plus sign was not encoded.
        assert_eq!(read("2026-01-20T12:00:00 00:00"), Err(BadTime::Unreadable));
    }
}
