//! What merchants consented to on an imitated platform: codes that serve once, and pairs of tokens with their lives.
//! Knows no platform's words.

use chrono::{DateTime, TimeDelta, Utc};

/// A pair of tokens.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    /// What requests show.
    pub(super) access: String,
    access_ends_at: DateTime<Utc>,
    /// What both are renewed with.
    pub(super) refresh: String,
    /// The refresh token before, where it is borne once more.
    borne: Option<String>,
    refresh_ends_at: DateTime<Utc>,
}

/// Where a token that is exchanged leads.
#[derive(Debug, Clone, Copy)]
pub(super) enum Exchanged {
    /// A code: to a new pair.
    Code,
    /// A refresh token: to a pair, which it renews.
    Pair {
        /// The pair's place.
        place: usize,
        /// Whether the token had been shown before, and was borne once more. A second time is the last.
        again: bool,
    },
}

/// What becomes of a refresh token that was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Used {
    /// It goes on to serve.
    Stays,
    /// Another takes its place.
    Ends,
    /// Another takes its place, and it is borne once more.
    BorneOnceMore,
}

/// How long the tokens of a pair live, and what becomes of a refresh token that was used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lives {
    pub(super) access: TimeDelta,
    pub(super) refresh: TimeDelta,
    pub(super) used: Used,
}

/// All that was consented to.
#[derive(Debug)]
pub(super) struct Tokens {
    /// What tokens begin with.
    platform: &'static str,
    codes: Vec<(String, DateTime<Utc>)>,
    pairs: Vec<Pair>,
    made: u32,
}

impl Tokens {
    /// Nothing yet.
    pub(super) fn of(platform: &'static str) -> Self {
        Self {
            platform,
            codes: Vec::new(),
            pairs: Vec::new(),
            made: 0,
        }
    }

    /// A code that lives until then.
    pub(super) fn code(&mut self, ends_at: DateTime<Utc>) -> String {
        let code = self.draw("code");
        self.codes.push((code.clone(), ends_at));
        code
    }

    /// Takes a code, which serves once.
    pub(super) fn take_code(&mut self, code: &str, now: DateTime<Utc>) -> Option<Exchanged> {
        let before = self.codes.len();
        self.codes.retain(|(known, ends)| known != code || *ends < now);
        (self.codes.len() < before).then_some(Exchanged::Code)
    }

    /// The pair that a refresh token renews.
    pub(super) fn find_refresh(&self, token: &str, now: DateTime<Utc>) -> Option<Exchanged> {
        let is_borne = |pair: &Pair| pair.borne.as_deref() == Some(token);
        let is_it = |pair: &Pair| (pair.refresh == token || is_borne(pair)) && pair.refresh_ends_at > now;
        let place = self.pairs.iter().position(is_it)?;
        let again = self.pairs.get(place).is_some_and(is_borne);
        Some(Exchanged::Pair { place, again })
    }

    /// Tokens for what was exchanged.
    pub(super) fn give(&mut self, exchanged: Exchanged, lives: Lives, now: DateTime<Utc>) -> Pair {
        let (place, again) = match exchanged {
            Exchanged::Code => (None, false),
            Exchanged::Pair { place, again } => (Some(place), again),
        };
        let before = place.and_then(|place| self.pairs.get(place));
        let before = before.map(|pair| pair.refresh.clone());
        let borne = before.clone().filter(|_| lives.used == Used::BorneOnceMore && !again);
        let refresh = match before {
            Some(before) if lives.used == Used::Stays => before,
            _ => self.draw("refresh"),
        };
        let pair = Pair {
            access: self.draw("access"),
            access_ends_at: now + lives.access,
            refresh,
            borne,
            refresh_ends_at: now + lives.refresh,
        };
        match place.and_then(|place| self.pairs.get_mut(place)) {
            Some(kept) => *kept = pair.clone(),
            None => self.pairs.push(pair.clone()),
        }
        pair
    }

    /// Whether an access token opens what was consented to.
    pub(super) fn opens(&self, access: &str, now: DateTime<Utc>) -> bool {
        self.pairs
            .iter()
            .any(|pair| pair.access == access && pair.access_ends_at > now)
    }

    /// Takes every consent back, as a merchant does on the platform.
    pub(super) fn revoke(&mut self) {
        self.pairs.clear();
        self.codes.clear();
    }

    /// Ends every access token before its time.
    pub(super) fn end_access(&mut self) {
        for pair in &mut self.pairs {
            pair.access.clear();
        }
    }

    /// How many consents are kept.
    pub(super) fn count(&self) -> usize {
        self.pairs.len()
    }

    /// A long token, as those of the platforms are, that is never drawn twice.
    fn draw(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{}-{kind}-{}-{}", self.platform, self.made, "x".repeat(1_500))
    }
}
