//! The program. Everything is in the library; see `fidelidade::cli`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    fidelidade::cli::run().await
}
