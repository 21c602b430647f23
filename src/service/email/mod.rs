//! E-mails to customers: caused by use cases, once for each cause, and sent by jobs.

mod cause;
mod send;
mod wake;

pub use cause::{PointsEarned, coupon_issued, points_earned, redemption_failed};
pub use send::{SendOutcome, prepare, settle};
pub use wake::wake_stuck;
