use entity::user;
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::run::{self, Halves};
use crate::telemetry;

/// Runs halves of the program until it is told to stop.
pub(super) async fn run(config: Config, halves: Halves) -> anyhow::Result<()> {
    telemetry::start(&config.log)?;
    if halves != Halves::Both && config.is_embedded() {
        anyhow::bail!(
            "`serve` and `work` run apart on PostgreSQL only: set FIDELIDADE__DATABASE__URL=postgres://…, \
             or run `fidelidade` without a command for both on the embedded database"
        );
    }
    let address = config.http.address.clone();
    let listener = if halves == Halves::Work {
        None
    } else {
        Some(
            run::listen(
                &address,
                "choose another address with FIDELIDADE__HTTP__ADDRESS=127.0.0.1:PORT",
            )
            .await?,
        )
    };
    let app = run::open(config, Clock::System).await?;
    if listener.is_some() {
        greet(&app, &address).await?;
    }
    let running = run::start(app, listener, halves)?;
    run::until_stopped().await;
    tracing::info!("stopping: open requests are answered, jobs under way finish");
    running.stop().await;
    Ok(())
}

/// Tells a first-time user where things are and what to do first.
async fn greet(app: &App, address: &str) -> anyhow::Result<()> {
    println!("Fidelidade answers on http://{address}");
    println!("  console  http://{address}/        GraphiQL  http://{address}/graphql");
    println!("  health   http://{address}/health/ready");
    if user::Entity::find().count(&app.db).await? == 0 {
        println!("\nNobody can sign in yet. Create the first user:");
        println!("  fidelidade user create --email you@example.com --name \"Your name\"");
        println!("  (with cargo: cargo run -- user create …)");
    }
    Ok(())
}
