//! PostgreSQL goes away for a while and comes back, as when it is restarted at night or another server takes its place.
//! SQLite is a file: there is nothing to be cut off from.

use std::collections::BTreeSet;
use std::time::Duration;

use fidelidade::config::Config;
use fidelidade::db;
use fidelidade::platform::http::{AccountKey, Limits, Pacer as _};
use fidelidade::run::Halves;
use fidelidade::service::pace::DatabasePacer;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement, TransactionTrait as _};
use serde_json::{Value, json};

use crate::support::agreement::{Known, instant};
use crate::support::app::{TestApp, eventually};
use crate::support::database::{Engine, TestDatabase};
use crate::support::gate::{Held, Moment, sprung};
use crate::support::merchant::{Merchant, number, text};
use crate::support::shop::{self, Step};
use crate::support::sse::Events;
use crate::support::stage::small_world;
use crate::support::wire::Wire;

const DAYS_BACK: i64 = 60;
const BALANCE: &str = "subscription ($id: ID!) { customerBalance(customerId: $id) { available } }";
const FINISHED: &str = "subscription ($id: ID!) { events(storeId: $id, types: [IMPORT_FINISHED]) { type } }";

/// The server takes longer to restart, and a connection that was idle for so long is asked whether it lives.
const LONGER_THAN_PROVEN: Duration = Duration::from_millis(1_200);

/// So many that every connection of the pool is used.
async fn crowd(merchant: &Merchant) {
    let asked = (0..24).map(|_| merchant.ask("{ viewer { id stores(first: 5) { nodes { id name } } } }", json!({})));
    for answer in join_all(asked).await {
        assert_eq!(answer["viewer"]["stores"]["nodes"].as_array().map(Vec::len), Some(1));
    }
}

/// A program without workers, so that nobody else uses its connections, and a crowd has opened all of them.
async fn serving() -> (TestApp, Merchant, String) {
    let app = TestApp::builder().halves(Halves::Serve).wired().start().await;
    let merchant = Merchant::of(&app).await;
    let store = merchant.store_with_a_sale("Casa Exemplo").await;
    crowd(&merchant).await;
    (app, merchant, store)
}

#[tokio::test]
async fn who_asks_afterwards_meets_no_dead_connection() {
    if Engine::of_tests() == Engine::Sqlite {
        return;
    }
    let (mut app, merchant, _) = serving().await;
    app.wire().cut().await;
    app.wire().mend().await;
    tokio::time::sleep(LONGER_THAN_PROVEN).await;
    crowd(&merchant).await;
}

/// As a gateway does that has seen nothing of a connection for some minutes.
#[tokio::test]
async fn who_asks_over_a_forgotten_connection_is_answered_over_another() {
    if Engine::of_tests() == Engine::Sqlite {
        return;
    }
    let (mut app, merchant, _) = serving().await;
    app.wire().forget();
    tokio::time::sleep(LONGER_THAN_PROVEN).await;
    crowd(&merchant).await;
}

/// What is asked waits for a table when the database goes away.
#[tokio::test]
async fn who_is_being_answered_is_told_to_try_again() {
    if Engine::of_tests() == Engine::Sqlite {
        return;
    }
    let (mut app, merchant, store) = serving().await;
    let beside = app.database.connect().await;
    let holder = beside.begin().await.unwrap();
    let sql = "LOCK TABLE orders IN ACCESS EXCLUSIVE MODE";
    holder.execute_unprepared(sql).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http
        .post(format!("http://{}/graphql", app.address()))
        .bearer_auth(merchant.token.as_ref().unwrap())
        .json(&json!({ "variables": { "id": store },
            "query": "query ($id: ID!) { store(id: $id) { orders(first: 5) { nodes { id } } } }" }));
    let asked = tokio::spawn(request.send());
    eventually("a statement that waits", Duration::from_secs(20), async || {
        let sql = "SELECT 1 FROM pg_locks WHERE relation = 'orders'::regclass AND NOT granted";
        let waiting = Statement::from_string(DbBackend::Postgres, sql);
        holder.query_one_raw(waiting).await.unwrap().map(drop)
    })
    .await;
    app.wire().cut().await;
    let answer: Value = asked.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer:#}");
}

