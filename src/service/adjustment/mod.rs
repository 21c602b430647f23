//! Adjustments: points given or taken by hand, undone, and given again after they ran out.
//!
//! Each is a row of its own, which is never changed, and the source of its ledger entries. Why a person
//! does it stands in the row; what may be done is decided here; who may do it, by the caller.

mod adjust;
mod record;
mod reinstate;
mod reverse;

pub use adjust::{AdjustError, NewAdjustment, adjust};
pub use record::By;
pub use reinstate::{ReinstateError, reinstate};
pub use reverse::{ReverseError, reverse};
