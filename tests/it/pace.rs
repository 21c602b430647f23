//! The pace at which a platform is called holds for all processes on one database together.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fidelidade::platform::http::{AccountKey, Limits, Pacer, PacerError};
use fidelidade::service::pace::DatabasePacer;

use crate::support::database::TestDatabase;

const ACCOUNT: &str = "account";

fn pacers(database: &sea_orm::DatabaseConnection, number: usize) -> Vec<Arc<DatabasePacer>> {
    // A pacer has no memory of its own, so several on one database are several processes.
    (0..number)
        .map(|_| Arc::new(DatabasePacer::new(database.clone(), Duration::from_secs(20))))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_together_never_pass_the_rate() {
    let database = TestDatabase::migrated().await;
    let connection = database.connect().await;
    // Ten a second after a burst of five.
    let limits = Limits {
        per_minute: 600,
        burst: 5,
        concurrency: 8,
    };
    let started = Instant::now();
    let turns = pacers(&connection, 4).into_iter().map(|pacer| {
        tokio::spawn(async move {
            let account = AccountKey(ACCOUNT.to_owned());
            let mut times = Vec::new();
            for _ in 0..6 {
                let permit = pacer.acquire(&account, &limits).await.unwrap();
                times.push(started.elapsed());
                pacer.release(&account, permit).await;
            }
            times
        })
    });
    let mut times: Vec<Duration> = futures_util::future::join_all(turns)
        .await
        .into_iter()
        .flat_map(Result::unwrap)
        .collect();
    times.sort();
    assert_eq!(times.len(), 24);
    for (place, time) in times.iter().enumerate() {
        // The turn after the burst is due a tenth of a second later, and so on; a little slack for the
        // time between the database's answer and the test's look at the clock cannot make it earlier.
        let due = Duration::from_millis(100 * u64::try_from(place.saturating_sub(4)).unwrap());
        assert!(
            *time + Duration::from_millis(2) >= due,
            "turn {place} came at {time:?}, before {due:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_bears_one_request_gets_one_at_a_time() {
    let database = TestDatabase::migrated().await;
    let connection = database.connect().await;
    let limits = Limits {
        per_minute: 60_000,
        burst: 100,
        concurrency: 1,
    };
    let under_way = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let turns = pacers(&connection, 4).into_iter().map(|pacer| {
        let under_way = Arc::clone(&under_way);
        tokio::spawn(async move {
            let account = AccountKey(ACCOUNT.to_owned());
            for _ in 0..5 {
                let permit = pacer.acquire(&account, &limits).await.unwrap();
                let others = under_way.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                assert_eq!(others, 0, "two requests at once");
                tokio::time::sleep(Duration::from_millis(5)).await;
                under_way.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                pacer.release(&account, permit).await;
            }
        })
    });
    for turn in turns {
        turn.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_refusal_nobody_sends_for_a_while() {
    let database = TestDatabase::migrated().await;
    let connection = database.connect().await;
    let limits = Limits {
        per_minute: 60_000,
        burst: 100,
        concurrency: 1,
    };
    let account = AccountKey(ACCOUNT.to_owned());
    let [first, second] = pacers(&connection, 2).try_into().ok().unwrap();
    let permit = first.acquire(&account, &limits).await.unwrap();
    first.release(&account, permit).await;
    first.penalize(&account, Duration::from_millis(400)).await;
    let refused_at = Instant::now();
    let permit = second.acquire(&account, &limits).await.unwrap();
    assert!(
        refused_at.elapsed() >= Duration::from_millis(390),
        "came after {:?}",
        refused_at.elapsed()
    );
    // A process that never gives its turn back is waited for only so long.
    let impatient = DatabasePacer::new(connection, Duration::from_millis(100));
    assert_eq!(impatient.acquire(&account, &limits).await, Err(PacerError::TooLong));
    second.release(&account, permit).await;
    assert!(impatient.acquire(&account, &limits).await.is_ok());
}

/// A caller that goes away while it is given its turn, as when an import is cancelled, blocks nobody.
#[tokio::test]
async fn a_turn_that_nobody_waits_for_is_given_back() {
    let database = TestDatabase::migrated().await;
    let connection = database.connect().await;
    let pacer = Arc::new(DatabasePacer::new(connection.clone(), Duration::from_secs(5)));
    let limits = Limits {
        per_minute: 60_000,
        burst: 1_000,
        concurrency: 1,
    };
    let account = AccountKey(ACCOUNT.to_owned());
    for microseconds in (0..4_000).step_by(50) {
        let impatient = tokio::time::timeout(Duration::from_micros(microseconds), pacer.acquire(&account, &limits));
        if let Ok(permit) = impatient.await {
            pacer.release(&account, permit.unwrap()).await;
        }
        let permit = pacer.acquire(&account, &limits).await;
        pacer
            .release(
                &account,
                permit.unwrap_or_else(|error| panic!("after {microseconds} µs: {error}")),
            )
            .await;
    }
}
