//! Imitations of shop platforms over real HTTP, for everybody who has no account on one.
//!
//! One server plays every platform, each under its own path prefix, from an invented world of
//! people, products and orders that is the same for the same seed. It knows nothing of points,
//! stores or the database of the program: its control API under `/_sandbox` tells the truth about
//! the world, which is worth something only because it is computed without the program's own
//! reading. Called by the `fidelidade sandbox` command and by tests. Described in `docs/sandbox.md`.

pub mod bis2bis;
pub mod bling;
pub mod control;
pub mod credentials;
mod cut;
pub mod exchange;
pub mod faults;
mod hooks;
pub mod imitation;
pub mod jet;
pub mod limits;
pub mod loja_integrada;
pub mod magazord;
mod noticed;
pub mod people;
mod readings;
pub mod server;
mod signature;
mod state;
pub mod tiny;
pub mod tiny_v3;
mod tokens;
mod truth;
pub mod world;

use std::net::SocketAddr;

use chrono::{DateTime, Utc};

pub use credentials::{Credentials, credentials};
pub use faults::Faults;
pub use imitation::Imitation;
pub use noticed::HookDelivery;
pub use server::{SandboxArgs, run, start};

/// What a sandbox is made of.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// The same seed gives the same people, products and orders.
    pub seed: u64,
    /// How many customers each platform has.
    pub customers: usize,
    /// How many orders each platform has, other shops of the account included.
    pub orders: usize,
    /// How many products each platform has.
    pub products: usize,
    /// The sandbox's clock at the start; orders were placed within the 60 days before it.
    pub now: DateTime<Utc>,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// Which readings of Magazord's interface are played.
    pub magazord: magazord::Switches,
    /// Which readings of Loja Integrada's interface are played.
    pub loja_integrada: loja_integrada::Switches,
    /// Which readings of JET's interfaces are played.
    pub jet: jet::Switches,
    /// Which readings of Bis2Bis's interfaces are played.
    pub bis2bis: bis2bis::Switches,
    /// Which readings of Tiny's interface are played.
    pub tiny: tiny::Switches,
    /// Which readings of Tiny's API 3 are played.
    pub tiny_v3: tiny_v3::Switches,
    /// Which readings of Bling's interface are played.
    pub bling: bling::Switches,
}

impl SandboxConfig {
    /// A small sandbox without faults whose clock starts at `now`.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self {
            seed: 1,
            customers: 24,
            orders: 60,
            products: 12,
            now,
            faults: Faults::default(),
            magazord: magazord::Switches::default(),
            loja_integrada: loja_integrada::Switches::default(),
            jet: jet::Switches::default(),
            bis2bis: bis2bis::Switches::default(),
            tiny: tiny::Switches::default(),
            tiny_v3: tiny_v3::Switches::default(),
            bling: bling::Switches::default(),
        }
    }
}

/// A sandbox that serves until it is dropped or shut down.
#[derive(Debug)]
pub struct RunningSandbox {
    /// Magazord's base address, with the literal text `{alias}` where the shop's alias goes.
    pub magazord_url: String,
    /// Loja Integrada's base address, to which `/v1/...` is added.
    pub loja_integrada_url: String,
    /// The base address of JET's OpenAPI.
    pub jet_url: String,
    /// The base address of JET's legacy API, with the literal text `{cluster}` where the cluster goes.
    pub jet_adm_url: String,
    /// Bis2Bis's base address, with the literal text `{address}` where the shop's address goes.
    pub bis2bis_url: String,
    /// The base address of Tiny's API 2.0, to which `/<service>.php` is added.
    pub tiny_url: String,
    /// The base address of Tiny's API 3.
    pub tiny_v3_url: String,
    /// Where merchants consent to apps of Tiny's API 3, to which `/auth` and `/token` are added.
    pub tiny_v3_accounts_url: String,
    /// Bling's base address.
    pub bling_url: String,
    /// The control API's base address, `http://.../_sandbox`.
    pub control_url: String,
    /// Where the server listens.
    pub address: SocketAddr,
    stop: tokio_util::sync::DropGuard,
    task: tokio::task::JoinHandle<()>,
}

impl RunningSandbox {
    /// Stops serving and waits until the last answer is out.
    pub async fn shutdown(self) {
        drop(self.stop);
        // The only failure is a panicked server, and there is nobody left to tell.
        let _ = self.task.await;
    }
}

#[cfg(test)]
mod probe;
#[cfg(test)]
mod tests;
