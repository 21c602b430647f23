use chrono::TimeDelta;

/// Seconds between an attempt and the next: quick at first, for a receiver that is being restarted, then for one
/// that is down for hours. Some 36 hours in all.
const DELAYS: [i64; 8] = [5, 30, 120, 600, 3_600, 10_800, 28_800, 86_400];
/// How much longer a delay may be by chance, in per cent, so that what failed together does not come back together.
const JITTER: i64 = 20;

/// How often a delivery is tried before it is given up.
pub const MAX_ATTEMPTS: i32 = 9;

/// How long after the so-manieth attempt the next one is due; none after the last. `chance` is a random number.
pub fn delay_after(attempt: i32, chance: u32) -> Option<TimeDelta> {
    let place = usize::try_from(attempt.checked_sub(1)?).ok()?;
    let seconds = *DELAYS.get(place)?;
    let jitter = seconds * 1_000 * JITTER / 100 * i64::from(chance) / i64::from(u32::MAX);
    Some(TimeDelta::milliseconds(seconds * 1_000 + jitter))
}

#[cfg(test)]
mod tests {
    use super::{DELAYS, MAX_ATTEMPTS, delay_after};
    use chrono::TimeDelta;

    #[test]
    fn delays_grow_by_a_little_chance_and_end() {
        assert_eq!(delay_after(1, 0), Some(TimeDelta::seconds(5)));
        assert_eq!(delay_after(1, u32::MAX), Some(TimeDelta::seconds(6)));
        assert_eq!(delay_after(8, 0), Some(TimeDelta::hours(24)));
        assert_eq!(delay_after(8, u32::MAX), Some(TimeDelta::minutes(28 * 60 + 48)));
        assert_eq!(delay_after(MAX_ATTEMPTS, 0), None);
        assert_eq!((delay_after(0, 0), delay_after(i32::MIN, 0)), (None, None));
        assert_eq!(usize::try_from(MAX_ATTEMPTS), Ok(DELAYS.len() + 1));
    }
}
