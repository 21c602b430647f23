//! The queue, with real workers: what is asked for together with a change is done once, after the
//! change is committed; what fails is put off; what fails for good is kept as a dead letter; and what
//! a dead worker held is done by another.

mod held;
mod post;

use std::time::Duration;

use chrono::TimeDelta;
use entity::EmailId;
use entity::email::EmailState;
use entity::store_job::{self, JobKind, JobState};
use fidelidade::db;
use fidelidade::queue::{Enqueue, Whose, enqueue, enqueue_all};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, IntoActiveModel, QueryFilter, TransactionTrait};

use post::{PATIENCE, Post, job, reaches, run_sql, send};

use crate::support::app::eventually;
use crate::support::database::Engine;

#[tokio::test]
async fn a_job_shares_the_fate_of_the_change_that_asked_for_it() {
    let post = Post::open().await;
    let app = post.app();
    let (never, once) = (post.email(), post.email());

    let changes = db::begin(&app.db).await.unwrap();
    never.clone().into_active_model().insert(&changes).await.unwrap();
    enqueue(&changes, app, send(app, never.id, "never")).await.unwrap();
    changes.rollback().await.unwrap();

    let changes = db::begin(&app.db).await.unwrap();
    let once = once.into_active_model().insert(&changes).await.unwrap().id;
    enqueue(&changes, app, send(app, once, "once")).await.unwrap();
    // The workers look every 50 ms: none may see the job before its change is there.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(post.sent(), 0);
    changes.commit().await.unwrap();

    reaches(app, "once", "Done").await;
    assert_eq!((post.state(once).await, post.sent()), (EmailState::Sent, 1));
    assert_eq!(job(app, "never").await, None);
}

#[tokio::test]
async fn the_same_key_is_the_same_job_and_a_job_done_twice_changes_nothing() {
    let post = Post::open().await;
    let app = post.app();
    let email = post.stored_email().await;
    // In one statement, in two, and from two at once.
    enqueue_all(&app.db, app, vec![send(app, email, "key"), send(app, email, "key")])
        .await
        .unwrap();
    let again = || async { enqueue(&app.db, app, send(app, email, "key")).await };
    let (one, two) = tokio::join!(again(), again());
    one.and(two).unwrap();
    let first = reaches(app, "key", "Done").await;
    assert_eq!(post.sent(), 1);

    std::fs::remove_dir_all(post.folder()).unwrap();
    enqueue(&app.db, app, send(app, email, "key")).await.unwrap();
    enqueue(&app.db, app, send(app, email, "another key")).await.unwrap();
    reaches(app, "another key", "Done").await;
    assert_eq!(job(app, "key").await, Some(first));
    assert_eq!(post.sent(), 0, "an e-mail was sent twice");
}

