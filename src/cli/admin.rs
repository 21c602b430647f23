use std::io::{IsTerminal, Read, Write};

use anyhow::{Context, bail};
use clap::Subcommand;
use entity::{StoreId, UserId, membership, user};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use secrecy::SecretString;
use serde_json::json;

use crate::access::{self, Scope};
use crate::app::{App, Author};
use crate::clock::Clock;
use crate::config::Config;
use crate::db;
use crate::run;
use crate::service::token::{self, TokenRequest};

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Create a user who can sign in and create stores.
    Create {
        /// E-mail address to sign in with.
        #[arg(long)]
        email: String,
        /// Name shown to colleagues.
        #[arg(long, default_value = "")]
        name: String,
        /// Password of at least 10 characters; left out: asked for, or read from standard input.
        #[arg(long, env = "FIDELIDADE_PASSWORD", hide_env_values = true)]
        password: Option<String>,
        /// Print JSON, for scripts.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Make an API token for a store.
    Create {
        /// The store's id.
        #[arg(long)]
        store: String,
        /// E-mail address of the owner in whose name it is made.
        #[arg(long)]
        user: String,
        /// What to call it.
        #[arg(long, default_value = "command line")]
        name: String,
        /// What it may do, several times; left out: everything that a token can.
        #[arg(long = "scope")]
        scopes: Vec<String>,
        /// Print JSON, for scripts.
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn user(config: Config, command: UserCommand) -> anyhow::Result<()> {
    let UserCommand::Create {
        email,
        name,
        password,
        json: as_json,
    } = command;
    let password = match password {
        Some(password) => password,
        None => ask_password()?,
    };
    let app = run::open(config, Clock::System).await?;
    let id = access::create_user(&app, &email, &name, SecretString::from(password)).await?;
    if as_json {
        println!("{}", json!({ "id": id, "email": email }));
    } else {
        println!("{email} can sign in now (mutation signIn). Id: {id}");
    }
    Ok(())
}

/// Reads a password: from a person with a prompt, from a script as the first line.
fn ask_password() -> anyhow::Result<String> {
    let mut text = String::new();
    if std::io::stdin().is_terminal() {
        eprint!("Password (it shows while you type): ");
        std::io::stderr().flush()?;
        std::io::stdin().read_line(&mut text)?;
    } else {
        std::io::stdin().read_to_string(&mut text)?;
    }
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

pub(super) async fn token(config: Config, command: TokenCommand) -> anyhow::Result<()> {
    let TokenCommand::Create {
        store,
        user,
        name,
        scopes,
        json: as_json,
    } = command;
    let app = run::open(config, Clock::System).await?;
    let store: StoreId = store.parse().context("--store is not a store's id (store_…)")?;
    let owner = owner_of(&app, store, &user).await?;
    let scopes: Vec<Scope> = if scopes.is_empty() {
        Scope::all().collect()
    } else {
        scopes
            .iter()
            .map(|scope| scope.parse().map_err(anyhow::Error::msg))
            .collect::<Result<_, _>>()?
    };
    let request = TokenRequest {
        stores: vec![store],
        by: owner,
        name,
        scopes,
        expires_at: None,
    };
    let author = Author {
        actor: owner.to_string(),
        request_id: None,
    };
    let made = token::create(&app.on_behalf_of(author), request, None).await?;
    if as_json {
        println!(
            "{}",
            json!({ "id": made.token.id, "store": store, "token": made.secret })
        );
    } else {
        println!(
            "Send it as 'Authorization: Bearer …'; it is shown this once:\n{}",
            made.secret.unwrap_or_default()
        );
    }
    Ok(())
}

/// The user with an e-mail address, who must work in the store.
async fn owner_of(app: &App, store: StoreId, email: &str) -> anyhow::Result<UserId> {
    let by_email = user::Column::Email.eq(email.trim().to_lowercase());
    let Some(user) = user::Entity::find().filter(by_email).one(&app.db).await? else {
        bail!("there is no user with the e-mail address {email}");
    };
    match membership::Entity::find_by_id((store, user.id)).one(&app.db).await? {
        Some(_) => Ok(user.id),
        None => bail!("there is no store {store} in which {email} works"),
    }
}

pub(super) async fn migrate(config: Config, down: Option<u32>) -> anyhow::Result<()> {
    let db = db::connect(&config).await?;
    if let Some(steps) = down {
        Migrator::down(&db, Some(steps)).await?;
        println!("The schema was taken back by {steps}.");
    } else {
        db::migrate(&config, &db).await?;
        println!("The schema is up to date.");
    }
    Ok(())
}
