//! What the tests stand on: databases, a sandbox, a running program, and clients of them.

pub(crate) mod agreement;
pub(crate) mod app;
pub(crate) mod bulk;
pub(crate) mod consent;
pub(crate) mod database;
pub(crate) mod document;
pub(crate) mod gate;
pub(crate) mod mailbox;
pub(crate) mod merchant;
mod postgres;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod receiver;
pub(crate) mod sandbox;
pub(crate) mod shop;
pub(crate) mod site;
pub(crate) mod socket;
pub(crate) mod sse;
pub(crate) mod stage;
pub(crate) mod truth;
pub(crate) mod wire;
