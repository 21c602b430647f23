//! Consent on platforms that hand out tokens for it (OAuth 2): asked for, given, renewed, over.
//!
//! Tokens are sealed with the integration as their owner. They are renewed by one at a time, whatever the number of
//! processes: whoever renews holds the row by a lease, asks the platform with no transaction open, and writes what it
//! gives before anybody uses it. Sessions take the token from [`StoredTokens`]; `src/consent.rs` lets merchants come
//! back; the job `renew_consent` keeps alive what nobody uses. See ADR 36.

mod account;
mod ask;
mod back;
mod end;
mod keep;
mod look;
mod renew;
mod tokens;

pub(crate) use account::learn_account;
pub use ask::{AskError, Asked, REQUEST_MINUTES, ask, callback_url};
pub use back::{Back, BackError, come_back};
pub use keep::forget;
pub use look::{look_due, work};
pub use tokens::StoredTokens;
