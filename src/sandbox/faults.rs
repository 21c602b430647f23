//! What goes wrong on purpose, and when: settings that tests and partners change through the
//! control API, and the dice that decide the same way for the same seed. Knows no platform.

use serde::{Deserialize, Serialize};

/// Everything that can be made to go wrong. The default is a healthy platform with its own limits.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// The share of requests, in percent, answered 500, 502 or 503 without any effect.
    pub error_rate_percent: u8,
    /// How many requests are too many.
    pub rate_limit: RateLimit,
    /// Every answer is held back this long, in milliseconds.
    pub latency_ms: u64,
    /// Coupons that are created while the connection is cut before the answer.
    pub lose_coupon_answers: LostAnswers,
    /// The share of reads, in percent, answered with status 200 and half a body or an HTML page.
    pub malformed_percent: u8,
    /// Orders advance and new ones appear after every page of an order list.
    pub rows_move: bool,
    /// Coupons that are changed while the connection is cut before the answer.
    pub lose_coupon_changes: LostAnswers,
    /// Coupons that are created from now on are missing in lists, as if these lagged behind.
    pub hide_new_coupons: bool,
    /// Every change of a coupon is refused for good with this text.
    pub refuse_coupon_changes: Option<String>,
    /// Every creation of a coupon is refused for good with this text.
    pub refuse_coupons: Option<String>,
    /// This many creations of a coupon are answered 503 and create nothing; counts down.
    pub coupon_5xx_before: u32,
    /// The share of single orders, in percent, answered 500 while the list works.
    pub order_detail_error_percent: u8,
}

/// How many requests are too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateLimit {
    /// As the imitated platform does.
    #[default]
    Platform,
    /// Any number is welcome.
    Off,
    /// The platform's way of counting with this many requests a minute.
    PerMinute(u32),
}

/// Which writes of coupons lose their answer after they took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostAnswers {
    /// None of them.
    #[default]
    None,
    /// The first so many since the faults were set.
    First(u32),
    /// Every so-many-th since the faults were set; 1 is all of them.
    Every(u32),
}

impl LostAnswers {
    /// Whether the `nth` effective write (from 1) loses its answer.
    pub fn loses(self, nth: u32) -> bool {
        match self {
            Self::None => false,
            Self::First(count) => nth <= count,
            Self::Every(step) => step > 0 && nth.is_multiple_of(step),
        }
    }
}

/// Decides the shares: the same seed and the same sequence of requests fail alike.
#[derive(Debug, Clone)]
pub struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    /// Dice for one sandbox.
    pub fn new(seed: u64) -> Self {
        Self { seed, thrown: 0 }
    }

    /// A number from 0 to 99, the next of the sequence.
    pub fn percent(&mut self) -> u8 {
        u8::try_from(self.next() % 100).unwrap_or_default()
    }

    /// True for about `share` of 100 calls. Throws whether or not the share is zero, so that
    /// switching one fault on does not shift the others.
    pub fn hits(&mut self, share: u8) -> bool {
        self.percent() < share
    }

    /// SplitMix64: one multiplication chain per number, no state but the count.
    fn next(&mut self) -> u64 {
        self.thrown = self.thrown.wrapping_add(1);
        let mut z = self.seed.wrapping_add(self.thrown.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_answers_count_from_one() {
        let lost = |rule: LostAnswers| (1..=6).filter(|n| rule.loses(*n)).collect::<Vec<_>>();
        assert_eq!(lost(LostAnswers::None), Vec::<u32>::new());
        assert_eq!(lost(LostAnswers::First(2)), [1, 2]);
        assert_eq!(lost(LostAnswers::Every(3)), [3, 6]);
    }

    #[test]
    fn dice_repeat_and_keep_their_share() {
        let throw = |seed| {
            let mut dice = Dice::new(seed);
            (0..2000).map(|_| dice.hits(20)).collect::<Vec<_>>()
        };
        assert_eq!(throw(7), throw(7));
        assert_ne!(throw(7), throw(8));
        let hits = throw(7).into_iter().filter(|hit| *hit).count();
        assert!((300..500).contains(&hits), "{hits} of 2000 at 20 percent");
    }
}
