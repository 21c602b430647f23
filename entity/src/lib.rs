//! The tables of fidelidade, and nothing else: one file per table, status enums, typed values, and
//! finders that demand the store.
//!
//! This crate knows sea-orm and no rule. The migrations describe the same tables in SQL and never
//! import it.

pub mod adjustment;
pub mod api_token;
pub mod api_token_store;
pub mod attempt_count;
pub mod audit_entry;
pub mod consent;
pub mod consent_request;
pub mod coupon;
pub mod coupon_pool;
pub mod coupon_sighting;
pub mod customer;
pub mod customer_merge;
pub mod customer_source;
pub mod difference;
pub mod email;
pub mod event;
pub mod event_reader;
pub mod export_part;
pub mod export_run;
pub mod feed_reading;
pub mod feed_report;
pub mod fulfilment;
pub mod fulfilment_notice;
pub mod hook_address;
pub mod idempotency_key;
pub mod import_reject;
pub mod import_run;
pub mod integration;
pub mod invitation;
pub mod ledger_entry;
pub mod letter;
pub mod lot_extension;
pub mod membership;
pub mod order;
pub mod order_line;
pub mod order_sighting;
pub mod order_status;
pub mod pace;
pub mod password_reset;
pub mod point_allocation;
pub mod point_lot;
pub mod pool_code;
pub mod product;
pub mod programme_version;
pub mod received_hook;
pub mod redemption;
pub mod redemption_code;
pub mod reward;
pub mod sale_batch;
pub mod session;
pub mod sparse;
pub mod store;
pub mod store_job;
pub mod upload;
pub mod upload_part;
pub mod used_refresh_token;
pub mod user;
mod value;
pub mod webhook;
pub mod webhook_delivery;

pub use sparse::{Columns, Sparse};
pub use value::*;

/// An instant, in UTC, to the microsecond.
pub type Instant = chrono::DateTime<chrono::Utc>;
