//! The whole way of a merchant and his customers, through HTTP only, in a shop where nearly everything
//! goes wrong now and then: errors, broken answers, lost answers, limits, rows that move between pages.
//!
//! At the end the program must agree with the shop's truth to the cent and the point.

mod redemptions;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use fidelidade::sandbox::SandboxConfig;
use serde_json::{Value, json};

use crate::support::agreement::{Known, instant};
use crate::support::app::eventually;
use crate::support::gate::{Gate, Moment, sprung};
use crate::support::mailbox;
use crate::support::merchant::{Merchant, PATIENCE, Store, number, text};
use crate::support::process::{Installation, Part};
use crate::support::sandbox::Sandbox;
use crate::support::shop::{self, Shop, Step, has_address};

#[tokio::test]
#[ignore = "several minutes, and not yet steady: cargo test --test it -- --ignored"]
async fn magazord() {
    journey(&shop::MAGAZORD).await;
}

#[tokio::test]
#[ignore = "several minutes, and not yet steady: cargo test --test it -- --ignored"]
async fn loja_integrada() {
    journey(&shop::LOJA_INTEGRADA).await;
}

/// Days that the first import goes back: some orders are older.
const DAYS_BACK: i64 = 40;

/// Everything on the way.
struct Journey {
    shop: &'static Shop,
    sandbox: Sandbox,
    gate: Gate,
    installation: Installation,
    merchant: Merchant,
    store: Store,
    known: Known,
}

/// Numbers of orders that customers place while the first import is under way.
struct Placed {
    disputed: String,
    cancelled: String,
    paid_later: String,
    never_paid: String,
}

async fn journey(shop: &'static Shop) {
    let now = Utc::now();
    let config = SandboxConfig {
        customers: 12,
        orders: 30,
        products: 8,
        ..SandboxConfig::at(now)
    };
    let sandbox = Sandbox::start_with(config).await;
    sandbox.faults(trouble()).await;
    let gate = Gate::start(sandbox.origin(), shop).await;
    let installation = installation(&sandbox, &gate).await;
    let process = installation.start(Part::Whole).await;
    let merchant = Merchant::sign_in(&installation, &process).await;
    let (store, connected) = merchant.connect(shop).await;
    merchant.fill_in(shop, &connected, DAYS_BACK).await;
    let known = Known {
        shop,
        activated: now,
        days_back: DAYS_BACK,
        seen_awarding: BTreeSet::new(),
    };
    let mut journey = Journey {
        shop,
        sandbox,
        gate,
        installation,
        merchant,
        store,
        known,
    };

    let placed = journey.first_import().await;
    let coupons = redemptions::all(&journey).await;
    let used_by = redemptions::use_one(&journey, &coupons[0]).await;
    journey.meet_the_limit().await;
    let moved = journey.move_orders(&placed).await;
    journey.scheduled_import(moved).await;
    redemptions::is_used(&journey, &coupons[0], &used_by).await;
    // Rows move on with every page that these read.
    for _ in 0..2 {
        journey.merchant.import(&journey.store).await;
    }
    journey.calm_down().await;
    journey.off_and_on_again().await;

    let stats = journey.sandbox.stats(shop.kind).await;
    assert_eq!(stats["forbidden"], json!([]), "calls that no integration may make");
    assert_eq!(stats["max_parallel"], 1, "the platform was asked by one at a time");
    println!(
        "{}: {} requests, {} refused",
        shop.platform, stats["requests"], stats["too_many"]
    );
    drop(process);
}

/// What goes wrong.
fn trouble() -> Value {
    json!({
        "error_rate_percent": 10, "malformed_percent": 4, "order_detail_error_percent": 10,
        "lose_coupon_answers": { "every": 2 }, "rows_move": true,
    })
}

/// A program that imports every minute and asks the shop a little faster than the shop bears.
async fn installation(sandbox: &Sandbox, gate: &Gate) -> Installation {
    let mut installation = Installation::new(sandbox, &gate.origin).await;
    installation.set("import.every_minutes", "1");
    for (key, value) in [
        ("platforms.magazord.per_minute", "420"),
        ("platforms.magazord.burst", "1"),
        ("platforms.magazord.page_size", "8"),
        ("platforms.loja_integrada.per_minute", "600"),
        ("platforms.loja_integrada.burst", "20"),
        ("platforms.loja_integrada.page_size", "8"),
    ] {
        installation.set(key, value);
    }
    installation
}

impl Journey {
    /// The import that begins with the activation, which meets orders placed since.
    async fn first_import(&mut self) -> Placed {
        let refused = self.merchant.call(
            "activateIntegration",
            "integration { id }",
            json!({ "id": self.store.integration }),
        );
        assert_eq!(refused.await["userErrors"][0]["code"], "CONFIRMATION_REQUIRED");
        let held = self.gate.trap(Step::Orders, 1, Moment::Before);
        self.known.activated = instant(&self.merchant.activate(&self.store).await);
        let held = sprung(held).await;
        // Orders have whole seconds: these are placed after the activation's.
        let next_second = self.known.activated + TimeDelta::seconds(1) - Utc::now();
        tokio::time::sleep(next_second.to_std().unwrap_or_default()).await;
        let placed = self.place_orders().await;
        held.let_go();
        self.merchant
            .run_that(&self.store, "the first import", |run| run["trigger"] == "ACTIVATION")
            .await;
        placed
    }

