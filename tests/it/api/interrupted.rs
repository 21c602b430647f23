//! What a shop, a buyer or a second worker can do in the middle of a redemption or of its cancellation.
//! However it goes, in the end there are either the points or the coupon.

use std::time::Duration;

use chrono::TimeDelta;
use entity::ledger_entry::EntryKind;
use entity::{RedemptionId, coupon, redemption};
use fidelidade::run::Halves;
use fidelidade::service::redemption as service;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::actor::Actor;
use super::cancelling::{PRICE, REDEMPTION, Scene, in_both_shops};
use super::seed;
use crate::support::app::{Builder, TestApp, eventually};
use crate::support::gate::{Moment, sprung};
use crate::support::merchant::{PATIENCE, text};
use crate::support::shop::{Shop, Step};

in_both_shops! {
    refused_after_a_lost_answer
    taken_by_ourselves
    cancelled_before_it_is_listed
    used_before_it_is_known
    used_between_looking_and_ending
    deleted_by_hand
    ended_while_the_shop_is_down
    refused_for_a_while
}

/// What was sent stays in doubt for some seconds.
fn doubtful() -> Builder {
    TestApp::builder().set("jobs.coupon_settle_seconds", "4")
}

impl Scene<'_> {
    async fn coupon(&self, id: &str) -> coupon::Model {
        let id: RedemptionId = id.parse().unwrap();
        let own = coupon::Entity::find().filter(coupon::Column::RedemptionId.eq(id));
        own.one(&self.app.app().db).await.unwrap().unwrap()
    }

    /// Waits until the shop has the coupon of a redemption, whether or not that is known here.
    async fn made(&self, id: &str) -> String {
        let code = self.coupon(id).await.code;
        eventually("the coupon in the shop", PATIENCE, async || {
            let (_, created) = self.app.sandbox.coupon_count(self.shop.kind, &code).await;
            (created == 1).then_some(())
        })
        .await;
        code
    }

    /// Waits until the shop was asked so often to make or to end the coupon.
    async fn asked(&self, id: &str, times: i32) {
        eventually("another request to the shop", PATIENCE, async || {
            (self.coupon(id).await.attempts >= times).then_some(())
        })
        .await;
    }

    /// Whether the shop has exactly one coupon of the redemption, whichever codes were drawn.
    async fn is_the_only_one(&self, code: &str) {
        let coupons = self.app.sandbox.coupons(self.shop.kind).await;
        let asked_for = coupons.values().filter(|coupon| coupon.posts > 0);
        let made: Vec<&str> = asked_for
            .filter(|coupon| coupon.created > 0)
            .map(|coupon| &*coupon.code)
            .collect();
        assert_eq!(made, [code]);
    }

    async fn faults(&self, faults: Value) {
        self.app.sandbox.faults(faults).await;
    }

    /// The customer has the coupon, and not the points.
    async fn is_bought(&self, id: &str, code: &str) {
        let told = self.until(id, "COMPLETED").await;
        assert_eq!(told["coupon"], json!({ "code": code, "state": "ACTIVE" }));
        let balance = json!({ "available": self.had - PRICE, "reserved": 0 });
        assert_eq!(told["customer"]["balance"], balance);
        let spent = [(EntryKind::Reserve, -PRICE), (EntryKind::Capture, 0)];
        assert_eq!(self.entries(id).await, spent);
        self.is_the_only_one(code).await;
        assert!(self.is_usable(code).await, "neither points nor coupon");
    }
}

/// The first answer is lost, and the second request refused: because of the coupon that the first has made.
async fn refused_after_a_lost_answer(shop: &'static Shop) {
    let app = doubtful().start().await;
    let scene = Scene::set(&app, shop).await;
    let lost = json!({ "lose_coupon_answers": { "first": 1 }, "hide_new_coupons": true });
    scene.faults(lost).await;
    let id = scene.redeem().await;
    let code = scene.made(&id).await;
    scene
        .faults(json!({ "lose_coupon_answers": "none", "refuse_coupons": "só um cupom por cliente" }))
        .await;
    scene.asked(&id, 2).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let told = scene.look(&id).await;
    assert_eq!(
        told["state"], "REQUESTED",
        "a refusal that says nothing about the first request"
    );
    assert_eq!(told["customer"]["balance"]["reserved"], PRICE);
    scene.faults(json!({ "hide_new_coupons": false })).await;
    scene.is_bought(&id, &code).await;
}

