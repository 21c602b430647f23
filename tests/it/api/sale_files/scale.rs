//! A large file: how much memory, how many statements, how long.
//!
//! FIDELIDADE_TEST_LINES=100000 cargo test --test it sale_files::scale -- --include-ignored --nocapture

use std::io::Cursor;
use std::time::Instant;

use fidelidade::service::import::{self, ImportContext};
use fidelidade::service::order::{self, FilePage};
use fidelidade::service::sale_file::{self, Judge, Reader};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use super::{Till, counts};
use crate::api::actor::Actor;
use crate::api::sale_files::again::file;
use crate::api::seed;
use crate::api::statements::counted::Counted;
use crate::support::app::TestApp;
use crate::support::merchant::text;

/// Statements of pages of so many sales: all new, all known, all changed.
async fn cost(rows: usize) -> Vec<usize> {
    let program = Counted::start().await;
    let app = program.app();
    let query = Actor::mutation("createStore", "store { id }");
    let input = json!({ "input": { "name": "Loja", "idempotencyKey": "loja" } });
    let store = text(&program.gql(&query, input).await["data"]["createStore"]["store"]["id"]);
    let source = seed::source(app, &store).await;
    let query = Actor::mutation("importSales", "importRun { id }");
    let input = json!({ "integrationId": source.id, "content": file(1, "paga", "2026-02-01"), "idempotencyKey": "k" });
    let told = program.gql(&query, json!({ "input": input })).await;
    let run = text(&told["data"]["importSales"]["importRun"]["id"]).parse().unwrap();
    let (run, lease) = import::take(app, run, "a test".to_owned()).await.unwrap();
    let context = ImportContext::load(&app.db, run).await.unwrap();
    let judge = || Judge {
        zone: chrono_tz::America::Sao_Paulo,
        currency: "BRL".to_owned(),
        now: app.clock.now(),
    };
    let mut costs = Vec::new();
    for (status, changed) in [
        ("paga", "2026-02-01"),
        ("paga", "2026-02-01"),
        ("devolvida", "2026-02-02"),
    ] {
        let bytes = Cursor::new(file(rows, status, changed).into_bytes());
        let mut reader = Reader::open(bytes, sale_file::limits(app), judge()).unwrap();
        let mut page = FilePage::default();
        while let Some(told) = reader.next_record().unwrap() {
            page.until = told.until;
            page.sales.push((told.line, told.sale.unwrap()));
        }
        page.rejects = (1..).zip(seed::rejects(rows)).collect();
        program.forget();
        order::import_file(app, &context, &lease, page).await.unwrap();
        costs.push(program.statements().len());
    }
    costs
}

#[tokio::test]
async fn pages_cost_the_same_with_few_lines_and_with_many() {
    let (few, many) = (cost(5).await, cost(250).await);
    // Every time that a run doubles, PostgreSQL may be asked once more whether a table has outgrown its statistics.
    let apart = few.iter().zip(&many).map(|(few, many)| many.abs_diff(*few));
    assert!(apart.max().unwrap() <= 9, "{few:?} {many:?}");
    println!("statements of pages of 5 and of 250 lines, new, known and changed: {few:?} {many:?}");
    assert!(many.iter().all(|count| (1..=40).contains(count)), "{many:?}");
}

/// Peak of this process's memory, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn a_large_file() {
    let lines = std::env::var("FIDELIDADE_TEST_LINES").map_or(100_000, |lines| lines.parse().unwrap());
    let app = TestApp::start().await;
    let till = Till::open(&app).await;
    till.import("aquecer", file(500, "paga", "2026-01-31")).await;
    let sent = file(lines, "paga", "2026-02-01");
    let bytes = sent.len();
    let upload = till.send("grande", sent).await;
    let before = peak();
    let begun = Instant::now();
    let run = text(&till.begin("k", &upload).await["importRun"]["id"]);
    let told = loop {
        let told = till.run(&run).await;
        if told["finishedAt"].is_string() {
            break told;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    };
    let took = begun.elapsed();
    assert_eq!(counts(&told)[1], i64::try_from(lines).unwrap());
    println!(
        "{lines} lines, {bytes} bytes: {took:.1?}, {} lines a second; peak of memory {before} MiB before, {} MiB after",
        lines as u128 * 1000 / took.as_millis(),
        peak()
    );
    let orders = entity::order::Entity::find().count(&app.app().db).await.unwrap();
    assert_eq!(usize::try_from(orders).unwrap(), lines);
    let begun = Instant::now();
    let again = till.import("de novo", file(lines, "paga", "2026-02-01")).await;
    assert_eq!(counts(&again)[4], i64::try_from(lines).unwrap());
    println!("the same again, nothing new: {:.1?}, sending included", begun.elapsed());
}
