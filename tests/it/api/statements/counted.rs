//! The program with its statements counted. Only the API runs: what workers ask would be counted too.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use fidelidade::access;
use fidelidade::app::App;
use fidelidade::clock::Clock;
use fidelidade::config::Config;
use fidelidade::db;
use fidelidade::run::{self, Halves, Running};
use sea_orm::Statement;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::support::app::PASSWORD;
use crate::support::database::TestDatabase;
use crate::support::merchant::text;
use crate::support::sandbox::Sandbox;

/// Who asks.
pub(in crate::api) const EMAIL: &str = "dona@loja-exemplo.invalid";

/// The program, a user who is signed in, and what was asked of the database.
pub(in crate::api) struct Counted {
    running: Running,
    seen: Arc<Mutex<Vec<Statement>>>,
    http: reqwest::Client,
    token: Option<String>,
    // They go away last.
    _sandbox: Sandbox,
    _database: TestDatabase,
    _folder: TempDir,
}

impl Counted {
    pub(in crate::api) async fn start() -> Self {
        let sandbox = Sandbox::start().await;
        let database = TestDatabase::migrated().await;
        let folder = tempfile::tempdir().unwrap();
        let mut settings = format!(
            "data.dir = '{}'\ndatabase.url = '{}'\ndatabase.max_connections = 1\ndatabase.migrate_at_start = false\n\
             outbound.allow_private = true\naccess.sign_ins_per_minute = 1000\nhttp.limits.max_complexity = 10000000\nhttp.cost.capacity = 0\n",
            folder.path().display(),
            database.url()
        );
        for (key, value) in sandbox.settings() {
            writeln!(settings, "{key} = {value}").unwrap();
        }
        let config = Config::with(&settings).unwrap();
        let mut connection = db::connect(&config).await.unwrap();
        let seen: Arc<Mutex<Vec<Statement>>> = Arc::default();
        let noted = Arc::clone(&seen);
        connection.set_metric_callback(move |info| noted.lock().unwrap().push(info.statement.clone()));
        let app = run::open_on(connection, config, Clock::System).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let running = run::start(app, Some(listener), Halves::Serve).unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut program = Self {
            running,
            seen,
            http,
            token: None,
            _sandbox: sandbox,
            _database: database,
            _folder: folder,
        };
        program.sign_in().await;
        program
    }

    async fn sign_in(&mut self) {
        access::create_user(self.app(), EMAIL, "Dona", PASSWORD.into())
            .await
            .unwrap();
        let query = "mutation ($input: SignInInput!) { signIn(input: $input) { session { accessToken } } }";
        let answer = self
            .gql(query, json!({ "input": { "email": EMAIL, "password": PASSWORD } }))
            .await;
        self.token = Some(text(&answer["data"]["signIn"]["session"]["accessToken"]));
    }

    pub(in crate::api) fn app(&self) -> &App {
        &self.running.app
    }

    /// Asks as the user.
    pub(in crate::api) async fn gql(&self, query: &str, variables: Value) -> Value {
        let address = format!("http://{}/graphql", self.running.address.unwrap());
        let request = self
            .http
            .post(address)
            .json(&json!({ "query": query, "variables": variables }));
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Counts from zero again.
    pub(in crate::api) fn forget(&self) {
        self.seen.lock().unwrap().clear();
    }

    /// What was asked since.
    pub(in crate::api) fn statements(&self) -> Vec<String> {
        self.asked().into_iter().map(|statement| statement.sql).collect()
    }

    /// The same, with their values.
    pub(in crate::api) fn asked(&self) -> Vec<Statement> {
        self.seen.lock().unwrap().clone()
    }
}
