//! The ledger's writer and reader: posting what orders are worth, reserving, capturing, releasing.
//!
//! Every operation runs inside its caller's transaction, on customers that the transaction holds.

mod balance;
mod batch;
mod by_hand;
mod grant;
mod post_orders;
mod reserve;
mod transfer;

pub use balance::{Balance, balances};
pub use by_hand::{Posting, expire, expired, give_again, give_back, hold, take, take_back};
pub use grant::{Grant, grant};
pub use post_orders::{OrderPosting, Unwritten, post_orders};
pub use reserve::{NotEnough, capture, release, reserve};
pub use transfer::{HeldPoints, transfer};

use entity::Instant;

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
