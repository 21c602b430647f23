//! Texts of a file as values of a sale. What could be read in two ways is refused, not guessed.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use entity::Instant;

use super::columns::plain;
use crate::domain::money_text::{parse_machine, parse_ptbr};
use crate::platform::{Cents, SaleStatus, SalesChannel};

/// Who writes the amounts of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    /// A program: `1234.56`.
    Machine,
    /// A program or a spreadsheet: `1234.56` or `1.234,56`.
    Anybody,
}

/// An amount, or how to mend it.
pub(super) fn amount(text: &str, writer: Writer) -> Result<Cents, &'static str> {
    const MEND: &str = "it is not an amount; write 1234.56";
    const MEND_FOR_PEOPLE: &str = "it is not an amount; write 1.234,56 or 1234.56";
    if writer == Writer::Machine {
        return parse_machine(text).ok_or(MEND);
    }
    let decimals = |sign: char| text.rsplit_once(sign).map(|(_, decimals)| decimals.len());
    match (decimals(','), decimals('.')) {
        (Some(1 | 2), _) => parse_ptbr(text),
        (Some(_), _) => None,
        (None, Some(3)) if text.matches('.').count() == 1 => {
            return Err("it can be read as thousands or as three decimals; write 1234,00 or 1234.00");
        }
        (None, Some(3)) => parse_ptbr(text),
        (None, _) => parse_machine(text).or_else(|| parse_ptbr(text)),
    }
    .ok_or(MEND_FOR_PEOPLE)
}

const WITH_TIME: [&str; 6] = [
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
];

/// A point in time. Without a zone it is the store's, without a time its day's beginning.
pub(in crate::service) fn instant(text: &str, zone: Tz) -> Option<Instant> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&Utc));
    }
    let with_time = WITH_TIME
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let local = with_time.or_else(|| Some(date(text)?.and_time(NaiveTime::MIN)))?;
    if !is_of_our_time(local.date()) {
        return None;
    }
    let at = zone.from_local_datetime(&local).earliest();
    // An hour that clocks leap over is the one after it.
    let at = at.or_else(|| zone.from_local_datetime(&(local + TimeDelta::hours(1))).earliest());
    at.map(|at| at.with_timezone(&Utc))
}

/// A calendar date.
pub(in crate::service) fn date(text: &str) -> Option<NaiveDate> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").or_else(|_| NaiveDate::parse_from_str(text, "%d/%m/%Y"));
    date.ok().filter(|date| is_of_our_time(*date))
}

/// Years of two digits would be in antiquity.
fn is_of_our_time(date: NaiveDate) -> bool {
    (1900..=2999).contains(&date.year())
}

/// Where a sale stands.
pub(super) fn status(text: &str) -> Option<SaleStatus> {
    Some(match plain(text).as_str() {
        "pending" | "pendente" => SaleStatus::Pending,
        "approved" | "aprovada" | "aprovado" | "paga" | "pago" => SaleStatus::Approved,
        "invoiced" | "faturada" | "faturado" => SaleStatus::Invoiced,
        "shipped" | "enviada" | "enviado" => SaleStatus::Shipped,
        "delivered" | "entregue" => SaleStatus::Delivered,
        "cancelled" | "cancelada" | "cancelado" => SaleStatus::Cancelled,
        "returned" | "devolvida" | "devolvido" => SaleStatus::Returned,
        _ => return None,
    })
}

/// Where a sale was made.
pub(super) fn channel(text: &str) -> Option<SalesChannel> {
    Some(match plain(text).as_str() {
        "site" => SalesChannel::Site,
        "marketplace" => SalesChannel::Marketplace,
        "manual" => SalesChannel::Manual,
        "pointofsale" | "pdv" | "caixa" => SalesChannel::PointOfSale,
        "unknown" | "desconhecido" => SalesChannel::Unknown,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SP: Tz = chrono_tz::America::Sao_Paulo;

    #[test]
    fn amounts_that_could_be_two_are_none() {
        let read = [
            ("1.234,56", 123_456),
            ("R$ 1.234,5", 123_450),
            ("1.234.567", 123_456_700),
            ("1234.56", 123_456),
            ("1234.5", 123_450),
            ("150.0000", 15_000),
            ("150", 15_000),
            ("R$ 150", 15_000),
            ("-3,00", -300),
        ];
        for (text, cents) in read {
            assert_eq!(amount(text, Writer::Anybody), Ok(cents), "{text}");
        }
        for text in ["1.234", "1,234", "1,234.56", "abc", "", "1.234,567", "12,", "R$"] {
            assert!(amount(text, Writer::Anybody).is_err(), "{text}");
        }
        assert_eq!(amount("1.234", Writer::Machine), Ok(123));
        assert!(amount("1.234,56", Writer::Machine).is_err());
    }

    #[test]
    fn times_without_a_zone_are_the_stores() {
        let three = [
            "2026-01-31T14:05:00-03:00",
            "2026-01-31T17:05:00Z",
            "2026-01-31T14:05:00",
            "2026-01-31 14:05",
            "31/01/2026 14:05",
            "31/01/2026 14:05:00",
        ];
        let at = instant(three[0], SP);
        assert!(at.is_some());
        for text in three {
            assert_eq!(instant(text, SP), at, "{text}");
        }
        assert_eq!(instant("1/2/2026", SP), instant("2026-02-01T00:00:00-03:00", SP));
        // Clocks leapt over this midnight.
        assert_eq!(instant("2018-11-04", SP), instant("2018-11-04T01:00:00-02:00", SP));
        for text in ["31/01/26", "2026-02-30", "01/31/2026", "ontem", "", "2026-01-31T25:00"] {
            assert_eq!(instant(text, SP), None, "{text}");
        }
    }

    #[test]
    fn statuses_and_channels_have_names_in_both_languages() {
        for known in SaleStatus::ALL {
            assert_eq!(status(known.code()), Some(known));
        }
        assert_eq!(status(" DEVOLVIDO "), Some(SaleStatus::Returned));
        assert_eq!(status("ok"), None);
        assert_eq!(channel("POINT_OF_SALE"), Some(SalesChannel::PointOfSale));
        assert_eq!(channel("balcão"), None);
    }
}
