//! A PostgreSQL server of its own in a temporary folder, with its default settings: fsync is on.
//!
//! The server refuses to run as root, so root starts it as the user `postgres`. It is a child of the bench and stops
//! with it.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use sea_orm::Database;
use tempfile::TempDir;
use url::Url;

/// A running server. Dropping it stops it and removes its files.
pub(crate) struct Cluster {
    /// Its maintenance database.
    pub(crate) url: Url,
    server: Child,
    folder: TempDir,
    stop: Command,
}

impl Cluster {
    /// Makes and starts one.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let programs = programs()?;
        let folder = tempfile::tempdir()?;
        let owner = owner(folder.path())?;
        if let Some((user, group)) = owner {
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
            chown(folder.path(), Some(user), Some(group))?;
        }
        let command = |program: &str| {
            let mut command = Command::new(programs.join(program));
            command.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null());
            if let Some((user, group)) = owner {
                command.uid(user).gid(group);
            }
            command
        };
        let data = folder.path().join("data");
        let made = command("initdb")
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--pgdata",
            ])
            .arg(&data)
            .status()?;
        ensure!(made.success(), "initdb failed: {made}");
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let server = command("postgres")
            .args(["-c", "listen_addresses=127.0.0.1", "-p", &port.to_string(), "-k"])
            .arg(folder.path())
            .arg("-D")
            .arg(&data)
            .spawn()?;
        let mut stop = command("pg_ctl");
        stop.args(["stop", "--mode=fast", "-D"]).arg(&data);
        let url = Url::parse(&format!("postgres://postgres@127.0.0.1:{port}/postgres"))?;
        let cluster = Self {
            url,
            server,
            folder,
            stop,
        };
        cluster.wait().await?;
        Ok(cluster)
    }

    async fn wait(&self) -> anyhow::Result<()> {
        for _ in 0..100 {
            if let Ok(db) = Database::connect(self.url.as_str()).await {
                db.close().await?;
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        bail!("the server in {} does not answer", self.folder.path().display())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if !self.stop.status().is_ok_and(|status| status.success()) {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
    }
}

/// The newest installed server's programs: on the path, or where Debian puts them.
pub(crate) fn programs() -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = std::env::split_paths(&path).find(|folder| folder.join("initdb").is_file()) {
        return Ok(folder);
    }
    let version = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let newest = installed
        .filter(|folder| folder.join("bin/initdb").is_file())
        .max_by_key(version);
    Ok(newest
        .context("neither the path nor /usr/lib/postgresql has an initdb")?
        .join("bin"))
}

/// Whom the server runs as, when the bench is root: the ids of the user `postgres`.
fn owner(own_folder: &Path) -> anyhow::Result<Option<(u32, u32)>> {
    if std::fs::metadata(own_folder)?.uid() != 0 {
        return Ok(None);
    }
    let id = |flag: &str| -> anyhow::Result<u32> {
        let told = Command::new("id").args([flag, "postgres"]).output()?;
        ensure!(
            told.status.success(),
            "root cannot run PostgreSQL, and there is no user postgres"
        );
        Ok(String::from_utf8(told.stdout)?.trim().parse()?)
    };
    Ok(Some((id("-u")?, id("-g")?)))
}
