//! Pools of coupon codes: codes that exist in a shop already, brought in by the store and handed out one by one.
//!
//! A code is handed out inside the transaction of what it is handed out for, so it is given once or not at all. Until
//! then it is sealed, and found by a fingerprint. Whoever looks for a free code leaves out those that others hold:
//! nobody ever waits for a code. Called by the API, by `service::redemption` and by the worker that reads files.

mod add;
mod change;
mod code;
mod page;
mod read;
mod stock;
mod take;
mod withdraw;

pub use add::{AddCodesError, CodesRequest, CodesSource, UploadCodesError, UploadForPool, begin_add, create_upload};
pub use change::{NewPool, PoolChanges, PoolError, create, update};
pub use code::{ending, find_code, fingerprint, reveal};
pub use page::{CodesPage, import_page};
pub use read::{CodesReader, NewCode, Read, Refused, WhyNot, survey};
pub use stock::{Stock, has_free, stocks};
pub use take::{Taken, take};
pub use withdraw::{WITHDRAWN_AT_ONCE, Which, WithdrawError, Withdrawn, withdraw};
