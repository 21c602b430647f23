use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use entity::StoreId;
use serde_json::json;

use crate::clock::Clock;
use crate::config::Config;
use crate::run;
use crate::service::points::{Difference, verify};

#[derive(Debug, Subcommand)]
pub(super) enum LedgerCommand {
    /// Derive every balance anew and tell what differs. Changes nothing; fails if anything differs.
    Verify {
        /// Only this store.
        #[arg(long)]
        store: Option<String>,
        /// Print JSON, a line for each difference and one for the whole.
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn ledger(mut config: Config, command: LedgerCommand) -> anyhow::Result<ExitCode> {
    let LedgerCommand::Verify { store, json: as_json } = command;
    let store: Option<StoreId> = store
        .map(|text| text.parse())
        .transpose()
        .context("--store is not a store's id (store_…)")?;
    // Page after page needs no second connection, and on SQLite each has a cache of its own.
    config.database.max_connections = 1;
    let app = run::open(config, Clock::System).await?;
    let tell = |difference: &Difference| {
        if as_json {
            println!("{}", json!({ "difference": difference }));
        } else {
            println!("{}", in_words(difference));
        }
    };
    let verified = verify(&app, store, tell).await?;
    if as_json {
        println!("{}", json!({ "verified": verified }));
    } else {
        println!(
            "{} customers, {} orders and {} redemptions verified: {} differences.",
            verified.customers, verified.orders, verified.redemptions, verified.differences
        );
    }
    Ok(if verified.differences == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn in_words(difference: &Difference) -> String {
    let customer = difference.customer.map(|id| id.to_string()).unwrap_or_default();
    format!(
        "{:?} of {} ({customer} in {}): {} expected, {} found; {}",
        difference.check,
        difference.subject,
        difference.store,
        difference.expected,
        difference.found,
        difference.likely_cause
    )
}
