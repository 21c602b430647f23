//! Reconciliation: what shops say of coupons and sales, where that differs from the books, and what mends it.
//!
//! Two kinds of runs walk over a shop's coupons (`Coupons`, by the schedule or on request) or over its sales and coupons
//! (`Reconciliation`, on request). Both are import runs: one worker has the lease, each page commits with the place to go
//! on from. What the list did not have is asked for by itself before it is called missing: lists move while they are
//! walked, and some shops have none. A run changes no sale, no coupon and no points. It writes down what it saw, and the
//! differences.
//!
//! A difference is mended when somebody asks for its repair: a job looks at the shop and at the books again, and goes
//! through the use case that does it everywhere else: [`order::save_one`](super::order::save_one),
//! [`order::remove`](super::order::remove), [`redemption::cancel`](super::redemption::cancel). Nothing here writes the
//! ledger.

mod coupons;
mod judge;
mod missing;
mod orders;
mod phase;
mod repair;
mod request;
mod start;
mod told;

pub use coupons::{CouponsPage, matched_coupons, write_coupons};
pub use judge::{Verdict, judge_coupon, judge_missing_coupon, judge_order, judge_unknown};
pub use missing::{missing_coupons, missing_orders};
pub use orders::{Looked, OrdersPage, known_orders, settled_before, window_start, write_orders};
pub use phase::{finish, next_phase};
pub use repair::{
    Repaired, Task, accept_terms, cancel_redemption, import_order, mark_used, obsolete, reopen, revoke_order, settle,
    task,
};
pub use request::{ApplyError, MAX_REPAIRS, apply};
pub use start::{MAX_DAYS, first_phase, start_due, window_of};
pub use told::Told;
