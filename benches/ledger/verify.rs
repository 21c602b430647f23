//! `fidelidade ledger verify`, as it is run: a process of its own, its memory watched from outside. The floor reads what
//! is added up, every entry once, as a stream.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use entity::ledger_entry;
use futures_util::TryStreamExt as _;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::as_f64;
use super::books::{Books, UNIT};
use super::server::{Server, Site};

/// Entries of a customer.
const LEDGER: u64 = 10;

pub(crate) async fn measure(server: &Server, name: &str, entries: u64) -> anyhow::Result<()> {
    let site = server.fresh().await?;
    let books = Books::open(&site.app).await?;
    let customers = entries / LEDGER;
    println!("{name}: fidelidade ledger verify, customers with {LEDGER} entries");
    println!(
        "{:>12} {:>12} {:>14} {:>8} {:>16}",
        "entries", "entries/s", "reading alone", "ratio", "peak memory, MiB"
    );
    for customers in [0..customers / 10, customers / 10..customers] {
        books.fill(customers, LEDGER / UNIT, 100).await?;
        if site.app.config.is_embedded() {
            site.app
                .db
                .execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
                .await?;
        }
        let floor = read(&site).await?;
        let (took, memory) = verify(&site).await?;
        let entries = ledger_entry::Entity::find().count(&site.app.db).await?;
        println!(
            "{entries:>12} {:>12.0} {:>14.0} {:>8.2} {memory:>16}",
            as_f64(entries) / took.as_secs_f64(),
            as_f64(entries) / floor.as_secs_f64(),
            took.as_secs_f64() / floor.as_secs_f64(),
        );
    }
    println!();
    site.close().await;
    Ok(())
}

/// How long it takes to read every entry.
async fn read(site: &Site) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let mut rows = ledger_entry::Entity::find()
        .select_only()
        .columns([
            ledger_entry::Column::Id,
            ledger_entry::Column::CustomerId,
            ledger_entry::Column::BalanceDelta,
            ledger_entry::Column::ReservedDelta,
            ledger_entry::Column::DebtDelta,
        ])
        .order_by_asc(ledger_entry::Column::Id)
        .into_tuple::<(Uuid, Uuid, i64, i64, i64)>()
        .stream(&site.app.db)
        .await?;
    let mut sum = 0;
    while let Some((_, _, balance, reserved, debt)) = rows.try_next().await? {
        sum += balance + reserved - debt;
    }
    ensure!(sum > 0, "customers have points left");
    Ok(began.elapsed())
}

/// How long the command takes, and the most memory it has held, where the system tells.
async fn verify(site: &Site) -> anyhow::Result<(Duration, String)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fidelidade"));
    command.args(["ledger", "verify"]).stdout(Stdio::null());
    command.env("FIDELIDADE__DATA__DIR", &site.app.config.data.dir);
    command.env("FIDELIDADE__DATABASE__URL", &site.app.config.database.url);
    let began = Instant::now();
    let mut child = command.spawn().context("the program cannot be run")?;
    let mut memory = None;
    loop {
        memory = peak(child.id()).or(memory);
        if let Some(ended) = child.try_wait()? {
            ensure!(ended.success(), "the ledger does not agree with itself");
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let memory = memory.map_or_else(|| "not told".to_owned(), |kib| (kib / 1024).to_string());
    Ok((began.elapsed(), memory))
}

/// In KiB.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().split(' ').next()?.parse().ok()
}
