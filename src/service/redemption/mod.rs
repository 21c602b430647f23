//! Redemptions: points become a coupon that exists in the shop.
//!
//! Requesting reserves the points and writes the coupon's code; the job asks the shop to create
//! exactly that code; then the points are spent, or, when the shop refuses for good, given back.
//! Whatever stops in between, the code is the key by which the shop is asked what became of it.

mod attempt;
mod check;
mod finish;
mod preview;
mod request;
mod used;

pub use attempt::{Attempt, begin_attempt, clear_attempt, replace_code, wake_stuck};
pub use check::{RedeemCheck, RedeemRule};
pub use finish::{complete, fail};
pub use preview::{RedemptionPreview, preview};
pub use request::{RedeemError, RedeemRequest, request};
pub use used::{notice_used, used_coupons};
