//! One scene: a shop is connected and imported, two customers redeem, and the process dies once on the
//! way, or twice, or never.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use fidelidade::sandbox::SandboxConfig;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::support::agreement::{Known, instant};
use crate::support::app::eventually;
use crate::support::gate::{Gate, Held, Moment, sprung};
use crate::support::mailbox::{self, Mail};
use crate::support::merchant::{Merchant, PATIENCE, Store, number, text};
use crate::support::process::{Installation, Part, Process, block};
use crate::support::sandbox::Sandbox;
use crate::support::shop::{Shop, Step, has_address};

/// When the process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blow {
    Never,
    /// At the nth request of a kind that the import makes.
    Import(Step, usize, Moment),
    /// At the third single order, and again at the first after that.
    Twice,
    /// After the import, while its e-mails could not be written yet.
    BeforeMails,
    /// As soon as a redemption is answered.
    AfterRedeem,
    /// While the first coupon is created.
    Coupon(Moment),
}

/// What is the same in the end whatever happened on the way.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct End {
    orders: Vec<(String, String, String, i64)>,
    balances: Vec<(String, String)>,
    redemptions: Vec<(String, i64)>,
    coupons_in_shop: usize,
    /// Recipient and cause.
    mails: Vec<(String, String)>,
}

/// Sales that give an e-mail each, and redemptions that do.
const SALES: usize = 2;
const REDEMPTIONS: usize = 2;
/// All customers are old enough to be imported, and all orders but one young enough.
const DAYS_BACK: i64 = 365;

struct Scene {
    shop: &'static Shop,
    sandbox: Sandbox,
    gate: Gate,
    installation: Installation,
    process: Process,
    merchant: Merchant,
    store: Store,
    known: Known,
}

/// Plays a scene; gives its end and how many pages of orders the import read.
pub(super) async fn play(shop: &'static Shop, blow: Blow) -> (End, usize) {
    let mut scene = Scene::open(shop).await;
    // Connecting read some too.
    let before = scene.gate.count(Step::Orders);
    if blow == Blow::BeforeMails {
        block(&scene.mail_folder());
    }
    scene.import(blow).await;
    let pages = scene.gate.count(Step::Orders) - before;
    if blow == Blow::BeforeMails {
        assert!(scene.mail_folder().is_file());
        scene.process.kill();
        std::fs::remove_file(scene.mail_folder()).unwrap();
        scene.start_again().await;
    }
    let redemptions = scene.redeem(blow).await;
    (scene.end(redemptions).await, pages)
}

