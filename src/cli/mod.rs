//! The command line: serve, work, both, demo, sandbox, and what an operator needs now and then.

mod admin;
mod feed;
mod ledger;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::demo::DemoArgs;
use crate::run::Halves;
use crate::sandbox::SandboxArgs;
use crate::{demo, graphql, sandbox, telemetry, till};

/// Loyalty programmes for Brazilian online shops. Without a command: the API and the workers in one
/// process, on an embedded database in the data folder.
#[derive(Debug, Parser)]
#[command(name = "fidelidade", version)]
struct Arguments {
    /// A file with settings; the environment (FIDELIDADE__SECTION__KEY) overrides it.
    #[arg(long, global = true, env = "FIDELIDADE_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer GraphQL only.
    Serve,
    /// Run jobs only.
    Work,
    /// Show the main job from end to end, on two imitated shops.
    Demo(DemoArgs),
    /// Serve imitations of the platforms, for tests and for partners without an account.
    Sandbox(SandboxArgs),
    /// Bring the database's schema up to date, or take it back.
    Migrate {
        /// Take back so many changes instead. Their data is lost.
        #[arg(long)]
        down: Option<u32>,
    },
    /// Print the API's schema (SDL), as schema.graphql holds it.
    Schema,
    /// Print what the door for tills takes and answers (OpenAPI), as docs/api/openapi.json holds it.
    Openapi,
    /// Print who may do what, as docs/permissions.md holds it.
    Permissions,
    /// Manage users.
    #[command(subcommand)]
    User(admin::UserCommand),
    /// Manage API tokens.
    #[command(subcommand)]
    Token(admin::TokenCommand),
    /// Check the ledger of points.
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// Look at a Google Shopping feed.
    #[command(subcommand)]
    Feed(feed::FeedCommand),
}

/// Runs the command line; an error is one clear sentence, not a trace.
pub async fn run() -> ExitCode {
    let arguments = Arguments::parse();
    // What any command may need is too much for the stack of whoever calls.
    match Box::pin(dispatch(arguments)).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("fidelidade: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(arguments: Arguments) -> anyhow::Result<ExitCode> {
    if matches!(arguments.command, Some(Command::Schema)) {
        print!("{}", graphql::sdl());
        return Ok(ExitCode::SUCCESS);
    }
    if matches!(arguments.command, Some(Command::Openapi)) {
        print!("{}", till::document());
        return Ok(ExitCode::SUCCESS);
    }
    if matches!(arguments.command, Some(Command::Permissions)) {
        print!("{}", graphql::matrix());
        return Ok(ExitCode::SUCCESS);
    }
    let config = Config::load(arguments.config.as_deref())?;
    match arguments.command {
        None => serve::run(config, Halves::Both).await?,
        Some(Command::Serve) => serve::run(config, Halves::Serve).await?,
        Some(Command::Work) => serve::run(config, Halves::Work).await?,
        Some(Command::Demo(args)) => return demo::run(config, args).await,
        Some(Command::Sandbox(args)) => {
            telemetry::start(&config.log)?;
            sandbox::run(args).await?;
        }
        Some(Command::Migrate { down }) => admin::migrate(config, down).await?,
        Some(Command::Schema | Command::Openapi | Command::Permissions) => {}
        Some(Command::User(command)) => admin::user(config, command).await?,
        Some(Command::Token(command)) => admin::token(config, command).await?,
        Some(Command::Ledger(command)) => return ledger::ledger(config, command).await,
        Some(Command::Feed(command)) => return feed::feed(config, command).await,
    }
    Ok(ExitCode::SUCCESS)
}
