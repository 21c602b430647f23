//! Customers: who is who, and importing them.

mod identify;
mod import;
mod person;

pub use identify::{Identified, identify};
pub use import::{CustomerPage, import};
pub use person::Person;
