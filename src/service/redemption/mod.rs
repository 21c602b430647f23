//! Redemptions: points become a coupon that exists in the shop.
//!
//! Requesting reserves the points and writes the coupon's code; the job asks the shop to create
//! exactly that code; then the points are spent, or, when the shop refuses for good, given back.
//! Whatever stops in between, the code is the key by which the shop is asked what became of it.
//!
//! The states, and what moves a redemption from one to the next:
//!
//! | from | to | when |
//! |---|---|---|
//! | | requested | points are reserved, the coupon's code is written |
//! | | completed | the same with a code of a pool, which is taken with it |
//! | requested | completed | the coupon exists in the shop, or people saw to it: the points are spent |
//! | requested | failed | the shop, or the staff, refuse for good: the points go back to their lots |
//! | requested | cancelled | somebody cancels before the shop was ever asked: likewise |
//! | requested | cancelling | somebody cancels while it is unknown what became of the coupon, and it turns out to exist |
//! | completed | cancelled | somebody cancels what people fulfilled without a coupon: the points come back |
//! | completed | cancelling | somebody cancels: the coupon is ended in the shop |
//! | cancelling | cancelled | it is ended, and an import that began later knows of no use: the points come back |
//! | cancelling | completed | it was used meanwhile, or the shop will not end it: with the reason |
//!
//! What a redemption takes of a reward's limits it gives back with its points, in the same transaction.
//! Failed and cancelled are final. A coupon is only ever ended by a redemption that is being cancelled, and
//! points only come back when their coupon is certain not to be usable.

mod ask_code;
mod attempt;
mod by_hand;
mod cancel;
mod check;
mod ending;
mod finish;
mod limits;
mod preview;
mod request;
mod used;
mod waiting;
mod with_code;

pub use ask_code::{AskCode, AskCodeError, CodeSent, Sight, ask_code, digits};
pub use attempt::{Attempt, begin_attempt, clear_attempt, replace_code, wake_stuck};
pub(crate) use by_hand::REFUSED;
pub use by_hand::{ByHand, ByHandError, Handed, see_to};
pub use cancel::{CancelError, CancelRequest, cancel};
pub use check::{RedeemCheck, RedeemRule};
pub use ending::{Ending, find_ending};
pub use finish::{complete, complete_used, fail};
pub use preview::{RedemptionPreview, preview};
pub(crate) use request::CODE_PREFIX;
pub use request::{RedeemError, RedeemRequest, request};
pub use used::{notice_used, used_coupons};
pub(crate) use waiting::{STAFF, queue};
pub use with_code::{RedeemWithCode, Redeemed, look, redeem_with_code};
