//! Filters and orders that several lists share.

use chrono::{DateTime, Utc};

use super::{
    super::exchange::Answer,
    refuse::invalid,
    route::Call,
    switches::{DefaultOrder, FilterDates, Since, Switches},
    wire,
};

/// A span of time from two query parameters: from `since` on and before `until`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dates {
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    inclusive: bool,
}

impl Dates {
    /// Reads both ends; a name that no request has leaves its end open.
    pub(super) fn read(call: &Call<'_>, switches: &Switches, since: &str, until: &str) -> Result<Self, Answer> {
        Ok(Self {
            since: read(call, switches, since)?,
            until: read(call, switches, until)?,
            inclusive: switches.since == Since::Inclusive,
        })
    }

    /// Whether the instant lies within.
    pub(super) fn contain(&self, at: DateTime<Utc>) -> bool {
        self.since
            .is_none_or(|since| at > since || (self.inclusive && at == since))
            && self.until.is_none_or(|until| at < until)
    }
}

fn read(call: &Call<'_>, switches: &Switches, name: &str) -> Result<Option<DateTime<Utc>>, Answer> {
    let Some(text) = call.param(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let (day, time) = wire::read_date(text)
        .ok_or_else(|| invalid(switches, name, "use o formato AAAA-MM-DDTHH:MM:SS ou AAAA-MM-DD."))?;
    let naive = time.unwrap_or_else(|| day.and_time(chrono::NaiveTime::MIN));
    Ok(Some(match switches.filter_dates {
        FilterDates::Brasilia => wire::instant(naive),
        FilterDates::Utc => naive.and_utc(),
    }))
}

/// Sorts rows as the platform does when nothing was asked for.
pub(super) fn sort_by_default<T>(rows: &mut [T], switches: &Switches, key: impl Fn(&T) -> u64) {
    match switches.default_order {
        DefaultOrder::Ascending => rows.sort_by_key(key),
        DefaultOrder::Descending => rows.sort_by_key(|row| std::cmp::Reverse(key(row))),
        // A multiplication by an odd constant shuffles and never gives two keys the same place.
        DefaultOrder::Shuffled => rows.sort_by_key(|row| key(row).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
    }
}
