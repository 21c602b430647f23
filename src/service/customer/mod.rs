//! Customers: who is who, and importing them.

mod identify;
mod import;
mod join;
mod person;

pub use identify::{Identified, identify};
pub use import::{CustomerPage, import};
pub use join::{JoinError, merge, unmerge};
pub use person::Person;
