//! How long to wait before trying again.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use reqwest::header::{self, HeaderMap};

/// How failed calls are tried again: growing pauses from `base` to `cap`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a call is made in all, at least once.
    pub max_tries: u32,
    /// The first pause; each next one is twice as long.
    pub base: Duration,
    /// The longest pause.
    pub cap: Duration,
    /// The longest pause that the other side may ask for; beyond it the call ends and the caller
    /// is told how long to stay away.
    pub patience: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_tries: 6,
            base: Duration::from_secs(2),
            cap: Duration::from_mins(1),
            patience: Duration::from_mins(2),
        }
    }
}

impl RetryPolicy {
    /// The pause after the `tries`-th failure (from 1), without jitter.
    pub(super) fn pause(&self, tries: u32) -> Duration {
        let doublings = tries.saturating_sub(1).min(20);
        self.base.saturating_mul(1 << doublings).min(self.cap)
    }

    /// The pause with up to a quarter more by chance, so that callers do not come back in step.
    pub(super) fn pause_with_jitter(&self, tries: u32) -> Duration {
        let pause = self.pause(tries);
        let quarter = u64::try_from(pause.as_millis() / 4).unwrap_or(u64::MAX);
        pause + Duration::from_millis(rand::random_range(0..=quarter))
    }
}

/// How long a refusal asks to wait: `Retry-After` in seconds or as a date, else
/// `RateLimit-Reset` or `X-RateLimit-Reset` in seconds. A date is measured from the answer's own `Date` where it has one,
/// so that clocks that differ do no harm.
#[expect(
    clippy::disallowed_methods,
    reason = "a date in an answer is about real time, whatever the program's clock says"
)]
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(value) = text(header::RETRY_AFTER.as_str()) {
        if let Some(delay) = seconds(value) {
            return Some(delay);
        }
        if let Some(until) = http_date(value) {
            let now = text(header::DATE.as_str())
                .and_then(http_date)
                .unwrap_or_else(|| SystemTime::now().into());
            // Dates have whole seconds: one more makes sure that the instant has passed.
            return (until - now).to_std().ok().map(|delay| delay + Duration::from_secs(1));
        }
    }
    // Some servers put an instant here instead of a delay; such a large number says nothing.
    ["ratelimit-reset", "x-ratelimit-reset"]
        .iter()
        .find_map(|name| text(name).and_then(seconds))
        .filter(|delay| *delay < Duration::from_hours(1))
}

fn seconds(value: &str) -> Option<Duration> {
    value
        .parse()
        .ok()
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs)
}

fn http_date(value: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(value).ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn pauses_double_up_to_the_cap() {
        let policy = RetryPolicy::default();
        let pauses: Vec<u64> = (1..=7).map(|tries| policy.pause(tries).as_secs()).collect();
        assert_eq!(pauses, [2, 4, 8, 16, 32, 60, 60]);
        let jittered = policy.pause_with_jitter(2);
        assert!((4..=5).contains(&jittered.as_secs()), "{jittered:?}");
    }

    #[test]
    fn every_form_of_the_request_to_wait_is_read() {
        assert_eq!(
            retry_after(&headers(&[("retry-after", "7")])),
            Some(Duration::from_secs(7))
        );
        let dated = headers(&[
            ("date", "Tue, 20 Jan 2026 10:00:00 GMT"),
            ("retry-after", "Tue, 20 Jan 2026 10:00:05 GMT"),
        ]);
        assert_eq!(retry_after(&dated), Some(Duration::from_secs(6)));
        assert_eq!(
            retry_after(&headers(&[("ratelimit-reset", "9")])),
            Some(Duration::from_secs(9))
        );
        assert_eq!(
            retry_after(&headers(&[("x-ratelimit-reset", "16")])),
            Some(Duration::from_secs(16))
        );
        assert_eq!(retry_after(&headers(&[("ratelimit-reset", "1768903200")])), None);
        assert_eq!(retry_after(&headers(&[("retry-after", "soon")])), None);
        assert_eq!(retry_after(&headers(&[("retry-after", "0")])), None);
    }
}
