//! Tests of the whole: the adapters against the sandbox, and the program over HTTP, on a real
//! database. `FIDELIDADE_TEST_DATABASE` chooses `sqlite` (the default) or `postgres`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api;
mod contract;
mod feed_check;
mod journey;
mod kill;
mod ledger;
mod migrations;
mod month;
mod oauth;
mod outage;
mod pace;
mod program;
mod queue;
mod support;