/// The code is taken, by the coupon whose answer was lost: no other one is drawn.
async fn taken_by_ourselves(shop: &'static Shop) {
    let app = doubtful().start().await;
    let scene = Scene::set(&app, shop).await;
    scene
        .faults(json!({ "lose_coupon_answers": { "first": 1 }, "hide_new_coupons": true }))
        .await;
    let id = scene.redeem().await;
    let code = scene.made(&id).await;
    scene.asked(&id, 2).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(scene.look(&id).await["coupon"]["code"], code, "another code");
    scene.faults(json!({ "hide_new_coupons": false })).await;
    scene.is_bought(&id, &code).await;
}

/// A shop that does not show the coupon yet says that there is none to end.
async fn cancelled_before_it_is_listed(shop: &'static Shop) {
    let app = doubtful().start().await;
    let scene = Scene::set(&app, shop).await;
    scene.faults(json!({ "hide_new_coupons": true })).await;
    let (id, code) = scene.redeemed().await;
    scene.cancel(&id, "cancelar").await;
    scene.asked(&id, 2).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    scene.faults(json!({ "hide_new_coupons": false })).await;
    scene.is_undone(&id, &code).await;
}

/// Somebody buys with the coupon while it is not known here that it exists.
async fn used_before_it_is_known(shop: &'static Shop) {
    let app = doubtful().start().await;
    let scene = Scene::set(&app, shop).await;
    scene
        .faults(json!({ "lose_coupon_answers": { "first": 1 }, "hide_new_coupons": true }))
        .await;
    let id = scene.redeem().await;
    let code = scene.made(&id).await;
    scene
        .faults(json!({ "lose_coupon_answers": "none", "refuse_coupons": "limite" }))
        .await;
    assert!(scene.is_usable(&code).await, "a coupon that was paid for");
    scene.import().await;
    let told = scene.until(&id, "COMPLETED").await;
    assert_eq!(told["coupon"]["state"], "USED");
    let refused = scene.cancel(&id, "cancelar").await;
    assert_eq!(refused["userErrors"][0]["code"], "COUPON_USED");
    scene.is_the_only_one(&code).await;
    let spent = [(EntryKind::Reserve, -PRICE), (EntryKind::Capture, 0)];
    assert_eq!(scene.entries(&id).await, spent);
}

async fn used_between_looking_and_ending(shop: &'static Shop) {
    let app = TestApp::builder().gate(shop).start().await;
    let scene = Scene::set(&app, shop).await;
    let (id, code) = scene.redeemed().await;
    let ending = app.gate().trap(Step::CouponChange, 1, Moment::Before);
    scene.cancel(&id, "cancelar").await;
    let held = sprung(ending).await;
    assert!(scene.is_usable(&code).await, "a coupon that was paid for");
    held.let_go();
    scene.stays_spent(&id, "COUPON_USED").await;
}

/// Somebody deletes the coupon in the shop's panel: it is cancelled all the same, when its absence says
/// something.
async fn deleted_by_hand(shop: &'static Shop) {
    let app = TestApp::start().await;
    let scene = Scene::set(&app, shop).await;
    let (id, code) = scene.redeemed().await;
    app.sandbox.delete_coupon(shop.kind, &code).await;
    scene.cancel(&id, "cancelar").await;
    scene.is_undone(&id, &code).await;
}

async fn ended_while_the_shop_is_down(shop: &'static Shop) {
    let app = TestApp::start().await;
    let scene = Scene::set(&app, shop).await;
    let (id, code) = scene.redeemed().await;
    scene.faults(json!({ "error_rate_percent": 100 })).await;
    scene.cancel(&id, "cancelar").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(scene.look(&id).await["state"], "CANCELLING");
    scene.faults(json!({ "error_rate_percent": 0 })).await;
    scene.is_undone(&id, &code).await;
}

/// The shop answers nothing but errors, then refuses: that is believed when what was sent before must show.
async fn refused_for_a_while(shop: &'static Shop) {
    let app = TestApp::start().await;
    let scene = Scene::set(&app, shop).await;
    scene
        .faults(json!({ "coupon_5xx_before": 2, "refuse_coupons": "limite do plano" }))
        .await;
    let id = scene.redeem().await;
    let told = scene.until(&id, "FAILED").await;
    assert_eq!(told["failureCode"], "SHOP_REFUSED");
    let back = json!({ "available": scene.had, "reserved": 0 });
    assert_eq!(told["customer"]["balance"], back);
    let held_and_back = [(EntryKind::Reserve, -PRICE), (EntryKind::Release, PRICE)];
    assert_eq!(scene.entries(&id).await, held_and_back);
    let (posts, created) = app
        .sandbox
        .coupon_count(shop.kind, &text(&told["coupon"]["code"]))
        .await;
    assert!(posts >= 3 && created == 0, "{created} coupons of {posts} requests");
}

