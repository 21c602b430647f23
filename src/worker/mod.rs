//! How work is done: one file per job, the retry wrapper, the list of workers, the schedule.
//!
//! Every job may run twice, or stop anywhere and start again. A job's error says *retry* or *fail*;
//! the wrapper turns a retry into a new row with a growing delay, so it survives a restart.

mod cancel_coupon;
mod codec;
mod deliver_webhook;
mod give_birthday_bonuses;
mod import_catalogue;
mod import_codes;
mod import_file;
mod import_shop;
mod issue_coupon;
mod job;
mod pieces;
mod read_order;
mod reconcile;
mod renew_consent;
mod repair_difference;
mod run_export;
mod run_import;
mod runner;
mod schedule;
mod send_email;
mod ticks;

pub use job::{JobError, Work};
pub use runner::{Workers, start};
