//! Magazord's filters: `campo`, `campo[gte]` and so on, comma lists, and silence about anything
//! it does not know.

use chrono::{DateTime, FixedOffset, NaiveDate, Offset, TimeDelta, Utc};

use super::{
    switches::{DateOnlyEnd, Switches, ZFilters},
    wire::{self, BadTime, Instant},
};
use crate::sandbox::exchange::{Answer, Request};

/// How a filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Above,
    From,
    Below,
    UpTo,
}

impl Comparison {
    fn of(suffix: &str) -> Option<Self> {
        match suffix {
            "" => Some(Self::Equal),
            "[gt]" => Some(Self::Above),
            "[gte]" => Some(Self::From),
            "[lt]" => Some(Self::Below),
            "[lte]" => Some(Self::UpTo),
            _ => None,
        }
    }

    fn holds<T: Ord>(self, value: &T, bound: &T) -> bool {
        match self {
            Self::Equal => value == bound,
            Self::Above => value > bound,
            Self::From => value >= bound,
            Self::Below => value < bound,
            Self::UpTo => value <= bound,
        }
    }
}

/// All bounds that a request sets on one point in time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct TimeFilter {
    bounds: Vec<(Comparison, Instant)>,
    end_day_included: bool,
}

impl TimeFilter {
    /// Reads every form of a filter. Fractions of a second are a 500 and nonsense is a 400, as an
    /// answer to be given.
    pub(super) fn read(request: &Request, name: &str, switches: Switches) -> Result<Self, Answer> {
        let z: FixedOffset = match switches.z_filters {
            ZFilters::Utc => Utc.fix(),
            ZFilters::Brasilia => wire::brasilia(),
        };
        let mut bounds = Vec::new();
        for (comparison, value) in comparisons(request, name) {
            match wire::read_time(value, z) {
                Ok(instant) => bounds.push((comparison, instant)),
                Err(BadTime::Fraction) => return Err(wire::error(switches, 500, "Internal Server Error")),
                Err(BadTime::Unreadable) => {
                    return Err(wire::error(
                        switches,
                        400,
                        &format!("O filtro {name} não é uma data válida."),
                    ));
                }
            }
        }
        Ok(Self {
            bounds,
            end_day_included: switches.date_only_end == DateOnlyEnd::Included,
        })
    }

    /// Whether an instant is within the bounds.
    pub(super) fn admits(&self, at: DateTime<Utc>) -> bool {
        self.bounds
            .iter()
            .all(|(comparison, bound)| match (comparison, bound.date_only) {
                (Comparison::Equal, true) => wire::local_date(at) == wire::local_date(bound.at),
                (Comparison::UpTo, true) if self.end_day_included => at < bound.at + TimeDelta::days(1),
                _ => comparison.holds(&at, &bound.at),
            })
    }

    /// Whether a day is within the bounds, whatever time of day they name.
    pub(super) fn admits_day(&self, day: NaiveDate) -> bool {
        self.bounds
            .iter()
            .all(|(comparison, bound)| comparison.holds(&day, &wire::local_date(bound.at)))
    }
}

fn comparisons<'a>(request: &'a Request, name: &'a str) -> impl Iterator<Item = (Comparison, &'a str)> {
    request.query.iter().filter_map(move |(key, value)| {
        let comparison = Comparison::of(key.strip_prefix(name)?)?;
        Some((comparison, value.as_str()))
    })
}

/// Whether any form of a filter is in the request.
pub(super) fn is_asked(request: &Request, name: &str) -> bool {
    comparisons(request, name).next().is_some()
}

/// Whether a value is in a comma list of the request; a list that is not there admits everything.
pub(super) fn in_list(request: &Request, name: &str, value: &str) -> bool {
    request
        .param(name)
        .is_none_or(|list| list.split(',').any(|wanted| wanted.trim() == value))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    fn request(query: &[(&str, &str)]) -> Request {
        Request {
            method: "GET".to_owned(),
            path: String::new(),
            query: query
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    fn admits(switches: Switches, query: &[(&str, &str)], at: &str) -> bool {
        TimeFilter::read(&request(query), "dataHora", switches)
            .unwrap()
            .admits(at.parse().unwrap())
    }

    #[test]
    fn bounds_include_what_they_say() {
        let bound = "2026-01-20T12:00:00Z";
        for (operator, before, at, after) in [
            ("[gt]", false, false, true),
            ("[gte]", false, true, true),
            ("[lt]", true, false, false),
            ("[lte]", true, true, false),
            ("", false, true, false),
        ] {
            let name = format!("dataHora{operator}");
            let query = [(name.as_str(), bound)];
            let verdict = |instant| admits(Switches::default(), &query, instant);
            let seen = ["2026-01-20T11:59:59Z", bound, "2026-01-20T12:00:01Z"].map(verdict);
            assert_eq!(seen, [before, at, after], "{operator}");
        }
    }

    #[test]
    fn the_last_day_and_the_z_are_switches() {
        let query = [("dataHora[lte]", "2026-01-20")];
        let included = Switches {
            date_only_end: DateOnlyEnd::Included,
            ..Switches::default()
        };
        assert!(!admits(Switches::default(), &query, "2026-01-20T12:00:00Z"));
        assert!(admits(included, &query, "2026-01-20T12:00:00Z"));
        let query = [("dataHora[gte]", "2026-01-20T12:00:00Z")];
        let brasilia = Switches {
            z_filters: ZFilters::Brasilia,
            ..Switches::default()
        };
        assert!(admits(Switches::default(), &query, "2026-01-20T13:00:00Z"));
        assert!(!admits(brasilia, &query, "2026-01-20T13:00:00Z"));
    }

    #[test]
    fn unknown_operators_and_names_are_ignored() {
        assert!(admits(
            Switches::default(),
            &[("dataHora[gre]", "x"), ("dataHoraInicio", "x")],
            "2026-01-20T12:00:00Z"
        ));
        let answer = TimeFilter::read(&request(&[("dataHora[gte]", "ontem")]), "dataHora", Switches::default());
        assert_eq!(answer.unwrap_err().status, 400);
    }
}
