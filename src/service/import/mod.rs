//! Import runs: asking for one, taking it, writing its pages, ending it.
//!
//! A run belongs to the worker that holds its lease. Whatever a page changes — customers, sales,
//! points, rejects, progress, the place to go on from — commits in one transaction.

mod context;
mod finish;
mod lease;
mod page;
mod phase;
mod start;
mod statistics;

pub use context::ImportContext;
pub(crate) use finish::end_phase;
pub use finish::{cancel, end_cancelled, fail, finish_phase, next_phase};
pub use lease::{Lease, LeaseError, is_cancelled, let_go, renew, take};
pub use page::{Counts, PageProgress, commit_page};
pub(crate) use page::{hold_store, record};
pub use phase::{begin_phase, enter_phase};
pub use start::{
    NewRun, StartError, start, start_due, start_of_file, start_reconciliation, start_unless_under_way, wake_abandoned,
};