impl Scene {
    async fn open(shop: &'static Shop) -> Self {
        let now = Utc::now();
        let config = SandboxConfig {
            customers: 12,
            orders: 30,
            products: 8,
            ..SandboxConfig::at(now)
        };
        let sandbox = Sandbox::start_with(config).await;
        sandbox.faults(json!({ "rate_limit": "off" })).await;
        let gate = Gate::start(sandbox.origin(), shop).await;
        let mut installation = Installation::new(&sandbox, &gate.origin).await;
        installation.set("platforms.magazord.page_size", "8");
        installation.set("platforms.loja_integrada.page_size", "8");
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

    /// The process dies on the spot, and another takes over.
    async fn kill(&mut self, caught: oneshot::Receiver<Held>) {
        let held = sprung(caught).await;
        self.process.kill();
        drop(held);
    }

    async fn start_again(&mut self) {
        self.process = self.installation.start(Part::Whole).await;
        self.merchant.address.clone_from(&self.process.address);
    }

    /// The import that begins with the activation. Two sales are made before it has read any.
    async fn import(&mut self, blow: Blow) {
        let begun = self.gate.trap(Step::Customers, 1, Moment::Before);
        self.known.activated = instant(&self.merchant.activate(&self.store).await);
        let begun = sprung(begun).await;
        let next_second = self.known.activated + TimeDelta::seconds(1) - Utc::now();
        tokio::time::sleep(next_second.to_std().unwrap_or_default()).await;
        let truth = self.sandbox.truth(self.shop.kind).await;
        for person in truth.customers.iter().filter(|person| has_address(person)).take(SALES) {
            let order = json!({ "customer": person.external_id, "status": self.shop.paid, "products_cents": 12_345 });
            self.sandbox.place_order(self.shop.kind, &order).await;
        }
        match blow {
            Blow::Import(Step::Customers, 1, Moment::Before) => {
                self.process.kill();
                drop(begun);
                self.start_again().await;
            }
            Blow::Import(step, nth, moment) => {
                let caught = self.gate.trap(step, nth, moment);
                begun.let_go();
                self.kill(caught).await;
                self.start_again().await;
            }
            Blow::Twice => {
                let caught = self.gate.trap(Step::Order, 3, Moment::Before);
                begun.let_go();
                self.kill(caught).await;
                let caught = self.gate.trap(Step::Order, 1, Moment::Applied);
                self.start_again().await;
                self.kill(caught).await;
                self.start_again().await;
            }
            _ => begun.let_go(),
        }
        self.merchant
            .run_that(&self.store, "the import", |run| run["trigger"] == "ACTIVATION")
            .await;
        assert_eq!(self.merchant.rejects(&self.store).await, Vec::<Value>::new());
    }

    /// The two customers with the most points redeem.
    async fn redeem(&mut self, blow: Blow) -> Vec<Value> {
        let takes_off = json!({ "kind": "AMOUNT_OFF", "amount": "10.00" });
        let reward = self
            .merchant
            .create_reward(&self.store, "R$ 10 de desconto", 50, takes_off)
            .await;
        let mut customers = self.merchant.customers(&self.store).await;
        customers.retain(|customer| customer["email"].is_string());
        customers.sort_by_key(|customer| {
            std::cmp::Reverse((number(&customer["balance"]["available"]), text(&customer["name"])))
        });
        let caught = match blow {
            Blow::Coupon(moment) => Some(self.gate.trap(Step::CouponCreation, 1, moment)),
            _ => None,
        };
        let first = text(&customers[0]["id"]);
        let mut redemptions = vec![self.merchant.redeem(&first, &reward, "o primeiro").await];
        if blow == Blow::AfterRedeem {
            self.process.kill();
            self.start_again().await;
        }
        if let Some(caught) = caught {
            self.kill(caught).await;
            self.start_again().await;
        }
        // A client that did not hear the answer asks again: it is the same redemption.
        assert_eq!(
            self.merchant.redeem(&first, &reward, "o primeiro").await,
            redemptions[0]
        );
        let second = text(&customers[1]["id"]);
        redemptions.push(self.merchant.redeem(&second, &reward, "o segundo").await);
        let mut ended = Vec::new();
        for id in redemptions {
            ended.push(self.merchant.redemption(&id).await);
        }
        ended
    }

    /// Waits until all e-mails are there, checks that program and shop agree, and tells how it ended.
    async fn end(&self, redemptions: Vec<Value>) -> End {
        let folder = self.mail_folder();
        eventually("the last e-mail", PATIENCE, async || {
            (mailbox::read(&folder).len() >= SALES + REDEMPTIONS).then_some(())
        })
        .await;
        // One too many would be there by now.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let mails = mailbox::read(&folder);
        let truth = self.sandbox.truth(self.shop.kind).await;
        self.known.compare(&self.merchant, &self.store, &truth).await;
        self.known
            .compare_mails((&self.merchant, &self.store), &truth, &mails, 0)
            .await;

        let mut coupons_in_shop = 0;
        for redemption in &redemptions {
            let code = text(&redemption["coupon"]["code"]);
            let (posts, created) = self.sandbox.coupon_count(self.shop.kind, &code).await;
            assert_eq!(created, 1, "coupon {code} was asked for {posts} times");
            coupons_in_shop += 1;
        }
        let stats = self.sandbox.stats(self.shop.kind).await;
        assert_eq!(stats["forbidden"], json!([]), "calls that no integration may make");
        let orders = self.merchant.orders(&self.store).await;
        let mut orders: Vec<_> = orders
            .iter()
            .map(|order| {
                let total = text(&order["total"]["amount"]);
                (
                    text(&order["number"]),
                    text(&order["statusCode"]),
                    total,
                    number(&order["points"]),
                )
            })
            .collect();
        orders.sort();
        let customers = self.merchant.customers(&self.store).await;
        let mut balances: Vec<_> = customers
            .iter()
            .map(|customer| (customer["name"].to_string(), customer["balance"].to_string()))
            .collect();
        balances.sort();
        let redemptions = redemptions
            .iter()
            .map(|one| (text(&one["state"]), number(&one["points"])))
            .collect();
        let mut mails: Vec<_> = mails.iter().map(subject).collect();
        mails.sort();
        End {
            orders,
            balances,
            redemptions,
            coupons_in_shop,
            mails,
        }
    }

    fn mail_folder(&self) -> PathBuf {
        self.installation.data().join("mail")
    }
}

/// Who is written to about what. Codes of coupons are drawn anew in each scene.
fn subject(mail: &Mail) -> (String, String) {
    (mail.to.clone(), mail.order_number().unwrap_or("a coupon").to_owned())
}
