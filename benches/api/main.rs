//! How fast a page with lists in lists is answered, against one statement that builds the same JSON.
//!
//! `cargo bench --bench api -- [--rounds N] [--seconds N] [--clients N] [--customers N] [--connections N] [--requests N]
//! [--postgraphile]`.
//! The ratio is what counts; absolute figures belong to the machine, which server, database and clients share. PostgreSQL
//! is the server that `FIDELIDADE_BENCH_POSTGRES_URL` names, or a throw-away one made from the binaries of this machine,
//! where `pgbench` must be as well.

mod load;
mod page;
#[path = "../support/pgbench.rs"]
mod pgbench;
#[path = "../support/postgres.rs"]
mod postgres;
mod program;
mod rival;
#[expect(dead_code, reason = "the embedded engine has no other clients to be compared with")]
#[path = "../support/server.rs"]
mod server;
mod stock;

use std::time::Duration;

use clap::Parser;
use load::{Load, Until};
use program::Program;
use rival::Rival;
use sea_orm::ConnectionTrait as _;
use server::{Server, Site};
use stock::Stock;

/// Pages that are asked for in turns.
const PAGES: u64 = 2_000;
/// Measurements of memory.
const PARTS: u64 = 10;

/// Measures the API.
#[derive(Debug, Clone, Parser)]
struct Arguments {
    /// How often the API and the statement take turns.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// How long each turn takes.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// How many ask at once.
    #[arg(long, default_value_t = 8)]
    clients: u64,
    /// How many ask at once while single answers are timed.
    #[arg(long, default_value_t = 64)]
    connections: u64,
    /// Requests while memory is watched; with 0 it is not.
    #[arg(long, default_value_t = 50_000)]
    requests: u64,
    /// Customers of the store; each has five orders and, on average, one coupon.
    #[arg(long, default_value_t = 100_000)]
    customers: u64,
    /// Lets PostGraphile take turns too, which `npm` installs beside the bench.
    #[arg(long)]
    postgraphile: bool,
    /// Given by `cargo bench`. Without it, as in `cargo test --all-targets`, a small store shows that all of it works.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = Arguments::parse();
    let server = match Server::postgres().await {
        Ok(server) => server,
        Err(error) if !arguments.bench => {
            println!("left out: {error:#}");
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    if !arguments.bench {
        arguments = Arguments {
            rounds: 1,
            seconds: 1,
            requests: 200,
            customers: 1_000,
            ..arguments
        };
    }
    let site = server.fresh().await?;
    // JSON shows instants in the database's zone.
    let zone = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone TO ''UTC''', current_database()); END $$";
    site.app.db.execute_unprepared(zone).await?;
    let stock = Stock::fill(&site.app, arguments.customers).await?;
    let program = Program::start(&site.app).await?;
    let numbers = numbers(&stock);
    let load = prepare(&site, &stock, &program, &numbers).await?;
    println!("the program is process {}", program.id());
    let rival = if arguments.postgraphile {
        Some(oppose(&site, &stock, &load, &numbers).await?)
    } else {
        None
    };
    race(
        &arguments,
        &site,
        &stock,
        (&load, rival.as_ref().map(|rival| &rival.load)),
    )
    .await?;
    drop(rival);
    time(&arguments, &load).await?;
    watch(&arguments, &program, &load).await?;
    drop(program);
    site.close().await;
    Ok(())
}

/// Before which customers pages end, all over the store.
fn numbers(stock: &Stock) -> Vec<u64> {
    let span = stock.customers - page::CUSTOMERS;
    // Coprime to any span that is not a multiple of it: neighbours in time are far apart in the store.
    (0..PAGES).map(|nth| page::CUSTOMERS + 1 + nth * 7919 % span).collect()
}

/// PostGraphile on the same data, some of whose answers are compared.
async fn oppose(site: &Site, stock: &Stock, own: &Load, numbers: &[u64]) -> anyhow::Result<Rival> {
    let rival = Rival::start(&site.app.config.database.url, stock, numbers).await?;
    for place in [0, 1, 17, numbers.len() - 1] {
        rival::ensure_same(&own.answer(place).await?, &rival.load.answer(place).await?)?;
    }
    println!("PostGraphile answers with the same rows");
    Ok(rival)
}

/// Requests for the pages, some of which are compared.
async fn prepare(site: &Site, stock: &Stock, program: &Program, numbers: &[u64]) -> anyhow::Result<Load> {
    let bodies = numbers.iter().map(|number| page::body(stock, *number));
    let load = Load::new(program.address, "/graphql", &stock.token, bodies);
    let (mut fields, mut bytes) = (0, 0);
    for place in [0, 1, 17, numbers.len() - 1] {
        let answer = load.answer(place).await?;
        fields = page::compare(&site.app.db, stock, numbers[place], &answer).await?;
        bytes = answer.len();
    }
    println!("a page of {fields} fields and {} kB, the same from both", bytes / 1000);
    Ok(load)
}

/// The API, the statement and PostGraphile, if it is there, in turns.
async fn race(
    arguments: &Arguments,
    site: &Site,
    stock: &Stock,
    (own, rival): (&Load, Option<&Load>),
) -> anyhow::Result<()> {
    let Arguments {
        rounds,
        seconds,
        clients,
        ..
    } = *arguments;
    let script = page::script(stock);
    let turn = Until::Passed(Duration::from_secs(seconds));
    for load in [Some(own), rival].into_iter().flatten() {
        load.run(clients, Until::Passed(Duration::from_secs(seconds.min(3))))
            .await?;
    }
    println!("{clients} clients, {seconds} s each");
    println!(
        "{:>6} {:>10} {:>12} {:>8} {:>15} {:>8}",
        "round", "API/s", "pgbench/s", "ratio", "PostGraphile/s", "times"
    );
    let (mut ratios, mut times) = (Vec::new(), Vec::new());
    for round in 1..=rounds.max(1) {
        let api = own.run(clients, turn).await?.per_second();
        let floor = pgbench::play(&site.app.config.database.url, &script, (clients, seconds), 0).await?;
        anyhow::ensure!(floor.deeds > 0, "pgbench asked for nothing");
        let ratio = api / floor.per_second;
        print!("{round:>6} {api:>10.0} {:>12.0} {ratio:>8.2}", floor.per_second);
        ratios.push(ratio);
        if let Some(rival) = rival {
            let rival = rival.run(clients, turn).await?.per_second();
            print!(" {rival:>15.0} {:>8.2}", api / rival);
            times.push(api / rival);
        }
        println!();
    }
    println!("median ratio {:.2}", median(ratios));
    if !times.is_empty() {
        println!("median {:.2} times PostGraphile", median(times));
    }
    println!();
    Ok(())
}

/// What single answers take with many connections.
async fn time(arguments: &Arguments, load: &Load) -> anyhow::Result<()> {
    let until = Until::Passed(Duration::from_secs(2 * arguments.seconds));
    let answered = load.run(arguments.connections, until).await?;
    let (half, most) = (answered.milliseconds(500), answered.milliseconds(990));
    println!(
        "{} connections: {:.0} answers/s; p50 {half:.1} ms, p99 {most:.1} ms, {:.2} times p50\n",
        arguments.connections,
        answered.per_second(),
        most / half
    );
    Ok(())
}

/// Memory over many requests.
async fn watch(arguments: &Arguments, program: &Program, load: &Load) -> anyhow::Result<()> {
    let part = arguments.requests / PARTS;
    if part == 0 {
        return Ok(());
    }
    println!("memory over {} requests for the page", part * PARTS);
    for nth in 0..=PARTS {
        if nth > 0 {
            load.run(arguments.clients, Until::Asked(part)).await?;
        }
        let memory = program
            .memory()
            .map_or_else(|| "not told".to_owned(), |mib| format!("{mib:.1} MiB"));
        println!("{:>10} {memory:>12}", nth * part);
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
