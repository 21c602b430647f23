//! Orders: importing them and posting what they are worth.

mod award;
mod claim;
mod import;
mod judge;
mod merge;
mod write;

pub use award::DETAIL_PATIENCE;
pub use claim::claim;
pub use import::{ImportedOrder, OrderPage, import, known_fingerprints};
pub use judge::{Lines, judge, line_facts, lines_of};