    async fn place_orders(&self) -> Placed {
        let shop = self.shop;
        let truth = self.sandbox.truth(shop.kind).await;
        let buyers: Vec<u64> = truth
            .customers
            .iter()
            .filter(|one| has_address(one))
            .map(|person| person.external_id)
            .collect();
        let mut buyers = buyers.into_iter().cycle();
        let mut place = async |status: &str, products: i64, more: Value| {
            let mut order = json!({ "customer": buyers.next(), "status": status, "products_cents": products });
            order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            self.sandbox.place_order(shop.kind, &order).await.number
        };
        place(shop.paid, 15_000, json!({})).await;
        place(
            shop.delivered,
            25_050,
            json!({ "discount_cents": 1_000, "shipping_cents": 1_990 }),
        )
        .await;
        place(shop.paid, 30_000, json!({ "channel": "marketplace" })).await;
        // Not a whole point.
        place(shop.paid, 99, json!({ "shipping_cents": 1_990 })).await;
        Placed {
            disputed: place(shop.paid, 12_000, json!({})).await,
            cancelled: place(shop.paid, 9_990, json!({})).await,
            paid_later: place(shop.unpaid, 8_000, json!({})).await,
            never_paid: place(shop.unpaid, 7_000, json!({})).await,
        }
    }

    /// Asks for something small until the shop has refused a request for its limit, as the imports may
    /// have met already. What comes next has to wait like everybody.
    async fn meet_the_limit(&self) {
        for _ in 0..150 {
            if self.sandbox.stats(self.shop.kind).await["too_many"] != 0 {
                return;
            }
            let input = json!({ "id": self.store.integration });
            self.merchant
                .call("refreshOrderStatuses", "integration { id }", input)
                .await;
        }
        panic!("the platform's limit cannot be met");
    }

    /// What becomes of the orders. Those that had points were seen by the first import.
    async fn move_orders(&mut self, placed: &Placed) -> chrono::DateTime<Utc> {
        let moves = [
            (&placed.disputed, self.shop.disputed),
            (&placed.cancelled, self.shop.cancelled),
            (&placed.paid_later, self.shop.paid),
            (&placed.never_paid, self.shop.cancelled),
        ];
        for (number, status) in moves {
            self.sandbox.set_status(self.shop.kind, number, status).await;
        }
        self.known
            .seen_awarding
            .extend([placed.disputed.clone(), placed.cancelled.clone()]);
        Utc::now()
    }

    /// Nobody starts the next import: it is due a minute after the last.
    async fn scheduled_import(&self, after: chrono::DateTime<Utc>) {
        let is_meant = |run: &Value| run["trigger"] == "SCHEDULE" && instant(&run["createdAt"]) > after;
        self.merchant
            .run_that(&self.store, "an import by the schedule", is_meant)
            .await;
    }

    /// The shop is well again: one more import, and everything agrees; another one finds nothing to do.
    async fn calm_down(&self) {
        let well = json!({
            "error_rate_percent": 0, "malformed_percent": 0, "order_detail_error_percent": 0,
            "lose_coupon_answers": "none", "rows_move": false,
        });
        self.sandbox.faults(well).await;
        self.merchant.import(&self.store).await;
        let truth = self.sandbox.truth(self.shop.kind).await;
        self.known.compare(&self.merchant, &self.store, &truth).await;
        self.mails_agree().await;

        let run = self.merchant.import(&self.store).await;
        assert_eq!((number(&run["created"]), number(&run["updated"])), (0, 0), "{run:#}");
        for run in self.merchant.runs(&self.store).await {
            assert_eq!(run["state"], "SUCCEEDED", "{run:#}");
        }
        assert_eq!(self.merchant.rejects(&self.store).await, Vec::<Value>::new());
        self.known.compare(&self.merchant, &self.store, &truth).await;
    }

    /// Switched off, nothing is imported and nobody written to; switched on again, the sales made
    /// meanwhile count, silently.
    async fn off_and_on_again(&self) {
        let before = mailbox::read(&self.mail_folder());
        let input = json!({ "id": self.store.integration });
        self.merchant
            .must("deactivateIntegration", "integration { active }", input)
            .await;
        let truth = self.sandbox.truth(self.shop.kind).await;
        let buyer = truth
            .customers
            .iter()
            .find(|person| has_address(person))
            .unwrap()
            .external_id;
        let order = json!({ "customer": buyer, "status": self.shop.paid, "products_cents": 5_000 });
        let order = self.sandbox.place_order(self.shop.kind, &order).await;
        let input = json!({ "integrationId": self.store.integration });
        let refused = self.merchant.call("startImport", "importRun { id }", input).await;
        assert_eq!(refused["userErrors"][0]["code"], "INTEGRATION_INACTIVE");

        // The sale is older than the second activation by a whole second.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        self.merchant.activate(&self.store).await;
        let is_silent = |found: &Value| number(&found["points"]) == 50;
        eventually("the sale made meanwhile", PATIENCE, async || {
            let orders = self.merchant.orders(&self.store).await;
            orders
                .into_iter()
                .find(|found| text(&found["number"]) == order.number)
                .filter(is_silent)
        })
        .await;
        let truth = self.sandbox.truth(self.shop.kind).await;
        self.known.compare(&self.merchant, &self.store, &truth).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(
            mailbox::read(&self.mail_folder()),
            before,
            "e-mails since it was switched off"
        );
    }

    /// Waits until there are as many e-mails as there should be, and compares them.
    async fn mails_agree(&self) {
        let truth = self.sandbox.truth(self.shop.kind).await;
        let mut count = 0;
        // They are sent by jobs of their own: quiet is when no more come.
        loop {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            let mails = mailbox::read(&self.mail_folder());
            if mails.len() == count {
                let who = (&self.merchant, &self.store);
                return self
                    .known
                    .compare_mails(who, &truth, &mails, redemptions::FAILURES)
                    .await;
            }
            count = mails.len();
        }
    }

    fn mail_folder(&self) -> std::path::PathBuf {
        self.installation.data().join("mail")
    }
}
