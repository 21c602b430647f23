//! What the tests of the queue have: a program that works, somebody to mail to, and a look at the rows of jobs.

use std::path::PathBuf;
use std::time::Duration;

use entity::email::{EmailKind, EmailState};
use entity::integration::CredentialsState;
use entity::{CustomerId, EmailId, IntegrationId, Points, StoreId, customer, email, integration, store};
use fidelidade::app::App;
use fidelidade::queue::{Enqueue, SendEmail, Whose};
use fidelidade::run::Halves;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Statement};
use serde_json::json;

use crate::support::app::{TestApp, eventually};
use crate::support::database::Engine;

/// Longer than any of this takes on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A job's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) status: String,
}

/// The job with this key, if it was written.
pub(super) async fn job(app: &App, key: &str) -> Option<Row> {
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
pub(super) async fn reaches(app: &App, key: &str, status: &str) -> Row {
    eventually(&format!("{key} {status}"), PATIENCE, async || {
        job(app, key).await.filter(|row| row.status == status)
    })
    .await
}

pub(super) async fn run_sql(app: &App, sql: &str) {
    app.db.execute_unprepared(sql).await.unwrap();
}

pub(super) fn send(app: &App, email: EmailId, key: &str) -> Enqueue<SendEmail> {
    Enqueue::now(app, Whose::Nobody, SendEmail { email }, key.to_owned())
}

/// A program that mails into a folder, and a customer to mail to.
pub(super) struct Post {
    program: TestApp,
    pub(super) store: StoreId,
    pub(super) integration: IntegrationId,
    customer: CustomerId,
}

impl Post {
    pub(super) async fn open() -> Self {
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

    pub(super) fn app(&self) -> &App {
        self.program.app()
    }

    /// An e-mail that waits to be sent.
    pub(super) fn email(&self) -> email::Model {
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
    pub(super) async fn stored_email(&self) -> EmailId {
        self.email()
            .into_active_model()
            .insert(&self.app().db)
            .await
            .unwrap()
            .id
    }

    pub(super) async fn state(&self, id: EmailId) -> EmailState {
        email::Entity::find_by_id(id)
            .one(&self.app().db)
            .await
            .unwrap()
            .unwrap()
            .state
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.program.folder.path().join("mail")
    }

    pub(super) fn sent(&self) -> usize {
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
