//! Customers: who is who, and importing them.

mod find;
mod identify;
mod import;
mod join;
mod person;
mod register;

pub use find::{KnownBy, find};
pub use identify::{Identified, identify};
pub use import::{CustomerPage, import};
pub use join::{JoinError, merge, unmerge};
pub use person::Person;
pub use register::{CustomerResult, RegisterCustomers, RegisterCustomersError, register};
