//! Time and ids. They come from here and never from the air, so that tests set them.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SubsecRound, Utc};
use entity::Instant;
use ulid::Ulid;

/// Where the time comes from.
#[derive(Debug, Default)]
pub enum Clock {
    /// The system's clock.
    #[default]
    System,
    /// A clock that only moves when told to.
    Manual(Mutex<Instant>),
}

impl Clock {
    /// The current instant, to the microsecond, which is what both databases keep.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    pub fn now(&self) -> Instant {
        match self {
            Self::System => Utc::now().trunc_subsecs(6),
            Self::Manual(at) => *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        }
    }

    /// Moves a manual clock. The system's clock is left alone.
    pub fn advance(&self, by: chrono::TimeDelta) {
        if let Self::Manual(at) = self {
            *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += by;
        }
    }
}

/// Makes ids that sort by the time they were made, also within one millisecond: rows written
/// together keep their order.
#[derive(Debug, Default)]
pub struct IdSource(Mutex<ulid::Generator>);

impl IdSource {
    /// A new id of any kind.
    pub fn next<T: From<Ulid>>(&self, now: DateTime<Utc>) -> T {
        let at: SystemTime = UNIX_EPOCH + Duration::from_millis(u64::try_from(now.timestamp_millis()).unwrap_or(0));
        let mut generator = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        loop {
            // The generator overflows after 2^80 ids in a millisecond; a fresh one goes on.
            match generator.generate_from_datetime(at) {
                Ok(id) => return id.into(),
                Err(_) => *generator = ulid::Generator::new(),
            }
        }
    }
}
