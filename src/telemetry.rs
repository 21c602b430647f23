//! Logs: a sentence plus dotted fields, to standard error. No personal data, no secrets.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Log, LogFormat};

/// Starts logging. A second start in one process (tests) is ignored.
pub fn start(log: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.filter).with_context(|| {
        format!(
            "log.filter '{}' is not a filter such as \"info,fidelidade=debug\"",
            log.filter
        )
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Json => builder.json().finish().try_init(),
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).finish().try_init(),
    };
    drop(started);
    Ok(())
}
