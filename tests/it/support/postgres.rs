//! A PostgreSQL server for the tests: the one that `FIDELIDADE_TEST_POSTGRES_URL` names, or a
//! throw-away one that is made from the server's programs and goes away with this process.
//!
//! The server of its own listens on a socket in its own folder and nowhere else. A guard process
//! watches it: it waits for the end of a pipe that only this process holds, which comes however this
//! process ends, then stops the server and removes the folder.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use tokio::sync::OnceCell;

/// Names the server to use, with the right to create databases.
const URL: &str = "FIDELIDADE_TEST_POSTGRES_URL";

/// Arguments: the folder of the server's programs. Tells its own folder, then waits for the end of
/// its input. Signals that stop the tests are ignored: the end of the input follows them.
const GUARD: &str = r#"
    set -eu
    trap '' INT TERM HUP
    folder=$(mktemp -d "${TMPDIR:-/tmp}/fidelidade-tests.XXXXXX")
    trap 'rm -rf "$folder"' EXIT
    "$1/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --no-locale --no-sync >"$folder/log" 2>&1 || {
        cat "$folder/log" >&2
        exit 1
    }
    "$1/postgres" -D "$folder/data" -k "$folder" -h '' -c fsync=off -c full_page_writes=off \
        -c synchronous_commit=off -c max_connections=300 -c shared_buffers=64MB >>"$folder/log" 2>&1 &
    echo "$folder"
    cat >/dev/null
    kill -QUIT $!
    wait $! || true
"#;

/// A server in which databases can be made.
pub(crate) struct Server {
    /// Its address without a database, and what follows the database.
    address: (String, String),
    /// A database that is brought up to date once and copied; none on a server that is not ours,
    /// where it would be left behind.
    pub(crate) has_template: bool,
    /// The guard stops the server when its input is closed.
    _guard: Option<Child>,
}

impl Server {
    /// The address of one of its databases.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("{}/{database}{}", self.address.0, self.address.1)
    }

    /// Runs a statement that is about a whole database.
    pub(crate) async fn run(&self, sql: &str) {
        self.connect("postgres")
            .await
            .unwrap()
            .execute_unprepared(sql)
            .await
            .unwrap();
    }

    async fn connect(&self, database: &str) -> Result<DatabaseConnection, sea_orm::DbErr> {
        let mut options = sea_orm::ConnectOptions::new(self.url(database));
        options.max_connections(1).sqlx_logging(false);
        Database::connect(options).await
    }
}

/// The server of this process.
pub(crate) async fn server() -> &'static Server {
    static SERVER: OnceCell<Server> = OnceCell::const_new();
    SERVER
        .get_or_init(async || match std::env::var(URL) {
            Ok(url) => named(&url),
            Err(_) => throw_away().await,
        })
        .await
}

/// The named server. Whatever database its address names is not touched.
fn named(url: &str) -> Server {
    let (before, query) = url
        .split_once('?')
        .map_or((url, String::new()), |(before, query)| (before, format!("?{query}")));
    let end_of_host = before
        .find("://")
        .and_then(|scheme| before[scheme + 3..].find('/').map(|slash| scheme + 3 + slash));
    let host = before[..end_of_host.unwrap_or(before.len())].to_owned();
    Server {
        address: (host, query),
        has_template: false,
        _guard: None,
    }
}

async fn throw_away() -> Server {
    let programs = programs().unwrap_or_else(|| {
        panic!("no PostgreSQL server is at hand: install one, so that initdb and postgres are found, or set {URL}")
    });
    let (guard, folder) = tokio::task::spawn_blocking(move || start(&programs)).await.unwrap();
    let address = ("postgres://postgres@localhost".to_owned(), format!("?host={folder}"));
    let server = Server {
        address,
        has_template: true,
        _guard: Some(guard),
    };
    for _ in 0..150 {
        if server.connect("postgres").await.is_ok() {
            return server;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the PostgreSQL server in {folder} does not answer; its log is there while this process lives");
}

/// Starts the guard and through it the server, whose folder is returned.
fn start(programs: &Path) -> (Child, String) {
    // The server refuses to run as root, as which some containers do everything.
    let is_root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout == b"0\n");
    let mut command = if is_root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "sh"]).env("TMPDIR", "/tmp");
        command
    } else {
        Command::new("sh")
    };
    let mut guard = command
        .args(["-c", GUARD, "guard"])
        .arg(programs)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut folder = String::new();
    BufReader::new(guard.stdout.take().unwrap())
        .read_line(&mut folder)
        .unwrap();
    assert!(
        !folder.trim().is_empty(),
        "initdb failed (see above); as root it needs a user named postgres"
    );
    (guard, folder.trim().to_owned())
}

/// The folder of the server's programs.
fn programs() -> Option<PathBuf> {
    let asked = Command::new("pg_config").arg("--bindir").output().ok();
    let asked = asked
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map(|text| PathBuf::from(text.trim()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let packaged = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let packaged = packaged.map(|version| version.path().join("bin"));
    let mut folders = asked.into_iter().chain(std::env::split_paths(&path)).chain(packaged);
    folders.find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}
