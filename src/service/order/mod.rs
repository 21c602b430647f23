//! Orders: writing what shops and other sources tell of them, and posting what they are worth.
//!
//! Imported and pushed sales go one way ([`apply`](mod@apply)). One sale that two sources tell of is linked
//! and counts once ([`link`]).

mod amend;
mod apply;
mod award;
mod categories;
mod claim;
mod file;
mod import;
mod judge;
mod link;
mod merge;
mod one;
mod register;
mod removed;
mod sale;
mod source;
mod twin;
mod write;

pub use amend::{AmendError, AmendRequest, Amendment, amend};
pub use apply::ImportedOrder;
pub use award::DETAIL_PATIENCE;
pub use categories::{categories_of, category_of};
pub use claim::claim;
pub use file::{FilePage, import_file};
pub use import::{OrderPage, import, known_fingerprints};
pub use judge::{Lines, Sold, judge, lines_of};
pub use one::save_one;
pub(crate) use register::pushed_source;
pub use register::{MAX_SALES, Outcome, RegisterError, RegisterRequest, SaleResult, register, store_of_source};
pub use removed::{REMOVED, remove};
pub use sale::{PushedBuyer, PushedLine, PushedSale, SaleProblem};
pub use source::Source;
