//! Points reserved and captured by the program's own services, and the very same statements sent by `pgbench`.
//!
//! A deed is all that a wish for a reward asks of the database: the request's transaction, what the job reads and notes
//! before it asks the shop, and the transaction that spends the points when the coupon exists. Program and floor have a
//! database each, with the same customers, and take turns.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use entity::redemption::{self, RedemptionState};
use fidelidade::app::App;
use fidelidade::platform::PlatformCoupon;
use fidelidade::service::idempotency::Key;
use fidelidade::service::redemption::{RedeemRequest, begin_attempt, complete, request};
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter};

use super::books::{Books, customer};
use super::recording::{Recorder, Step};
use super::server::{Server, Site};
use super::{Arguments, as_f64, median, pgbench, script};

/// Customers who spend at once.
const MANY: u64 = 10_000;
/// Points of a sale: so many that they never run out.
const POINTS: i64 = 1_000_000_000;

/// A database with customers who have points.
struct Stage {
    site: Site,
    books: Books,
}

impl Stage {
    async fn set(server: &Server) -> anyhow::Result<Self> {
        let site = server.fresh().await?;
        let books = Books::open(&site.app).await?;
        books.fill(0..MANY + 2, 2, POINTS).await?;
        Ok(Self { site, books })
    }

    async fn completed(&self) -> anyhow::Result<u64> {
        let completed = redemption::Column::State.eq(RedemptionState::Completed);
        let rows = redemption::Entity::in_store(self.books.store).filter(completed);
        Ok(rows.count(&self.site.app.db).await?)
    }
}

pub(crate) async fn measure(server: &Server, arguments: &Arguments) -> anyhow::Result<()> {
    let (ours, floor) = (Stage::set(server).await?, Stage::set(server).await?);
    let one = record(&floor.books, MANY).await?;
    let other = record(&floor.books, MANY + 1).await?;
    let statements: usize = one.iter().map(|step| step.statements.len()).sum();
    let transactions = one.iter().filter(|step| step.is_transaction).count();
    println!(
        "postgres: {} clients reserve and capture, {statements} statements in {transactions} transactions and by \
         themselves, {} s each",
        arguments.clients, arguments.seconds
    );
    println!(
        "{:>10} {:>6} {:>10} {:>12} {:>8}",
        "customers", "run", "deeds/s", "pgbench/s", "ratio"
    );
    for customers in [MANY, 1] {
        let script = script::write((MANY, &one), &other, arguments.clients, customers)?;
        let mut ratios = Vec::new();
        for round in 0..arguments.rounds.max(1) {
            let before = ours.completed().await?;
            let (deeds, took) = spend(&ours.books, arguments, customers).await?;
            ensure!(
                ours.completed().await? == before + deeds,
                "the program did not do what was timed"
            );
            let rate = as_f64(deeds) / took.as_secs_f64();

            let before = floor.completed().await?;
            // Each round goes on where the last one can not have been.
            let round_of_all = round + usize::from(customers == 1) * arguments.rounds + 1;
            let load = (arguments.clients, arguments.seconds);
            let database = &floor.site.app.config.database.url;
            let played = pgbench::play(database, &script, load, round_of_all * 1_000_000).await?;
            ensure!(
                floor.completed().await? == before + played.deeds,
                "pgbench did not do what was timed"
            );
            let ratio = rate / played.per_second;
            println!(
                "{customers:>10} {:>6} {rate:>10.0} {:>12.0} {ratio:>8.2}",
                round + 1,
                played.per_second
            );
            ratios.push(ratio);
        }
        println!("median ratio {:.2}", median(ratios));
    }
    ours.books.check().await?;
    println!();
    ours.site.close().await;
    floor.site.close().await;
    Ok(())
}

/// Deeds of many clients for some time, and how long it was.
async fn spend(books: &Books, arguments: &Arguments, customers: u64) -> anyhow::Result<(u64, Duration)> {
    let next = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let end = began + Duration::from_secs(arguments.seconds);
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..arguments.clients {
        let (books, next) = (books.clone(), Arc::clone(&next));
        clients.spawn(async move {
            let mut deeds = 0;
            while Instant::now() < end {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let wish = books.app.id::<entity::RedemptionId>().to_string();
                deed(&books.app, &books, number % customers, wish, |_| ()).await?;
                deeds += 1;
            }
            anyhow::Ok(deeds)
        });
    }
    let mut deeds = 0;
    while let Some(done) = clients.join_next().await {
        deeds += done??;
    }
    Ok((deeds, began.elapsed()))
}

async fn record(books: &Books, number: u64) -> anyhow::Result<Vec<Step>> {
    let recorder = Recorder::on(&books.app).await?;
    let mut steps = Vec::new();
    let wish = format!("a wish of customer {number}");
    deed(&recorder.app, books, number, wish, |is_transaction| {
        steps.push(recorder.step(is_transaction));
    })
    .await?;
    Ok(steps)
}

/// A wish for a reward and its end. `step` is told after each part whether it was a transaction.
async fn deed(app: &App, books: &Books, number: u64, wish: String, mut step: impl FnMut(bool)) -> anyhow::Result<()> {
    let asked = RedeemRequest {
        store: books.store,
        customer: customer(number),
        reward: books.reward,
        actor: books.owner.to_string(),
        request_id: None,
    };
    let key = Key::new(asked.actor.clone(), wish, "redeemReward", &number)?;
    let id = request(app, asked, key).await?;
    step(true);
    let mut attempt = begin_attempt(app, id).await?.context("a redemption under way")?;
    ensure!(attempt.about_to_send(app).await?, "nobody else makes this coupon");
    step(false);
    let made = PlatformCoupon {
        external_id: attempt.coupon.code.clone(),
        code: attempt.coupon.code.clone(),
        description: None,
        discount: None,
        minimum_order: None,
        valid_until: None,
        active: true,
        times_used: None,
    };
    complete(app, &attempt, &made).await?;
    step(true);
    Ok(())
}
