//! The limits that are kept beside an account's pace: its day, and what all calls of this installation have together.

use crate::platform::http::{AccountKey, Limits};

/// Of one account: with the burst never more than 120,000 in a day.
const DAY: Limits = Limits {
    per_minute: 75,
    burst: 11_000,
    concurrency: u32::MAX,
};

/// Of all accounts together: never more than 600 in ten seconds.
const EVERYBODY: Limits = Limits {
    per_minute: 2_400,
    burst: 100,
    concurrency: u32::MAX,
};

/// What a request of this account takes a turn of, beside the account's own.
pub(crate) fn beside(account: &AccountKey) -> Vec<(AccountKey, Limits)> {
    vec![
        (AccountKey(format!("{}:day", account.0)), DAY),
        (AccountKey("bling:everybody".to_owned()), EVERYBODY),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_and_ten_seconds_stay_below_what_bling_bears() {
        const { assert!(DAY.burst + DAY.per_minute * 60 * 24 <= 120_000) };
        const { assert!(EVERYBODY.burst + EVERYBODY.per_minute / 6 <= 600) };
    }
}
