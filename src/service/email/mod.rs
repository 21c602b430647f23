//! E-mails: to customers, once for each cause, and letters to people about their access and their store. Caused by use cases and
//! sent by jobs.

mod cause;
mod consent;
mod letter;
mod paused;
mod pool_low;
mod send;
mod waiting;
mod wake;

pub use cause::{PointsEarned, coupon_issued, points_earned, redemption_code, redemption_failed, reward_fulfilled};
pub use letter::{letter, letters};
pub use send::{SendOutcome, prepare, settle};
pub use wake::wake_stuck;
