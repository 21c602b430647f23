//! What the tests stand on: databases, a sandbox, a running program, and clients of them.

pub(crate) mod app;
pub(crate) mod database;
mod postgres;
pub(crate) mod proxy;
pub(crate) mod sandbox;
pub(crate) mod truth;
