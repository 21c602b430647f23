//! The whole program on a fresh database with a sandbox beside it, and a client of its API.
//!
//! What runs is what `fidelidade serve` runs: [`run::open`] and [`run::start`]. Only settings differ:
//! everything that waits waits less. Tests call the API with [`TestApp::gql`]; verbs that many tests
//! need are added here as methods.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use fidelidade::access;
use fidelidade::app::App;
use fidelidade::clock::Clock;
use fidelidade::config::Config;
use fidelidade::run::{self, Halves, Running};
use fidelidade::sandbox::SandboxConfig;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::database::{Engine, TestDatabase};
use super::gate::Gate;
use super::sandbox::Sandbox;
use super::shop::Shop;
use super::wire::Wire;

/// The password of users that tests make.
pub(crate) const PASSWORD: &str = "uma senha bem comprida";

/// Settings of every test, by their full names.
const QUICK: &[(&str, &str)] = &[
    ("database.migrate_at_start", "false"),
    ("access.sign_ins_per_minute", "1000"),
    ("http.cost.capacity", "0"),
    ("jobs.poll_milliseconds", "50"),
    ("jobs.heartbeat_seconds", "1"),
    ("jobs.missed_heartbeats", "2"),
    ("jobs.lease_seconds", "2"),
    ("jobs.schedule_seconds", "1"),
    ("jobs.retry_first_seconds", "1"),
    ("jobs.coupon_settle_seconds", "1"),
    ("outbound.allow_private", "true"),
    ("outbound.first_retry_milliseconds", "20"),
    ("log.filter", "'off'"),
];

/// What a program of a test is made of; [`Builder::start`] makes it.
pub(crate) struct Builder {
    settings: BTreeMap<String, String>,
    sandbox: SandboxConfig,
    halves: Halves,
    clock: Clock,
    before: Option<&'static Shop>,
    wired: bool,
}

impl Builder {
    /// Puts a wire to PostgreSQL that can be cut.
    pub(crate) fn wired(mut self) -> Self {
        self.wired = true;
        self
    }

    /// Puts a gate before this shop, at which its requests can be held.
    pub(crate) fn gate(mut self, shop: &'static Shop) -> Self {
        self.before = Some(shop);
        self
    }

    /// Sets a setting by its full name; the value is written in TOML.
    pub(crate) fn set(mut self, key: &str, value: &str) -> Self {
        self.settings.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Runs only a half of the program.
    pub(crate) fn halves(mut self, halves: Halves) -> Self {
        self.halves = halves;
        self
    }

    /// Plays another world.
    pub(crate) fn sandbox(mut self, sandbox: SandboxConfig) -> Self {
        self.sandbox = sandbox;
        self
    }

    /// Shows another time.
    pub(crate) fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Starts the sandbox and the program.
    pub(crate) async fn start(mut self) -> TestApp {
        let sandbox = Sandbox::start_with(self.sandbox).await;
        sandbox.faults(json!({ "rate_limit": "off" })).await;
        let database = TestDatabase::migrated().await;
        let folder = tempfile::tempdir().unwrap();
        let gate = match self.before {
            Some(shop) => Some(Gate::start(sandbox.origin(), shop).await),
            None => None,
        };
        for (key, value) in sandbox.settings() {
            let through = gate.as_ref().map(|gate| value.replace(&sandbox.origin(), &gate.origin));
            self.settings.entry(key).or_insert(through.unwrap_or(value));
        }
        let wire = if self.wired {
            Some(Wire::to(database.url()).await)
        } else {
            None
        };
        let url = wire.as_ref().map_or_else(|| database.url().to_owned(), Wire::url);
        let own = [
            ("data.dir", format!("'{}'", folder.path().display())),
            ("database.url", format!("'{url}'")),
        ];
        self.settings.extend(own.map(|(key, value)| (key.to_owned(), value)));
        // Boxed: settings are large, and every test holds this on its way.
        let running = Box::pin(start(&self.settings, self.halves, self.clock)).await;
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .no_proxy()
            .build()
            .unwrap();
        TestApp {
            running: Some(running),
            settings: self.settings,
            halves: self.halves,
            database,
            folder,
            sandbox,
            gate,
            wire,
            http,
        }
    }
}

async fn start(settings: &BTreeMap<String, String>, halves: Halves, clock: Clock) -> Running {
    let toml: Vec<String> = settings.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    let app = run::open(Config::with(&toml.join("\n")).unwrap(), clock).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    if halves != Halves::Serve {
        WORKING.lock().unwrap().insert(app.config.data.dir.clone());
    }
    run::start(app, Some(listener), halves).unwrap()
}

/// The data folders of programs that have workers.
static WORKING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A test that does a worker's work itself needs a program without workers: now and then one of them would be first. It
/// starts with [`Halves::Serve`], and its workers when that work is done, with [`TestApp::work`].
pub(crate) fn insist_on_no_workers(app: &App) {
    let has_workers = WORKING.lock().unwrap().contains(&app.config.data.dir);
    assert!(
        !has_workers,
        "a worker may be first; start with Halves::Serve, and call work() later"
    );
}

/// A program at work.
pub(crate) struct TestApp {
    running: Option<Running>,
    settings: BTreeMap<String, String>,
    halves: Halves,
    /// Where its data is; [`Builder::wired`] concerns the program only.
    pub(crate) database: TestDatabase,
    /// The program's data folder.
    pub(crate) folder: TempDir,
    /// The platforms that it is connected with.
    pub(crate) sandbox: Sandbox,
    gate: Option<Gate>,
    wire: Option<Wire>,
    http: reqwest::Client,
}

impl TestApp {
    /// What a program is made of unless a test says otherwise. On SQLite it has a single connection,
    /// so whatever holds one while it waits for another stands still and fails its test.
    pub(crate) fn builder() -> Builder {
        let mut settings: BTreeMap<String, String> = QUICK
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let connections = if Engine::of_tests() == Engine::Sqlite { "1" } else { "8" };
        settings.insert("database.max_connections".to_owned(), connections.to_owned());
        let now = Clock::System.now();
        Builder {
            settings,
            sandbox: SandboxConfig::at(now),
            halves: Halves::Both,
            clock: Clock::System,
            before: None,
            wired: false,
        }
    }