#[tokio::test]
async fn who_asks_meanwhile_waits_and_afterwards_everything_goes_on() {
    if Engine::of_tests() == Engine::Sqlite {
        return;
    }
    let mut app = TestApp::builder().sandbox(small_world()).wired().start().await;
    let merchant = Merchant::of(&app).await;
    let (store, connected) = merchant.connect(&shop::MAGAZORD).await;
    merchant.fill_in(&shop::MAGAZORD, &connected, DAYS_BACK).await;
    merchant.activate(&store).await;
    merchant.import(&store).await;
    let (address, token) = (app.address().to_string(), merchant.token.clone().unwrap());
    let mut told = Events::open(&address, &token, FINISHED, json!({ "id": store.id }), None).await;
    let customer = merchant.customers(&store).await.swap_remove(0);
    let mut watched = Events::open(&address, &token, BALANCE, json!({ "id": customer["id"] }), None).await;
    let before = available(&mut watched).await;
    crowd(&merchant).await;

    app.wire().cut().await;
    let (status, report) = app.get("/health/ready").await;
    assert_eq!(status, 503, "{report}");
    // Streams are looked after every three seconds.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let mending = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        app.wire().mend().await;
    };
    tokio::join!(crowd(&merchant), mending);

    assert_eq!(app.get("/health/ready").await.0, 200);
    crowd(&merchant).await;
    merchant.import(&store).await;
    let event: Value = told.next().await.unwrap();
    assert_eq!(
        event.pointer("/data/events/type"),
        Some(&json!("IMPORT_FINISHED")),
        "{event}"
    );
    let input = json!({ "customerId": customer["id"], "points": 7, "reason": "cortesia", "idempotencyKey": "7" });
    merchant.must("adjustPoints", "adjustment { id }", input).await;
    assert_eq!(available(&mut watched).await, before + 7);
}

/// The points that a stream tells next.
async fn available(stream: &mut Events) -> i64 {
    let told = stream.next().await.unwrap();
    number(
        told.pointer("/data/customerBalance/available")
            .unwrap_or_else(|| panic!("{told}")),
    )
}

/// The shop answers while the database is away, so nothing can be written down of what was done.
#[tokio::test]
async fn what_is_under_way_is_finished_and_nothing_is_done_twice() {
    if Engine::of_tests() == Engine::Sqlite {
        return;
    }
    let shop = &shop::MAGAZORD;
    let builder = TestApp::builder().sandbox(small_world()).gate(shop).wired();
    let mut app = builder.start().await;
    let merchant = Merchant::of(&app).await;
    let (store, connected) = merchant.connect(shop).await;
    merchant.fill_in(shop, &connected, DAYS_BACK).await;

    let caught = app.gate().trap(Step::Order, 5, Moment::Applied);
    let activated = instant(&merchant.activate(&store).await);
    be_away(&mut app, sprung(caught).await).await;
    let is_first = |run: &Value| run["trigger"] == "ACTIVATION";
    merchant.run_that(&store, "the import", is_first).await;
    let known = Known {
        shop,
        activated,
        days_back: DAYS_BACK,
        seen_awarding: BTreeSet::new(),
    };
    known
        .compare(&merchant, &store, &app.sandbox.truth(shop.kind).await)
        .await;

    let takes_off = json!({ "kind": "AMOUNT_OFF", "amount": "10.00" });
    let reward = merchant.create_reward(&store, "R$ 10 de desconto", 50, takes_off).await;
    let customers = merchant.customers(&store).await;
    let balance = |customer: &&Value| number(&customer["balance"]["available"]);
    let rich = text(&customers.iter().max_by_key(balance).unwrap()["id"]);
    let caught = app.gate().trap(Step::CouponCreation, 1, Moment::Applied);
    let redemption = merchant.redeem(&rich, &reward, "um resgate").await;
    be_away(&mut app, sprung(caught).await).await;
    let redemption = merchant.redemption(&redemption).await;
    assert_eq!(redemption["state"], "COMPLETED", "{redemption:#}");
    let code = text(&redemption["coupon"]["code"]);
    let asked_and_made = app.sandbox.coupon_count(shop.kind, &code).await;
    assert_eq!(asked_and_made, (1, 1));
    known
        .compare(&merchant, &store, &app.sandbox.truth(shop.kind).await)
        .await;
}

/// Else others would wait until its time is over, which takes a minute and a half.
#[tokio::test]
async fn a_turn_that_ends_meanwhile_is_given_back() {
    if Engine::of_tests() == Engine::Sqlite {
        return;
    }
    let database = TestDatabase::migrated().await;
    let mut wire = Wire::to(database.url()).await;
    let config = Config::with(&format!("database.url = '{}'", wire.url())).unwrap();
    let pacer = DatabasePacer::new(db::connect(&config).await.unwrap(), Duration::from_secs(10));
    let limits = Limits {
        per_minute: 60_000,
        burst: 1_000,
        concurrency: 1,
    };
    let account = AccountKey("account".to_owned());
    let permit = pacer.acquire(&account, &limits).await.unwrap();
    wire.cut().await;
    let mending = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        wire.mend().await;
    };
    tokio::join!(pacer.release(&account, permit), mending);
    assert!(pacer.acquire(&account, &limits).await.is_ok());
}

/// The database goes away while a request to the shop is held, which then goes on, and comes back.
async fn be_away(app: &mut TestApp, held: Held) {
    app.wire().cut().await;
    held.let_go();
    tokio::time::sleep(Duration::from_secs(3)).await;
    app.wire().mend().await;
}
