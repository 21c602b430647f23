//! Use cases: the only place that opens a transaction. A folder per noun, a file per operation.
//!
//! A use case takes what it needs from [`App`](crate::app::App), checks, writes in one short
//! transaction, and enqueues the jobs that its change makes necessary in that same transaction. It
//! never waits for a network while one is open.

pub mod account;
pub mod adjustment;
pub mod audit;
pub mod bonus;
pub mod catalogue;
pub mod consent;
pub mod customer;
pub mod email;
pub mod event;
pub mod export;
pub mod hook;
pub mod housekeeping;
pub mod idempotency;
pub mod import;
pub mod integration;
pub mod job;
pub mod member;
pub mod order;
pub mod pace;
#[cfg(test)]
mod plans;
pub mod points;
pub mod pool;
pub mod programme;
pub mod reconcile;
pub mod redemption;
pub mod reward;
mod rows;
pub mod sale_file;
pub mod store;
pub mod token;
pub mod webhook;
