//! The server as it is shipped: the same program, a process of its own, with the settings that it has by itself.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use fidelidade::app::App;
use tokio::net::TcpStream;

/// A running server. Dropping it ends it.
pub(crate) struct Program {
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Program {
    /// Starts it on the database of an app.
    pub(crate) async fn start(app: &App) -> anyhow::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new(env!("CARGO_BIN_EXE_fidelidade"))
            .arg("serve")
            .env("FIDELIDADE__DATA__DIR", &app.config.data.dir)
            .env("FIDELIDADE__DATABASE__URL", &app.config.database.url)
            .env("FIDELIDADE__HTTP__ADDRESS", address.to_string())
            // One caller asks for more than any one should; what the counting costs is paid all the same.
            .env("FIDELIDADE__HTTP__COST__CAPACITY", "1000000000000")
            .env("FIDELIDADE__HTTP__COST__RESTORE_PER_SECOND", "1000000000")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("the program cannot be run")?;
        let program = Self { address, child };
        for _ in 0..150 {
            if TcpStream::connect(address).await.is_ok() {
                return Ok(program);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("the program does not answer at {address}")
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The memory that it holds, in MiB, where the system tells.
    pub(crate) fn memory(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: f64 = line.trim().split(' ').next()?.parse().ok()?;
        Some(kib / 1024.0)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
