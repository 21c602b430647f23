use async_graphql::Context;
use chrono::{DateTime, TimeDelta, Utc};
use entity::event;

use crate::app::App;
use crate::graphql::error::coded;
use crate::http::StreamPlace;

/// The place of an answer among everything that happened, with its time: events are not kept for ever, and who
/// comes back later must be told that something is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::graphql) struct Place {
    pub(in crate::graphql) at: i64,
    pub(in crate::graphql) time: DateTime<Utc>,
}

impl Place {
    /// The place of an event.
    pub(in crate::graphql) fn of(event: &event::Model) -> Self {
        Self {
            at: event.place(),
            time: event.created_at,
        }
    }

    /// As clients know it.
    pub(in crate::graphql) fn text(self) -> String {
        format!("{:x}.{:x}", self.at, self.time.timestamp())
    }

    /// The place that the client wants to go on from: the argument, or what its browser had last.
    pub(in crate::graphql) fn wanted(
        ctx: &Context<'_>,
        app: &App,
        after: Option<String>,
    ) -> async_graphql::Result<Option<Self>> {
        let last = ctx
            .data_opt::<StreamPlace>()
            .and_then(|place| place.last().map(str::to_owned));
        let Some(text) = after.or(last) else { return Ok(None) };
        let place =
            Self::parse(&text).ok_or_else(|| coded("BAD_CURSOR", "this cursor is not one of a subscription"))?;
        let kept = TimeDelta::days(app.config.events.keep_days.into());
        if place.time < app.clock.now() - kept {
            let message = "events since this cursor are not kept any more; read what you need again, and subscribe \
                           without a cursor";
            return Err(coded("CURSOR_EXPIRED", message));
        }
        Ok(Some(place))
    }

    fn parse(text: &str) -> Option<Self> {
        let (at, time) = text.split_once('.')?;
        let time = DateTime::from_timestamp(i64::from_str_radix(time, 16).ok()?, 0)?;
        Some(Self {
            at: i64::from_str_radix(at, 16).ok()?,
            time,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_place_is_read_back_and_nothing_else_is() {
        let place = Place {
            at: 4711,
            time: chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap_or_default(),
        };
        assert_eq!(Place::parse(&place.text()), Some(place));
        for text in ["", ".", "x.1", "1", "1.", "1.2.3", "1.zz", "ffffffffffffffffff.1"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }
}
