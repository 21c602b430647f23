//! `pgbench`, playing a script for some time.

use std::process::Command;

use anyhow::{Context as _, bail};

use super::postgres::programs;

/// What `pgbench` tells.
pub(crate) struct Played {
    /// How often the script was played to its end.
    pub(crate) deeds: u64,
    /// The same for each second.
    pub(crate) per_second: f64,
}

/// Plays a script for some time, with so many clients, its statements prepared. `i` is what the variable of this name
/// begins with.
pub(crate) async fn play(
    database: &str,
    script: &str,
    (clients, seconds): (u64, u64),
    i: usize,
) -> anyhow::Result<Played> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("deed.sql");
    std::fs::write(&file, script)?;
    let beside = programs()?.join("pgbench");
    let mut command = Command::new(if beside.is_file() { beside } else { "pgbench".into() });
    command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2"]);
    command
        .arg(format!("--client={clients}"))
        .arg(format!("--time={seconds}"));
    command
        .arg(format!("--define=i={i}"))
        .arg("--file")
        .arg(&file)
        .arg(database);
    let told = tokio::task::spawn_blocking(move || command.output())
        .await?
        .context("pgbench cannot be run")?;
    let text = String::from_utf8_lossy(&told.stdout);
    let figure = |before: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(before))?;
        line.split([' ', '/']).next()?.parse::<f64>().ok()
    };
    let deeds = text
        .lines()
        .find_map(|line| line.strip_prefix("number of transactions actually processed: "));
    match (
        told.status.success(),
        deeds.and_then(|deeds| deeds.parse().ok()),
        figure("tps = "),
    ) {
        (true, Some(deeds), Some(per_second)) => Ok(Played { deeds, per_second }),
        _ => bail!("pgbench: {text}{}", String::from_utf8_lossy(&told.stderr)),
    }
}
