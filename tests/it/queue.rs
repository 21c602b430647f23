//! The queue, with real workers: what is asked for together with a change is done once, after the
//! change is committed; what fails is put off; what fails for good is kept as a dead letter; and what
//! a dead worker held is done by another.

use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use entity::email::{EmailKind, EmailState};
use entity::integration::CredentialsState;
use entity::store_job::{self, JobKind, JobState};
use entity::{CustomerId, EmailId, IntegrationId, Points, StoreId, customer, email, integration, store};
use fidelidade::app::App;
use fidelidade::db;
use fidelidade::queue::{Enqueue, SendEmail, Whose, enqueue, enqueue_all};
use fidelidade::run::Halves;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Statement,
    TransactionTrait,
};
use serde_json::json;

use crate::support::app::{TestApp, eventually};
use crate::support::database::Engine;

/// Longer than any of this takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A job's row.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    id: String,
    status: String,
}

/// The job with this key, if it was written.
async fn job(app: &App, key: &str) -> Option<Row> {
    let table = if Engine::of_tests() == Engine::Postgres {
        "apalis.jobs"
    } else {
        "Jobs"
    };
    let sql = format!("SELECT id, status FROM {table} WHERE idempotency_key = '{key}'");
    let row = app
        .db
        .query_one_raw(Statement::from_string(app.db.get_database_backend(), sql))
        .await
        .unwrap()?;
    Some(Row {
        id: row.try_get("", "id").unwrap(),
        status: row.try_get("", "status").unwrap(),
    })
}

/// Waits until the job with this key is where it should be.
async fn reaches(app: &App, key: &str, status: &str) -> Row {
    eventually(&format!("{key} {status}"), PATIENCE, async || {
        job(app, key).await.filter(|row| row.status == status)
    })
    .await
}

async fn run_sql(app: &App, sql: &str) {
    app.db.execute_unprepared(sql).await.unwrap();
}

fn send(app: &App, email: EmailId, key: &str) -> Enqueue<SendEmail> {
    Enqueue::now(app, Whose::Nobody, SendEmail { email }, key.to_owned())
}

/// A program that mails into a folder, and a customer to mail to.
struct Post {
    program: TestApp,
    store: StoreId,
    integration: IntegrationId,
    customer: CustomerId,
}

impl Post {
    async fn open() -> Self {
        let program = TestApp::builder().halves(Halves::Work).start().await;
        let app = program.app();
        let (store, customer) = (app.id(), app.id());
        let now = app.clock.now();
        let row = store::Model {
            id: store,
            name: "Loja Exemplo".to_owned(),
            time_zone: "America/Sao_Paulo".to_owned(),
            currency: "BRL".to_owned(),
            created_at: now,
            version: 1,
        };
        row.into_active_model().insert(&app.db).await.unwrap();
        let integration = integration(app, store)
            .into_active_model()
            .insert(&app.db)
            .await
            .unwrap()
            .id;
        let row = customer::Model {
            id: customer,
            store_id: store,
            name: Some("Fulana Exemplo".to_owned()),
            name_key: "fulana exemplo".to_owned(),
            email: Some("fulana@loja-exemplo.invalid".to_owned()),
            document: None,
            document_invalid: false,
            phone: None,
            birth_date: None,
            signed_up_at: None,
            newsletter: None,
            points_balance: Points(0),
            points_reserved: Points(0),
            points_debt: Points(0),
            merged_into_id: None,
            created_at: now,
            updated_at: now,
        };
        row.into_active_model().insert(&app.db).await.unwrap();
        Self {
            program,
            store,
            integration,
            customer,
        }
    }

    fn app(&self) -> &App {
        self.program.app()
    }

    /// An e-mail that waits to be sent.
    fn email(&self) -> email::Model {
        let app = self.app();
        email::Model {
            id: app.id(),
            store_id: self.store,
            integration_id: self.integration,
            customer_id: self.customer,
            kind: EmailKind::PointsEarned,
            cause_id: app.id::<EmailId>().0,
            data: json!({ "points": 10, "order_number": "1001" }),
            state: EmailState::Queued,
            error: None,
            created_at: app.clock.now(),
            sent_at: None,
        }
    }

    /// One that is in the database already.
    async fn stored_email(&self) -> EmailId {
        self.email()
            .into_active_model()
            .insert(&self.app().db)
            .await
            .unwrap()
            .id
    }

    async fn state(&self, id: EmailId) -> EmailState {
        email::Entity::find_by_id(id)
            .one(&self.app().db)
            .await
            .unwrap()
            .unwrap()
            .state
    }

    fn folder(&self) -> PathBuf {
        self.program.folder.path().join("mail")
    }

    fn sent(&self) -> usize {
        let files = std::fs::read_dir(self.folder()).into_iter().flatten().flatten();
        files
            .filter(|file| file.path().extension().is_some_and(|ending| ending == "eml"))
            .count()
    }
}

fn integration(app: &App, store: StoreId) -> integration::Model {
    let id: IntegrationId = app.id();
    integration::Model {
        id,
        store_id: store,
        platform: "magazord".to_owned(),
        name: String::new(),
        credentials: Vec::new(),
        credentials_state: CredentialsState::Accepted,
        credentials_error: None,
        shop_id: Some("1".to_owned()),
        site_url: Some("https://loja-exemplo.invalid".to_owned()),
        sign_up_url: None,
        feed_url: None,
        coupon_validity_days: 30,
        reward_skus: json!([]),
        reward_points_per_hundred: 0,
        awarding_statuses: json!([]),
        register_customers: false,
        register_sales: false,
        active: true,
        activated_at: None,
        import_days_back: 30,
        customers_cursor: None,
        orders_cursor: None,
        deep_import_at: None,
        import_due_at: None,
        catalogue_due_at: None,
        synced_at: None,
        order_lag_seconds: None,
        created_at: app.clock.now(),
        version: 1,
    }
}

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
    assert_eq!((post.state(patient).await, post.sent()), (EmailState::Sent, 1));
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
