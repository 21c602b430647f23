//! Sixty-four at once on one pool: no code is handed out twice, none is lost, and the points agree.
//!
//! ```sh
//! FIDELIDADE_TEST_CODES=1000000 cargo test --release --test it api::pools::crowd -- --include-ignored --nocapture
//! ```
//!
//! hands out a million.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use entity::pool_code::{self, PoolCodeState};
use entity::redemption::{self, RedemptionState};
use entity::{coupon, coupon_pool};
use fidelidade::db;
use fidelidade::run::Halves;
use fidelidade::service::event::Origin;
use fidelidade::service::{points, pool};
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::Scene;
use crate::api::seed_pools::{add, codes};
use crate::support::app::TestApp;

const CLIENTS: usize = 64;

async fn program() -> TestApp {
    let builder = TestApp::builder().halves(Halves::Serve);
    let builder = builder
        .set("access.access_minutes", "1000")
        .set("uploads.max_lines", "2000000");
    builder.set("database.max_connections", "16").start().await
}

/// Through the API: 384 requests for 300 codes, by 64 clients for 16 customers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_clients_take_each_code_once() {
    let app = program().await;
    let scene = Scene::set(&app, 16, 50).await;
    let id = scene.pool.parse().unwrap();
    add(app.app(), &scene.integration, id, &codes("MUITOS", 300)).await;
    let reward = scene.reward(1).await;
    let clients = (0..CLIENTS).map(async |client| {
        let mut won = Vec::new();
        for round in 0..6 {
            let told = scene.redeem(client % 16, &reward, &format!("{client} {round}")).await;
            match told["userErrors"][0]["code"].as_str() {
                None => won.push(told["redemption"]["coupon"]["code"].as_str().unwrap().to_owned()),
                Some(code) => assert_eq!(code, "POOL_EMPTY", "{told}"),
            }
        }
        won
    });
    let won: Vec<String> = join_all(clients).await.into_iter().flatten().collect();
    assert_eq!(won.len(), 300, "none is lost");
    assert_eq!(won.iter().collect::<HashSet<_>>().len(), 300, "none twice");
    let look = scene.look().await;
    assert_eq!(
        look["stock"],
        json!({ "free": 0, "ended": 0, "taken": 300, "withdrawn": 0 })
    );
    assert!(look["lowSince"].is_string());
    let db = &app.app().db;
    assert_eq!(coupon::Entity::find().count(db).await.unwrap(), 300);
    let low =
        entity::event::Entity::find().filter(entity::event::Column::Kind.eq(entity::event::EventKind::CouponPoolLow));
    assert_eq!(low.count(db).await.unwrap(), 1, "told once, however many took at once");
    let mut spent = 0;
    for balance in points::balances(
        db,
        &scene.customers.iter().map(|one| one.id).collect::<Vec<_>>(),
        app.app().clock.now(),
    )
    .await
    .unwrap()
    .values()
    {
        assert_eq!(balance.reserved.0, 0);
        spent += 400 - balance.available.0;
    }
    assert_eq!(spent, 300);
    assert_eq!(points::verify(app.app(), None, |_| {}).await.unwrap().differences, 0);
}

/// The hand-out itself: each code with a redemption of its own, in a transaction of its own, until none is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_workers_empty_a_pool() {
    let count = std::env::var("FIDELIDADE_TEST_CODES").map_or(3_000, |count| count.parse().unwrap());
    let app = program().await;
    let scene = Arc::new(Scene::set(&app, 1, 0).await);
    let id: entity::CouponPoolId = scene.pool.parse().unwrap();
    let began = Instant::now();
    add(app.app(), &scene.integration, id, &codes("MUITOS", count)).await;
    let added = began.elapsed();
    let reward = scene.reward(1).await;
    scene.redeem(0, &reward, "um").await;
    let like = redemption::Entity::find().one(&app.app().db).await.unwrap().unwrap();
    let pool = coupon_pool::Entity::find_by_id(id);
    let pool = pool.one(&app.app().db).await.unwrap().unwrap();
    let taken = AtomicUsize::new(1);
    let began = Instant::now();
    let workers = (0..CLIENTS).map(async |worker| {
        let mut won = Vec::new();
        loop {
            let (parts, mut row) = (app.app(), like.clone());
            row.id = parts.id();
            let id = row.id;
            let txn = db::begin(&parts.db).await.unwrap();
            row.into_active_model().insert(&txn).await.unwrap();
            let origin = Origin {
                store: pool.store_id,
                request_id: None,
                at: parts.clock.now(),
            };
            match pool::take(&txn, parts, &origin, &pool, id).await.unwrap() {
                // Now and then somebody changes their mind, or dies.
                Some(_) if worker == 7 && won.len() % 10 == 9 => {
                    drop(txn);
                    won.push(String::new());
                }
                Some(code) => {
                    txn.commit().await.unwrap();
                    taken.fetch_add(1, Ordering::Relaxed);
                    won.push(code.code);
                }
                None if taken.load(Ordering::Relaxed) >= count => break,
                // The last ones are in others' hands.
                None => tokio::task::yield_now().await,
            }
        }
        won.retain(|code| !code.is_empty());
        won
    });
    let won: Vec<String> = join_all(workers).await.into_iter().flatten().collect();
    let took = began.elapsed();
    println!(
        "{count} codes: brought in within {added:?}, handed out by {CLIENTS} workers within {took:?}, {:.0} a second",
        f64::from(u32::try_from(count).unwrap()) / took.as_secs_f64()
    );
    assert_eq!(won.len(), count - 1, "none is lost");
    assert_eq!(won.iter().collect::<HashSet<_>>().len(), count - 1, "none twice");
    let db = &app.app().db;
    let free = pool_code::Entity::find().filter(pool_code::Column::State.ne(PoolCodeState::Taken));
    assert_eq!(free.count(db).await.unwrap(), 0);
    let done = redemption::Entity::find().filter(redemption::Column::State.eq(RedemptionState::Completed));
    assert_eq!(done.count(db).await.unwrap(), u64::try_from(count).unwrap());
}
