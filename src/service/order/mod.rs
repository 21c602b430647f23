//! Orders: importing them and posting what they are worth.

mod award;
mod categories;
mod claim;
mod import;
mod judge;
mod merge;
mod write;

pub use award::DETAIL_PATIENCE;
pub use categories::{categories_of, category_of};
pub use claim::claim;
pub use import::{ImportedOrder, OrderPage, import, known_fingerprints};
pub use judge::{Lines, Sold, judge, lines_of};
