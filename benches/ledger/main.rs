//! How fast points are spent, read and verified, each against a floor measured in the same run.
//!
//! `cargo bench --bench ledger -- [--only spend|read|verify] [--database sqlite|postgres] [--seconds N] [--rounds N]
//! [--clients N] [--entries N]`. The ratios are what counts; absolute figures belong to the machine. Temporary files go
//! to `TMPDIR`, which should be a disk. PostgreSQL is the server that `FIDELIDADE_BENCH_POSTGRES_URL` names, or a
//! throw-away one made from the binaries of this machine, where `pgbench` must be as well.

mod books;
mod load;
#[path = "../support/pgbench.rs"]
mod pgbench;
#[path = "../support/postgres.rs"]
mod postgres;
mod read;
mod recording;
mod script;
#[path = "../support/server.rs"]
mod server;
mod spend;
mod verify;

use std::collections::BTreeSet;

use clap::{Parser, ValueEnum};
use server::Server;

/// Measures the ledger.
#[derive(Debug, Clone, Parser)]
struct Arguments {
    /// One of the figures; all when left out.
    #[arg(long)]
    only: Option<Figure>,
    /// The database; both when left out. Spending is measured on PostgreSQL alone.
    #[arg(long)]
    database: Option<Engine>,
    /// How long each measurement of spending takes.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How often spending and its floor take turns.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How many spend at once.
    #[arg(long, default_value_t = 8)]
    clients: u64,
    /// Entries of the ledger that is verified, and of the one customer who has many is a tenth of them.
    #[arg(long, default_value_t = 1_000_000)]
    entries: u64,
    /// Given by `cargo bench`. Without it, as in `cargo test --all-targets`, small ledgers show that all of it works.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Figure {
    /// Reserving and capturing, as a ratio to `pgbench` sending the same statements.
    Spend,
    /// Balance and first page of a statement, of a long ledger as a ratio to those of a short one.
    Read,
    /// `fidelidade ledger verify`.
    Verify,
}

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Engine {
    /// The embedded one.
    Sqlite,
    /// A server.
    Postgres,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = Arguments::parse();
    let mut engines: BTreeSet<Engine> = arguments
        .database
        .map_or([Engine::Sqlite, Engine::Postgres].into(), |one| [one].into());
    if !arguments.bench {
        arguments = Arguments {
            seconds: 1,
            rounds: 1,
            entries: 10_000,
            ..arguments
        };
        engines = [arguments.database.unwrap_or(Engine::Sqlite)].into();
    }
    for engine in engines {
        let server = match engine {
            Engine::Sqlite => Server::embedded(),
            Engine::Postgres => match Server::postgres().await {
                Ok(server) => server,
                Err(error) if arguments.database.is_none() => {
                    println!("postgres: left out: {error:#}");
                    continue;
                }
                Err(error) => return Err(error),
            },
        };
        let name = format!("{engine:?}").to_lowercase();
        let wanted = |figure| arguments.only.is_none_or(|only| only == figure);
        if wanted(Figure::Spend) && engine == Engine::Postgres {
            spend::measure(&server, &arguments).await?;
        }
        if wanted(Figure::Read) {
            read::measure(&server, &name, arguments.entries / 10).await?;
        }
        if wanted(Figure::Verify) {
            verify::measure(&server, &name, arguments.entries).await?;
        }
    }
    Ok(())
}

/// The middle one.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

fn as_f64(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
