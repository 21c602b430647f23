//! How fast pages of orders are imported, against a floor measured in the same run: the rows that the import wrote,
//! written again by one multi-row statement per table and page into a fresh database of the same engine.
//!
//! `cargo bench --bench import -- [--orders N] [--database sqlite|postgres] [--repeat N] [--scale]`. The ratio is what
//! counts; absolute figures belong to the machine. Temporary files go to `TMPDIR`, which should be a disk: on a file
//! system in memory a commit costs nothing. PostgreSQL is the server that `FIDELIDADE_BENCH_POSTGRES_URL` names, or a
//! throw-away one made from the binaries of this machine.

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use support::server::Server;
use support::{check, floor, shop, world};
use world::World;

/// Measures imports.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many orders.
    #[arg(long, default_value_t = 100_000)]
    orders: u64,
    /// The database; both when left out.
    #[arg(long)]
    database: Option<Engine>,
    /// How often; the median ratio is shown as well.
    #[arg(long, default_value_t = 1)]
    repeat: usize,
    /// Compare the cost of an order at 10,000 orders in the tables with the cost at this many.
    #[arg(long, num_args = 0..=1, default_missing_value = "1000000")]
    scale: Option<u64>,
    /// Given by `cargo bench`. Without it, as in `cargo test --all-targets`, a few orders show that all of it works.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Engine {
    /// The embedded one.
    Sqlite,
    /// A server.
    Postgres,
}

/// Orders of a page.
const PAGE: u64 = 50;
/// Orders in the tables at the small end of the comparison, and orders timed at each end.
const SMALL: u64 = 10_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = Arguments::parse();
    let mut engines: BTreeSet<Engine> = arguments
        .database
        .map_or([Engine::Sqlite, Engine::Postgres].into(), |one| [one].into());
    if !arguments.bench {
        arguments = Arguments {
            orders: 1_000,
            repeat: 1,
            scale: None,
            ..arguments
        };
        engines = [Engine::Sqlite].into();
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
        Box::pin(measure(&server, &name, &arguments)).await?;
        if let Some(large) = arguments.scale {
            scale(&server, &name, large).await.context("the comparison of sizes")?;
        }
    }
    Ok(())
}

async fn measure(server: &Server, name: &str, arguments: &Arguments) -> anyhow::Result<()> {
    let orders = arguments.orders;
    println!(
        "{name}: {orders} orders of {} customers, pages of {PAGE}",
        shop::customers_of(orders)
    );
    println!(
        "{:>6} {:>12} {:>12} {:>8} {:>24}",
        "run", "orders/s", "floor/s", "ratio", "again, 10 % changed: /s"
    );
    let mut ratios = Vec::new();
    for run in 1..=arguments.repeat.max(1) {
        let outcome = Box::pin(run_once(server, orders)).await?;
        let ratio = outcome.import.as_secs_f64() / outcome.floor.as_secs_f64();
        println!(
            "{run:>6} {:>12.0} {:>12.0} {ratio:>8.2} {:>24.0}",
            per_second(orders, outcome.import),
            per_second(orders, outcome.floor),
            per_second(orders, outcome.again),
        );
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.2}\n", ratios[ratios.len() / 2]);
    Ok(())
}

struct Outcome {
    import: Duration,
    floor: Duration,
    again: Duration,
}

async fn run_once(server: &Server, orders: u64) -> anyhow::Result<Outcome> {
    let site = server.fresh().await?;
    let world = World::build(site.app.clone()).await?;
    let import = world.import(0..orders, orders, PAGE).await?;
    let expected = check::Expected::first(orders);
    expected.verify(&site.app.db, "the import").await?;
    let rows = floor::Rows::read(&site.app.db, PAGE).await?;
    let again = world.import_changed(orders, PAGE).await?;
    check::verify_changed(&site.app.db, orders).await?;
    site.close().await;

    let site = server.fresh().await?;
    let floor = rows.write(&site.app).await?;
    expected.verify(&site.app.db, "the floor").await?;
    site.close().await;
    Ok(Outcome { import, floor, again })
}

/// What an order costs with few and with many orders in the tables. In between, the same import fills them.
async fn scale(server: &Server, name: &str, large: u64) -> anyhow::Result<()> {
    let site = server.fresh().await?;
    let world = World::build(site.app.clone()).await?;
    let all = large + SMALL;
    world.import(0..SMALL, all, PAGE).await?;
    let small = world.import(SMALL..2 * SMALL, all, PAGE).await?;
    world.import(2 * SMALL..large, all, PAGE).await?;
    let big = world.import(large..all, all, PAGE).await?;
    check::Expected::first(all)
        .verify(&site.app.db, "the large import")
        .await?;
    site.close().await;
    println!("{name}: {SMALL} more orders");
    println!("{:>24} {:>12}", "orders in the tables", "µs/order");
    println!("{SMALL:>24} {:>12.0}", small.as_secs_f64() * 1e6 / as_f64(SMALL));
    println!("{large:>24} {:>12.0}", big.as_secs_f64() * 1e6 / as_f64(SMALL));
    println!(
        "cost at {large}: {:.2} times the cost at {SMALL}\n",
        big.as_secs_f64() / small.as_secs_f64()
    );
    Ok(())
}

fn per_second(orders: u64, took: Duration) -> f64 {
    as_f64(orders) / took.as_secs_f64()
}

fn as_f64(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
