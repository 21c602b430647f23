//! Fidelidade: a GraphQL backend for loyalty programmes of Brazilian online shops.
//!
//! `ARCHITECTURE.md` draws the house; each module opens with what it owns and what it must not know.

pub mod access;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod consent;
pub mod db;
pub mod demo;
pub mod domain;
pub mod feed;
pub mod files;
pub mod graphql;
pub mod hooks;
pub mod http;
pub mod mail;
pub mod platform;
pub mod queue;
pub mod run;
pub mod sandbox;
pub mod secrets;
pub mod service;
pub mod telemetry;
pub mod till;
pub mod webhook;
pub mod worker;
