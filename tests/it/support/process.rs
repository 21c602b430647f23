//! The program as its operator runs it: real processes, settings in the environment, one data folder
//! and one database that outlive every process.
//!
//! Unlike `TestApp` nothing here runs in the test's own process, so a process can be killed in the
//! middle of anything and another started in its place.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sea_orm::DatabaseConnection;
use tempfile::TempDir;

use super::database::TestDatabase;
use super::sandbox::Sandbox;

/// Settings of every process, by their full names: everything that waits waits less.
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
    ("jobs.retry_longest_seconds", "4"),
    ("outbound.allow_private", "true"),
    ("outbound.timeout_seconds", "2"),
    ("outbound.first_retry_milliseconds", "50"),
    ("log.filter", "warn,fidelidade=info,fidelidade::http=warn"),
];

/// How long a process may take to answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// Which halves of the program a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Both.
    Whole,
    /// The API.
    Serve,
    /// The workers.
    Work,
}

/// What processes share and what is left of them: settings, folder, database.
pub(crate) struct Installation {
    settings: BTreeMap<String, String>,
    // In this order, so that the database goes away before the folder.
    database: TestDatabase,
    folder: TempDir,
}

impl Installation {
    /// A fresh one on a database whose schema is up to date, its platforms in the sandbox and reached
    /// through `origin`.
    pub(crate) async fn new(sandbox: &Sandbox, origin: &str) -> Self {
        Self::on(TestDatabase::migrated().await, sandbox, origin)
    }

    /// The same on this database.
    pub(crate) fn on(database: TestDatabase, sandbox: &Sandbox, origin: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let quick = QUICK
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let mut installation = Self {
            settings: quick.collect(),
            database,
            folder,
        };
        installation.settings.extend(through(sandbox, origin));
        let data = installation.data().display().to_string();
        installation.set("data.dir", &data);
        let url = installation.database.url().to_owned();
        installation.set("database.url", &url);
        installation
    }

    /// Sets a setting by its full name for the processes that are started from now on.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        self.settings.insert(key.to_owned(), value.to_owned());
    }

    /// A connection to the database that the processes share.
    pub(crate) async fn connect(&self) -> DatabaseConnection {
        self.database.connect().await
    }

    /// The data folder.
    pub(crate) fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// Starts a process and waits until it answers.
    pub(crate) async fn start(&self, part: Part) -> Process {
        self.start_with(part, &[]).await
    }

    /// Starts a process with some settings of its own.
    pub(crate) async fn start_with(&self, part: Part, own: &[(String, String)]) -> Process {
        // The port is free now, and by bad luck taken a moment later.
        for _ in 0..3 {
            let mut process = self.spawn(part, own);
            if part == Part::Work || process.answers().await {
                return process;
            }
        }
        panic!("the program does not start:\n{}", self.log());
    }

    fn spawn(&self, part: Part, own: &[(String, String)]) -> Process {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let mut command = self.command(own);
        command.env(variable("http.address"), &address);
        command.args(match part {
            Part::Whole => None,
            Part::Serve => Some("serve"),
            Part::Work => Some("work"),
        });
        let log = self.log_file();
        let child = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        Process { child, address }
    }

    /// Runs a command to its end, which has to be a good one, and gives what it prints.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(&[]).args(arguments).output().unwrap();
        let (told, wrong) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(
            output.status.success(),
            "`fidelidade {}` failed: {told}{wrong}",
            arguments.join(" ")
        );
        told.into_owned()
    }

    fn command(&self, own: &[(String, String)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fidelidade"));
        command
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .env_remove("FIDELIDADE_CONFIG");
        let own = own.iter().map(|(key, value)| (key, value));
        command.envs(
            self.settings
                .iter()
                .chain(own)
                .map(|(key, value)| (variable(key), value)),
        );
        command
    }

    fn log_file(&self) -> File {
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .unwrap()
    }

    /// The end of what the processes have logged.
    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(80)..].join("\n")
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the program's log ends:\n{}", self.log());
        }
    }
}

/// Settings that lead to the sandbox's platforms through `origin`.
pub(crate) fn through(sandbox: &Sandbox, origin: &str) -> Vec<(String, String)> {
    let plain = |value: String| value.trim_matches('\'').replace(&sandbox.origin(), origin);
    sandbox
        .settings()
        .into_iter()
        .map(|(key, value)| (key, plain(value)))
        .collect()
}

/// A setting's name in the environment.
fn variable(key: &str) -> String {
    format!("FIDELIDADE__{}", key.to_uppercase().replace('.', "__"))
}

/// A running process, killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    /// Where its API listens, if it has one: address and port.
    pub(crate) address: String,
}

impl Process {
    /// Ends it on the spot, as a power cut would: nothing is finished, nothing handed back.
    pub(crate) fn kill(&mut self) {
        // The only failure is that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// The most memory that it has had, in KiB, as Linux counts it.
    pub(crate) fn peak_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Waits until it is ready; false when it ended instead.
    async fn answers(&mut self) -> bool {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .no_proxy()
            .build()
            .unwrap();
        let url = format!("http://{}/health/ready", self.address);
        let give_up = tokio::time::Instant::now() + PATIENCE;
        while tokio::time::Instant::now() < give_up {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            if http
                .get(&url)
                .send()
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        false
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Puts a file where a folder will be wanted, so that the folder cannot be made.
pub(crate) fn block(folder: &Path) {
    std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
    std::fs::write(folder, "").unwrap();
}