/// Two workers at the same coupon: what one of them is told says nothing about the other's request.
#[tokio::test]
async fn a_worker_does_not_conclude_for_another() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let full = seed::fill(app.app(), &merchant.create_store("Loja").await, 1).await;
    let input = json!({ "customerId": full.customer, "rewardId": full.reward, "idempotencyKey": "resgate" });
    let payload = merchant.must("redeemReward", "redemption { id }", input).await;
    let id = text(&payload["redemption"]["id"]);
    let begun = async || {
        let attempt = service::begin_attempt(app.app(), id.parse().unwrap()).await;
        attempt.unwrap().unwrap()
    };
    let mut one = begun().await;
    assert!(one.about_to_send(app.app()).await.unwrap());
    let mut other = begun().await;
    assert!(other.about_to_send(app.app()).await.unwrap());
    // The first is refused, or turned away, or finds the code taken.
    assert!(!service::fail(app.app(), &one, "SHOP_REFUSED", "limite").await.unwrap());
    service::clear_attempt(app.app(), &one).await.unwrap();
    service::replace_code(app.app(), &one).await.unwrap();
    let now = begun().await;
    assert!(now.coupon.outcome_unknown, "the other's coupon may exist");
    assert_eq!((now.coupon.code, now.coupon.attempts), (other.coupon.code.clone(), 2));
    // Nor is it cancelled as if nothing had been sent.
    let input = json!({ "redemptionId": id, "idempotencyKey": "cancelar" });
    let told = merchant.must("cancelRedemption", REDEMPTION, input).await;
    assert_eq!(told["redemption"]["state"], "REQUESTED");
    assert!(
        service::fail(app.app(), &other, "SHOP_REFUSED", "limite")
            .await
            .unwrap()
    );
    let ended = service::begin_attempt(app.app(), id.parse().unwrap()).await.unwrap();
    assert!(ended.is_none());
}

/// One worker is refused and lets the coupon live; another, who had looked before, does not end it after that.
#[tokio::test]
async fn nobody_ends_a_coupon_that_was_kept() {
    let app = TestApp::start().await;
    let scene = Scene::set(&app, &crate::support::shop::MAGAZORD).await;
    let (id, code) = scene.redeemed().await;
    // What follows is done by hand.
    scene.faults(json!({ "error_rate_percent": 100 })).await;
    scene.cancel(&id, "cancelar").await;
    let begun = async || {
        let ending = service::find_ending(app.app(), id.parse().unwrap()).await;
        ending.unwrap().unwrap()
    };
    let mut one = begun().await;
    assert!(one.about_to_send(app.app()).await.unwrap());
    let mut other = begun().await;
    assert!(one.keep_alive(app.app(), "bloqueado").await.unwrap());
    assert!(
        !other.about_to_send(app.app()).await.unwrap(),
        "it would be dead and paid for"
    );
    assert!(!other.keep_alive(app.app(), "bloqueado").await.unwrap());
    scene.faults(json!({ "error_rate_percent": 0 })).await;
    scene.stays_spent(&id, "CANNOT_DISABLE").await;
    assert!(scene.is_usable(&code).await, "neither points nor coupon");
}

/// More redemptions than are looked after at once are stuck: each has its turn.
#[tokio::test]
async fn nobody_waits_for_those_that_stay_stuck() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let full = seed::fill(app.app(), &merchant.create_store("Loja").await, 1).await;
    let db = &app.app().db;
    let input = json!({ "customerId": full.customer, "rewardId": full.reward, "idempotencyKey": "resgate" });
    let payload = merchant.must("redeemReward", "redemption { id }", input).await;
    let id: RedemptionId = text(&payload["redemption"]["id"]).parse().unwrap();
    let one = redemption::Entity::find_by_id(id).one(db).await.unwrap().unwrap();
    let now = app.app().clock.now();
    let stuck = (0..130).map(|minutes| redemption::Model {
        id: app.app().id(),
        requested_at: now - TimeDelta::hours(2) - TimeDelta::minutes(minutes),
        ..one.clone()
    });
    let rows = stuck.map(|row| row.into_active_model().reset_all());
    redemption::Entity::insert_many(rows).exec(db).await.unwrap();
    let woken = async || {
        let woken = redemption::Entity::find().filter(redemption::Column::WokenAt.is_not_null());
        woken.count(db).await.unwrap()
    };
    for expected in [100, 130, 130] {
        service::wake_stuck(app.app()).await.unwrap();
        assert_eq!(woken().await, expected);
    }
}