    /// What holds requests to the shop, where [`Builder::gate`] has put one.
    pub(crate) fn gate(&self) -> &Gate {
        self.gate.as_ref().unwrap()
    }

    /// The way to PostgreSQL, where [`Builder::wired`] has put a wire.
    pub(crate) fn wire(&mut self) -> &mut Wire {
        self.wire.as_mut().unwrap()
    }

    /// The program as [`TestApp::builder`] has it.
    pub(crate) async fn start() -> Self {
        Self::builder().start().await
    }

    /// The parts of the program.
    pub(crate) fn app(&self) -> &App {
        &self.running.as_ref().unwrap().app
    }

    /// Where the API listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.running.as_ref().unwrap().address.unwrap()
    }

    /// Asks the API and gives the whole answer, errors included.
    pub(crate) async fn gql(&self, query: &str, variables: Value, token: Option<&str>) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let mut request = self.http.post(format!("http://{}/graphql", self.address())).json(&body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("the API answers {status}: {text}"))
    }

    /// Asks the API for what must succeed and gives its `data`.
    pub(crate) async fn data(&self, query: &str, variables: Value, token: Option<&str>) -> Value {
        let mut answer = self.gql(query, variables, token).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].take()
    }

    /// Gets a path of the server: status and text.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let response = self
            .http
            .get(format!("http://{}{path}", self.address()))
            .send()
            .await
            .unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Runs a command on the same database and folder, to its end: whether it succeeded, and what it prints.
    pub(crate) fn command(&self, arguments: &[&str]) -> (bool, String) {
        let settings = self.settings.iter().map(|(key, value)| {
            let name = format!("FIDELIDADE__{}", key.to_uppercase().replace('.', "__"));
            (name, value.trim_matches('\'').to_owned())
        });
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_fidelidade"))
            .args(arguments)
            .envs(settings)
            .env_remove("FIDELIDADE_CONFIG")
            .output()
            .unwrap();
        let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(wrong.is_empty(), "`fidelidade {}`: {wrong}", arguments.join(" "));
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    }

    /// Makes a user with [`PASSWORD`].
    pub(crate) async fn create_user(&self, email: &str) {
        access::create_user(self.app(), email, "Pessoa de Teste", PASSWORD.into())
            .await
            .unwrap();
    }

    /// Signs a user in and gives the access token.
    pub(crate) async fn sign_in(&self, email: &str) -> String {
        let query = "mutation ($input: SignInInput!) { signIn(input: $input) { session { accessToken } userErrors { message } } }";
        let input = json!({ "input": { "email": email, "password": PASSWORD } });
        let data = self.data(query, input, None).await;
        let token = data.pointer("/signIn/session/accessToken").and_then(Value::as_str);
        token
            .unwrap_or_else(|| panic!("{email} cannot sign in: {data}"))
            .to_owned()
    }

    /// Stops the program in order and starts it again on the same database and folder.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.running = Some(Box::pin(start(&self.settings, self.halves, Clock::System)).await);
    }

    /// Starts the workers of a program that only served until now.
    pub(crate) fn work(&self) {
        WORKING.lock().unwrap().insert(self.app().config.data.dir.clone());
        // They live as long as the test: dropping the handle stops nothing.
        let _running = run::start(self.app().clone(), None, Halves::Work).unwrap();
    }

    /// Stops the program in order; jobs under way finish.
    pub(crate) async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }
}

/// Looks every 20 ms until there is something, for at most so long.
pub(crate) async fn eventually<T>(what: &str, patience: Duration, look: impl AsyncFn() -> Option<T>) -> T {
    let give_up = tokio::time::Instant::now() + patience;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            tokio::time::Instant::now() < give_up,
            "{what} did not come about within {patience:?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
