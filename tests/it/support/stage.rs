//! A merchant's shop before its curtain rises: a sandbox, a gate before it, a program in a process of its
//! own, and a store that is connected and filled in but not yet active.

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::TimeDelta;
use fidelidade::clock::Clock;
use fidelidade::sandbox::SandboxConfig;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::agreement::{Known, instant};
use super::gate::{Gate, Held, Moment, sprung};
use super::merchant::{Merchant, Store};
use super::process::{Installation, Part, Process};
use super::sandbox::Sandbox;
use super::shop::{Shop, Step, has_address};
use super::truth::TrueOrder;

/// Small pages, so that every list has several.
const PAGES: [(&str, &str); 3] = [
    ("platforms.magazord.page_size", "8"),
    ("platforms.loja_integrada.page_size", "8"),
    ("platforms.bis2bis.page_size", "8"),
];

/// Everything that a play needs.
pub(crate) struct Stage {
    pub(crate) shop: &'static Shop,
    pub(crate) sandbox: Sandbox,
    pub(crate) gate: Gate,
    pub(crate) installation: Installation,
    pub(crate) process: Process,
    pub(crate) merchant: Merchant,
    pub(crate) store: Store,
    pub(crate) known: Known,
}

impl Stage {
    /// Sets everything up, with this going wrong in the shop and these settings of the program.
    pub(crate) async fn open(shop: &'static Shop, trouble: Value, settings: &[(&str, &str)], days_back: i64) -> Self {
        let now = Clock::System.now();
        let sandbox = Sandbox::start_with(small_world()).await;
        sandbox.faults(trouble).await;
        let gate = Gate::start(sandbox.origin(), shop).await;
        let mut installation = Installation::new(&sandbox, &gate.origin).await;
        for (key, value) in PAGES.iter().chain(settings) {
            installation.set(key, value);
        }
        let process = installation.start(Part::Whole).await;
        let merchant = Merchant::sign_in(&installation, &process).await;
        let (store, connected) = merchant.connect(shop).await;
        merchant.fill_in(shop, &connected, days_back).await;
        let known = Known {
            shop,
            activated: now,
            days_back,
            seen_awarding: BTreeSet::new(),
        };
        Self {
            shop,
            sandbox,
            gate,
            installation,
            process,
            merchant,
            store,
            known,
        }
    }

    /// Activates the store and holds the first request of a kind that its import makes. What customers
    /// order from now on is placed after the activation, and the import has not passed it.
    pub(crate) async fn begin_import(&mut self, step: Step) -> Held {
        let begun = self.gate.trap(step, 1, Moment::Before);
        self.known.activated = instant(&self.merchant.activate(&self.store).await);
        let begun = sprung(begun).await;
        // Orders have whole seconds.
        let next_second = self.known.activated + TimeDelta::seconds(1) - Clock::System.now();
        tokio::time::sleep(next_second.to_std().unwrap_or_default()).await;
        begun
    }

    /// The `nth` customer with an e-mail address (they come round again) orders something.
    pub(crate) async fn order(&self, nth: usize, status: &str, products_cents: i64, more: Value) -> TrueOrder {
        let truth = self.sandbox.truth(self.shop.kind).await;
        let buyers: Vec<u64> = truth
            .customers
            .iter()
            .filter(|person| has_address(person))
            .map(|person| person.external_id)
            .collect();
        let customer = buyers[nth % buyers.len()];
        let mut order = json!({ "customer": customer, "status": status, "products_cents": products_cents });
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.sandbox.place_order(self.shop.kind, &order).await
    }

    /// Kills the process while a request is held.
    pub(crate) async fn kill(&mut self, caught: oneshot::Receiver<Held>) {
        let held = sprung(caught).await;
        self.process.kill();
        drop(held);
    }

    /// Kills the process while a request of the first import is held, or once that import is over; tells whether it was
    /// held.
    pub(crate) async fn kill_in_import(&mut self, caught: oneshot::Receiver<Held>) -> bool {
        let over = self
            .merchant
            .run_that(&self.store, "the import", |run| run["trigger"] == "ACTIVATION");
        let held = tokio::select! {
            held = sprung(caught) => Some(held),
            _ = over => None,
        };
        self.process.kill();
        held.is_some()
    }

    /// Another process takes over.
    pub(crate) async fn start_again(&mut self) {
        self.process = self.installation.start(Part::Whole).await;
        self.merchant.address.clone_from(&self.process.address);
    }

    /// Compares the program with the shop as it is now.
    pub(crate) async fn compare(&self) {
        let truth = self.sandbox.truth(self.shop.kind).await;
        self.known.compare(&self.merchant, &self.store, &truth).await;
    }

    /// Nothing was called that no integration may call, and nothing twice at the same time.
    pub(crate) async fn behaved_well(&self) {
        let stats = self.sandbox.stats(self.shop.kind).await;
        assert_eq!(stats["forbidden"], json!([]), "calls that no integration may make");
        assert_eq!(stats["max_parallel"], 1, "the platform was asked by one at a time");
    }

    /// Where the program writes its e-mails.
    pub(crate) fn mail_folder(&self) -> PathBuf {
        self.installation.data().join("mail")
    }
}

/// A sandbox that is imported in no time: now, with the platforms' own limits.
pub(crate) fn small_world() -> SandboxConfig {
    SandboxConfig {
        customers: 12,
        orders: 30,
        products: 8,
        ..SandboxConfig::at(Clock::System.now())
    }
}
