//! `fidelidade demo`: the main job from end to end, through the public API only.
//!
//! It starts the API, the workers and two imitated shops in one process, over real HTTP on loopback,
//! and then behaves like a merchant's frontend: [`story`] knows nothing but the API's address.

mod client;
mod feed_host;
mod story;
mod tell;

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use secrecy::SecretString;

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::run::{self, Halves};
use crate::sandbox::{self, RunningSandbox, SandboxConfig};
use crate::secrets::new_token;
use crate::{access, db, telemetry};

use story::{Merchant, Story};

/// What the demo may be told.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// End after the story, with a non-zero status if any station failed.
    #[arg(long)]
    exit: bool,
    /// A shop's Google Shopping XML, a file or an address: its products become rewards.
    #[arg(long, value_name = "FILE|URL")]
    feed: Option<String>,
    /// Port to stay up on.
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

const EMAIL: &str = "ana@loja.example";

/// Runs the demo.
pub async fn run(mut config: Config, args: DemoArgs) -> anyhow::Result<ExitCode> {
    let port = if args.exit { 0 } else { args.port };
    let listener = run::listen(&format!("127.0.0.1:{port}"), "choose another port with --port").await?;
    prepare(&mut config)?;
    telemetry::start(&config.log)?;
    let feed = match &args.feed {
        Some(source) => Some(feed_host::host(source).await?),
        None => None,
    };
    let shops = start_shops().await?;
    config.platforms.magazord.base_url.clone_from(&shops.magazord_url);
    config
        .platforms
        .loja_integrada
        .base_url
        .clone_from(&shops.loja_integrada_url);
    let app = run::open(config, Clock::System).await?;
    let password = first_user(&app).await?;
    let running = run::start(app, Some(listener), Halves::Both)?;
    let address = running.address.context("the API has no address")?;

    let merchant = Merchant {
        email: EMAIL.to_owned(),
        password: password.clone(),
    };
    let story = Story::new(&format!("http://{address}"), &shops.control_url, merchant, feed)?;
    let told = story.tell().await;
    if let Err(error) = &told {
        tell::failed(error);
    }
    if !args.exit {
        tell::addresses(&address.to_string(), &shops.control_url, EMAIL, &password);
        run::until_stopped().await;
    }
    running.stop().await;
    drop(shops);
    Ok(if told.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A folder of its own, made anew, and private addresses allowed: the shops are on this machine.
fn prepare(config: &mut Config) -> anyhow::Result<()> {
    config.data.dir = config.data.dir.join("demo");
    config.database.url.clear();
    config.outbound.allow_private = true;
    config.jobs.poll_milliseconds = 100;
    config.jobs.schedule_seconds = 1;
    if config.log.filter == Config::with("")?.log.filter {
        "error".clone_into(&mut config.log.filter);
    }
    if config.data.dir.exists() {
        std::fs::remove_dir_all(&config.data.dir).with_context(|| {
            format!(
                "the folder of an earlier demo, {}, cannot be removed",
                config.data.dir.display()
            )
        })?;
    }
    db::prepare_folder(&config.data.dir)?;
    Ok(())
}

async fn start_shops() -> anyhow::Result<RunningSandbox> {
    let listener = run::listen_anywhere().await?;
    let config = SandboxConfig {
        customers: 12,
        orders: 24,
        ..SandboxConfig::at(Clock::System.now())
    };
    Ok(sandbox::start(config, listener).await)
}

/// The one thing that is not done through the API: `fidelidade user create`.
async fn first_user(app: &App) -> anyhow::Result<String> {
    let password = new_token("demo")?.chars().take(17).collect::<String>();
    access::create_user(app, EMAIL, "Ana", SecretString::from(password.clone())).await?;
    Ok(password)
}
