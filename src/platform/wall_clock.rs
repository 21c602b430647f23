//! Clocks on walls, as platforms show them: local times without an offset.

use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

/// Longer than any gap that a zone ever had.
const LONGEST_GAP_MINUTES: i64 = 180;

/// The instant of a local time: the earlier of two, the first after a gap.
pub(super) fn first_instant(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Utc>> {
    if let Some(found) = zone.from_local_datetime(&local).earliest() {
        return Some(found.to_utc());
    }
    let minute = local.date().and_hms_opt(0, 0, 0)?
        + TimeDelta::minutes((local - local.date().and_time(NaiveTime::MIN)).num_minutes());
    (1..=LONGEST_GAP_MINUTES)
        .find_map(|ahead| {
            zone.from_local_datetime(&(minute + TimeDelta::minutes(ahead)))
                .earliest()
        })
        .map(|found| found.to_utc())
}
