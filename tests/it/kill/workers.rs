//! Several processes on one database: an API and two workers, of which one is killed in the middle of
//! an import, another in the middle of a redemption, and one in the middle of a cancellation. Needs a server as its database.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::agreement::{Known, instant};
use crate::support::app::eventually;
use crate::support::database::{Engine, TestDatabase};
use crate::support::gate::{Gate, Moment, sprung};
use crate::support::merchant::{Merchant, PATIENCE, number, text};
use crate::support::process::{Installation, Part, Process, through};
use crate::support::sandbox::Sandbox;
use crate::support::shop::{self, Shop, Step};
use crate::support::stage::small_world;

const DAYS_BACK: i64 = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn magazord() {
    two_workers(&shop::MAGAZORD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loja_integrada() {
    two_workers(&shop::LOJA_INTEGRADA).await;
}

/// A worker and its way to the shop, by which it is known what it asks for.
struct Worker {
    process: Process,
    gate: Gate,
}

impl Worker {
    async fn start(installation: &Installation, sandbox: &Sandbox, shop: &'static Shop) -> Self {
        let gate = Gate::start(sandbox.origin(), shop).await;
        let process = installation
            .start_with(Part::Work, &through(sandbox, &gate.origin))
            .await;
        Self { process, gate }
    }
}

async fn two_workers(shop: &'static Shop) {
    if Engine::of_tests() != Engine::Postgres {
        // Several processes need a server.
        return;
    }
    let sandbox = Sandbox::start_with(small_world()).await;
    sandbox.faults(json!({ "rate_limit": "off" })).await;
    // All begin at once on a database with nothing in it, and each would bring the schema up to date.
    let mut installation = Installation::on(TestDatabase::empty().await, &sandbox, &sandbox.origin());
    installation.set("database.migrate_at_start", "true");
    installation.set("secrets.key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    let (serve, mut one, mut other) = tokio::join!(
        installation.start(Part::Serve),
        Worker::start(&installation, &sandbox, shop),
        Worker::start(&installation, &sandbox, shop),
    );
    let merchant = Merchant::sign_in(&installation, &serve).await;
    let (store, connected) = merchant.connect(shop).await;
    merchant.fill_in(shop, &connected, DAYS_BACK).await;

    let (at_one, at_other) = (
        one.gate.trap(Step::Order, 5, Moment::Applied),
        other.gate.trap(Step::Order, 5, Moment::Applied),
    );
    let activated = instant(&merchant.activate(&store).await);
    let survivor = tokio::select! {
        held = at_one => { one.process.kill(); drop(held); other }
        held = at_other => { other.process.kill(); drop(held); one }
    };
    survivor.gate.forget_trap();
    merchant
        .run_that(&store, "the import", |run| run["trigger"] == "ACTIVATION")
        .await;
    let known = Known {
        shop,
        activated,
        days_back: DAYS_BACK,
        seen_awarding: BTreeSet::new(),
    };
    known.compare(&merchant, &store, &sandbox.truth(shop.kind).await).await;

    // The last worker dies when the shop has made the coupon; a new one finds it.
    let takes_off = json!({ "kind": "AMOUNT_OFF", "amount": "10.00" });
    let reward = merchant.create_reward(&store, "R$ 10 de desconto", 50, takes_off).await;
    let customers = merchant.customers(&store).await;
    let rich = customers
        .iter()
        .max_by_key(|customer| number(&customer["balance"]["available"]))
        .unwrap();
    let caught = survivor.gate.trap(Step::CouponCreation, 1, Moment::Applied);
    let redemption = merchant.redeem(&text(&rich["id"]), &reward, "um resgate").await;
    let held = sprung(caught).await;
    let mut survivor = survivor;
    survivor.process.kill();
    drop(held);
    let last = Worker::start(&installation, &sandbox, shop).await;
    let redemption = merchant.redemption(&redemption).await;
    assert_eq!(redemption["state"], "COMPLETED", "{redemption:#}");
    let code = text(&redemption["coupon"]["code"]);
    assert_eq!(
        sandbox.coupon_count(shop.kind, &code).await,
        (1, 1),
        "asked for and created"
    );
    known.compare(&merchant, &store, &sandbox.truth(shop.kind).await).await;

    // It dies when the shop has ended the coupon; one that was there all the time goes on.
    let mut last = last;
    let standby = Worker::start(&installation, &sandbox, shop).await;
    let (at_last, at_standby) = (
        last.gate.trap(Step::CouponChange, 1, Moment::Applied),
        standby.gate.trap(Step::CouponChange, 1, Moment::Applied),
    );
    let id = text(&redemption["id"]);
    merchant.cancel(&id, "desistiu").await;
    let mut standby = standby;
    let goes_on = tokio::select! {
        held = at_last => { last.process.kill(); drop(held); standby }
        held = at_standby => { standby.process.kill(); drop(held); last }
    };
    goes_on.gate.forget_trap();
    eventually("the end of a cancellation", PATIENCE, async || {
        (merchant.redemption(&id).await["state"] == "CANCELLED").then_some(())
    })
    .await;
    assert_eq!(sandbox.coupon_count(shop.kind, &code).await, (1, 1));
    known.compare(&merchant, &store, &sandbox.truth(shop.kind).await).await;
    drop((goes_on, serve));
}