#[tokio::test]
async fn what_is_gone_is_done_and_what_is_for_later_waits() {
    let post = Post::open().await;
    let app = post.app();
    let later = post.stored_email().await;
    let started = tokio::time::Instant::now();
    let run_at = app.clock.now() + TimeDelta::seconds(3);
    enqueue(
        &app.db,
        app,
        Enqueue {
            run_at,
            ..send(app, later, "later")
        },
    )
    .await
    .unwrap();
    enqueue(&app.db, app, send(app, app.id(), "gone")).await.unwrap();
    reaches(app, "gone", "Done").await;
    assert_eq!(post.state(later).await, EmailState::Queued);
    reaches(app, "later", "Done").await;
    // Instants of jobs are whole seconds.
    assert!(started.elapsed() >= Duration::from_secs(2), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_failure_is_put_off_and_a_last_failure_is_a_dead_letter() {
    let post = Post::open().await;
    let app = post.app();
    // A file where the folder should be: no e-mail can be written.
    std::fs::write(post.folder(), "").unwrap();
    let (patient, last) = (post.stored_email().await, post.stored_email().await);
    enqueue(&app.db, app, send(app, patient, "patient")).await.unwrap();
    enqueue(
        &app.db,
        app,
        Enqueue {
            attempt: 12,
            ..send(app, last, "last")
        },
    )
    .await
    .unwrap();

    let first = reaches(app, "patient", "Done").await;
    let dead = reaches(app, "last", "Killed").await;
    assert_eq!(post.state(last).await, EmailState::Failed);
    assert_eq!(
        job(app, &format!("after:{}", dead.id)).await,
        None,
        "a dead letter has no successor"
    );
    assert_eq!(post.state(patient).await, EmailState::Queued);

    std::fs::remove_file(post.folder()).unwrap();
    reaches(app, &format!("after:{}", first.id), "Done").await;
    // On a busy machine the second try may have found the file as well: then a later one sends it.
    eventually("the e-mail", PATIENCE, async || {
        (post.state(patient).await == EmailState::Sent).then_some(())
    })
    .await;
    assert_eq!(post.sent(), 1);
}

/// Where a job is seen to stand: its state, its attempt, and its error.
async fn seen(post: &Post, object: EmailId) -> (JobState, i32, Option<String>) {
    let rows = store_job::Entity::in_store(post.store)
        .filter(store_job::Column::ObjectId.eq(object.to_string()))
        .all(&post.app().db)
        .await
        .unwrap();
    let [row] = &rows[..] else {
        panic!("one job is seen for one e-mail: {rows:?}")
    };
    let ended = matches!(row.state, JobState::Done | JobState::Failed);
    assert_eq!((row.kind, row.finished_at.is_some()), (JobKind::SendEmail, ended));
    (row.state, row.attempt, row.error.clone())
}

/// One row, however often it is tried.
#[tokio::test]
async fn a_stores_job_is_seen_from_its_beginning_to_its_end() {
    let post = Post::open().await;
    let app = post.app();
    std::fs::write(post.folder(), "").unwrap();
    let (patient, last, never) = (
        post.stored_email().await,
        post.stored_email().await,
        post.stored_email().await,
    );
    let theirs = |email: EmailId, attempt| Enqueue {
        whose: Whose::of(post.store, email),
        attempt,
        ..send(app, email, &email.to_string())
    };
    // Twice the same key: one job, seen once.
    enqueue_all(&app.db, app, vec![theirs(patient, 1), theirs(patient, 1)])
        .await
        .unwrap();
    enqueue(&app.db, app, theirs(last, 12)).await.unwrap();
    let changes = app.db.begin().await.unwrap();
    enqueue(&changes, app, theirs(never, 1)).await.unwrap();
    changes.rollback().await.unwrap();

    reaches(app, &last.to_string(), "Killed").await;
    let told = "the e-mail cannot be delivered now: ";
    let (state, attempt, error) = seen(&post, last).await;
    assert_eq!((state, attempt), (JobState::Failed, 12));
    assert!(error.is_some_and(|error| error.starts_with(told)));
    reaches(app, &patient.to_string(), "Done").await;
    let (state, attempt, error) = seen(&post, patient).await;
    assert!(
        attempt >= 2 && matches!(state, JobState::Waiting | JobState::Running),
        "{state:?} {attempt}"
    );
    assert!(error.as_ref().is_some_and(|error| error.starts_with(told)), "{error:?}");

    std::fs::remove_file(post.folder()).unwrap();
    let done = eventually("seen as done", PATIENCE, async || {
        Some(seen(&post, patient).await).filter(|(state, ..)| *state == JobState::Done)
    });
    let (_, attempt, error) = done.await;
    assert!(attempt >= 2 && error.is_some_and(|error| error.starts_with(told)));
    assert_eq!((post.state(patient).await, post.sent()), (EmailState::Sent, 1));
    let all = store_job::Entity::in_store(post.store).all(&app.db).await.unwrap();
    assert_eq!(all.len(), 2, "what was rolled back is not seen: {all:?}");
}

#[tokio::test]
async fn a_job_that_cannot_be_read_stops_no_other() {
    let post = Post::open().await;
    let app = post.app();
    let email = post.stored_email().await;
    enqueue(
        &app.db,
        app,
        Enqueue {
            run_at: app.clock.now() + TimeDelta::hours(1),
            ..send(app, email, "damaged")
        },
    )
    .await
    .unwrap();
    let (table, body, at) = match Engine::of_tests() {
        Engine::Postgres => ("apalis.jobs", "'\\x7b'::bytea", "now()"),
        Engine::Sqlite => ("Jobs", "X'7b'", "0"),
    };
    run_sql(
        app,
        &format!("UPDATE {table} SET job = {body}, run_at = {at} WHERE idempotency_key = 'damaged'"),
    )
    .await;
    enqueue(&app.db, app, send(app, email, "sound")).await.unwrap();
    reaches(app, "sound", "Done").await;
    assert_eq!(post.sent(), 1);
    reaches(app, "damaged", "Killed").await;
}

#[tokio::test]
async fn what_a_dead_worker_held_is_done_by_another() {
    let post = Post::open().await;
    let app = post.app();
    let email = post.stored_email().await;
    let later = app.clock.now() + TimeDelta::hours(1);
    enqueue(
        &app.db,
        app,
        Enqueue {
            run_at: later,
            ..send(app, email, "held")
        },
    )
    .await
    .unwrap();
    let (jobs, workers, at) = match Engine::of_tests() {
        Engine::Postgres => ("apalis.jobs", "apalis.workers", "now() - interval '1 hour'"),
        Engine::Sqlite => ("Jobs", "Workers", "strftime('%s', 'now') - 3600"),
    };
    let both = app.db.begin().await.unwrap();
    for sql in [
        format!(
            "INSERT INTO {workers} (id, worker_type, storage_name, layers, last_seen) \
             VALUES ('dead', 'send_email', 'x', '', {at})"
        ),
        format!(
            "UPDATE {jobs} SET status = 'Running', lock_by = 'dead', lock_at = {at}, run_at = {at} \
             WHERE idempotency_key = 'held'"
        ),
    ] {
        both.execute_unprepared(&sql).await.unwrap();
    }
    both.commit().await.unwrap();
    reaches(app, "held", "Done").await;
    assert_eq!((post.state(email).await, post.sent()), (EmailState::Sent, 1));
}
