//! The account's limit, as each answer tells it: how many requests a minute it has, how many of them are left, and in
//! how many seconds they are new.
//!
//! The limit belongs to the account and is shared with its other integrations, so three quarters of it are used, one
//! request after the other. When hardly any is left, whoever used them, everybody here rests until they are new.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::header::HeaderMap;

use crate::platform::PlatformError;
use crate::platform::http::{Answer, Api, FetchError, Limits};

const LIMIT: &str = "x-ratelimit-limit";
const REMAINING: &str = "x-ratelimit-remaining";
const RESET: &str = "x-ratelimit-reset";

/// The limit is not known yet.
const UNTOLD: u32 = u32::MAX;
/// No plan has fewer requests a minute: a smaller limit is that of a second.
const FEWEST_A_MINUTE: u32 = 10;
/// The account bears four requests in a second, whatever its plan: three are enough.
const MOST_A_MINUTE: u32 = 180;
/// The longest rest that is believed.
const LONGEST_REST: Duration = Duration::from_mins(2);

/// A session that goes at the account's pace.
#[derive(Clone)]
pub(super) struct Paced {
    api: Api,
    /// The account's limit as answers told it, if it is to be heeded.
    told: Option<Arc<AtomicU32>>,
}

impl Paced {
    /// A session over `api`, which heeds what answers tell of the limit, or keeps the one that it was made with.
    pub(super) fn new(api: Api, heeds_limit: bool) -> Self {
        Self {
            api: if heeds_limit { api.with_rest(rest) } else { api },
            told: heeds_limit.then(|| Arc::new(AtomicU32::new(UNTOLD))),
        }
    }

    /// The same session for somebody who waits: at most this many tries.
    pub(super) fn with_max_tries(&self, tries: u32) -> Self {
        Self {
            api: self.api.clone().with_max_tries(tries),
            ..self.clone()
        }
    }

    /// Reads.
    pub(super) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, PlatformError> {
        self.try_get(path, query).await.map_err(FetchError::of_read)
    }

    /// [`Paced::get`] with the failure told exactly.
    pub(super) async fn try_get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, FetchError> {
        let told = self.told.as_ref().map_or(UNTOLD, |told| told.load(Ordering::Relaxed));
        let answer = if told == UNTOLD {
            self.api.try_get(path, query).await?
        } else {
            self.api
                .clone()
                .with_limits(share_of(told))
                .try_get(path, query)
                .await?
        };
        if let (Some(told), Some(limit)) = (&self.told, limit(&answer.headers)) {
            told.store(limit, Ordering::Relaxed);
        }
        Ok(answer)
    }
}

fn number(headers: &HeaderMap, name: &str) -> Option<u32> {
    let text = headers.get(name)?.to_str().ok()?;
    text.trim().parse().ok().filter(|number| *number < UNTOLD)
}

/// The requests a minute that the account has.
fn limit(headers: &HeaderMap) -> Option<u32> {
    number(headers, LIMIT).filter(|limit| *limit >= FEWEST_A_MINUTE)
}

/// How long everybody rests after an answer: when no more than a tenth is left, until all is new.
fn rest(headers: &HeaderMap) -> Option<Duration> {
    let (limit, left) = (number(headers, LIMIT)?, number(headers, REMAINING)?);
    let seconds = number(headers, RESET).filter(|seconds| *seconds > 0)?;
    let rest = Duration::from_secs(seconds.into());
    (left <= limit / 10 && rest <= LONGEST_REST).then_some(rest)
}

/// Our share of an account's limit.
fn share_of(limit: u32) -> Limits {
    Limits {
        per_minute: (limit.saturating_mul(3) / 4).clamp(1, MOST_A_MINUTE),
        burst: 1,
        concurrency: 1,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]

    use super::*;

    fn headers(told: [&str; 3]) -> HeaderMap {
        let named = [LIMIT, REMAINING, RESET].into_iter().zip(told);
        let told = named.filter(|(_, value)| !value.is_empty());
        told.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn everybody_rests_when_hardly_any_request_is_left() {
        for (told, seconds) in [
            (["30", "29", "58"], None),
            (["30", "4", "40"], None),
            (["30", "3", "40"], Some(40)),
            (["30", "0", "16"], Some(16)),
            (["4", "0", "1"], Some(1)),
            // An instant instead of a delay, nothing, and what nobody means.
            (["30", "0", "1768903200"], None),
            (["30", "0", "0"], None),
            (["30", "0", ""], None),
            (["", "0", "16"], None),
            (["30", "", "16"], None),
            (["muitos", "0", "16"], None),
        ] {
            let found = rest(&headers(told)).map(|rest| rest.as_secs());
            assert_eq!(found, seconds, "{told:?}");
        }
    }

    #[test]
    fn our_share_stays_below_every_plan_and_below_four_in_a_second() {
        for (limit, per_minute) in [(30, 22), (60, 45), (120, 90), (240, 180), (1_000, 180)] {
            let share = share_of(limit);
            assert_eq!((share.per_minute, share.burst), (per_minute, 1));
            assert!(share.per_minute + share.burst <= limit);
            assert!(share.interval() * 3 >= Duration::from_secs(1) - Duration::from_millis(1));
        }
        assert_eq!(limit(&headers(["240", "", ""])), Some(240));
        assert_eq!(limit(&headers(["4", "", ""])), None, "that of a second");
    }
}
