//! The program. Everything is in the library; see `fidelidade::cli`.

use std::process::ExitCode;

use mimalloc::MiMalloc;

// An answer is made of thousands of small values.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    fidelidade::cli::run().await
}
