use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use entity::consent;

/// Where a consent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(in crate::graphql) enum ConsentState {
    /// It serves, and is renewed by itself.
    Given,
    /// It serves and could not be renewed: it ends at `endsAt`. The store's owners were told by e-mail. Ask the merchant
    /// to consent again with `authorizeIntegration`.
    Ending,
    /// It is over, and nothing is imported. The store's owners were told by e-mail.
    Ended,
}

/// What a merchant consented to on the platform.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Consent {
    /// Where it stands.
    state: ConsentState,
    /// When it was given.
    given_at: DateTime<Utc>,
    /// When it was renewed last.
    renewed_at: DateTime<Utc>,
    /// When it ends unless it is renewed before.
    ends_at: DateTime<Utc>,
    /// Since when renewing it has failed; none: it works.
    failing_since: Option<DateTime<Utc>>,
    /// When it was found to be over.
    ended_at: Option<DateTime<Utc>>,
    /// What was met when renewing failed last, or why it is over, in English.
    problem: Option<String>,
}

impl From<consent::Model> for Consent {
    fn from(row: consent::Model) -> Self {
        Self {
            state: match (row.ended_at, row.warned_at) {
                (Some(_), _) => ConsentState::Ended,
                (None, Some(_)) => ConsentState::Ending,
                (None, None) => ConsentState::Given,
            },
            given_at: row.given_at,
            renewed_at: row.renewed_at,
            ends_at: row.refresh_ends_at,
            failing_since: row.failing_since,
            ended_at: row.ended_at,
            problem: row.problem,
        }
    }
}
