//! The ledger's writer and reader: posting what orders are worth, reserving, capturing, releasing.
//!
//! Every operation runs inside its caller's transaction, on customers that the transaction holds.

mod balance;
mod batch;
mod by_hand;
mod expire;
mod forgone;
mod grant;
mod history;
mod joins;
mod plan;
mod post_orders;
mod report;
mod reserve;
mod spared;
mod totals;
mod transfer;
mod verify;

pub use balance::{Balance, balance_of, balances};
pub use by_hand::{Posting, expired, give_again, give_back, hold, take, take_back};
pub use expire::{expire_due, expire_of_customer};
pub use grant::{Grant, grant};
pub use history::balances_at;
pub use plan::{Plan, plan};
pub use post_orders::{OrderPosting, Unwritten, post_orders};
pub use report::{Cohort, Report, Sums, report};
pub use reserve::{NotEnough, capture, refund, release, reserve};
pub use totals::{Totals, totals_after};
pub use transfer::{HeldPoints, transfer};
pub use verify::{Check, Difference, Verified, verify, verify_daily};

use entity::{ImportRunId, Instant, ReceivedHookId};

/// Who or what moves points, for the entries.
#[derive(Debug, Clone)]
pub struct Cause {
    /// `user_…`, `token_…` or `job`.
    pub actor: String,
    /// The request's or job's id.
    pub request_id: Option<String>,
    /// Now.
    pub at: Instant,
}

impl Cause {
    /// An order that a platform's webhook told of.
    pub fn hook(hook: ReceivedHookId, at: Instant) -> Self {
        Self {
            actor: "import".to_owned(),
            request_id: Some(hook.to_string()),
            at,
        }
    }

    /// A run that reads what a shop tells.
    pub fn import(run: ImportRunId, at: Instant) -> Self {
        Self {
            actor: "import".to_owned(),
            request_id: Some(run.to_string()),
            at,
        }
    }
}
