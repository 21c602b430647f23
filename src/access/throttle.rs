//! A limit on attempts per key and minute, in this process.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::TimeDelta;
use entity::Instant;

/// Counts attempts in fixed minutes. Memory is bounded by forgetting keys of past minutes.
#[derive(Debug)]
pub struct Throttle {
    per_minute: u32,
    seen: Mutex<HashMap<String, (Instant, u32)>>,
}

impl Throttle {
    /// Allows so many attempts per key and minute.
    pub fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            seen: Mutex::default(),
        }
    }

    /// Counts an attempt; false when there were too many.
    pub fn admit(&self, key: &str, now: Instant) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let minute = TimeDelta::minutes(1);
        if seen.len() > 10_000 {
            seen.retain(|_, (since, _)| now - *since < minute);
        }
        let entry = seen.entry(key.to_owned()).or_insert((now, 0));
        if now - entry.0 >= minute {
            *entry = (now, 0);
        }
        entry.1 += 1;
        entry.1 <= self.per_minute
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_counted_per_key_and_forgotten_after_a_minute() {
        let throttle = Throttle::new(2);
        let now = Instant::UNIX_EPOCH;
        assert!(throttle.admit("a", now) && throttle.admit("a", now) && !throttle.admit("a", now));
        assert!(throttle.admit("b", now));
        assert!(throttle.admit("a", now + TimeDelta::seconds(60)));
    }
}
