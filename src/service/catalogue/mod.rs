//! The catalogue: products of the shop's Google Shopping feed, and the rewards that they become.
//!
//! A reading writes what is new or changed, page by page, and at the end of a whole feed withdraws what it no longer
//! has. What was read last is remembered for as long as the products are exactly that, so that a feed which did not
//! change costs a handful of statements. A sale that begins or ends changes what a product costs while its feed stays: the
//! schedule sees to that. Called by the worker that walks a feed; knows nothing of how it is fetched.

mod gone;
mod page;
mod reading;
mod report;
mod reprice;

pub use crate::feed::{Example, Warning, WarningKind};
pub use gone::withdraw_missing;
pub use page::{FeedPage, Rewards, import};
pub use reading::{LastReading, Reading, Version, begin, finish, last_reading, unchanged};
pub use report::{keep_report, warnings};
pub use reprice::reprice_due;
