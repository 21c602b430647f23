//! `cancelRedemption`: the coupon ends in the shop first, then the points come back, whatever goes wrong.

use entity::ledger_entry::{self, EntryKind, SourceKind};
use entity::{RedemptionId, coupon, integration, redemption};
use fidelidade::run::Halves;
use fidelidade::service::redemption as service;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Set};
use serde_json::{Value, json};

use super::actor::Actor;
use super::seed;
use crate::support::app::{TestApp, eventually};
use crate::support::merchant::{PATIENCE, number, text};
use crate::support::shop::{LOJA_INTEGRADA, MAGAZORD, Shop};

pub(super) const PRICE: i64 = 20;
pub(super) const REDEMPTION: &str =
    "redemption { id state failureCode failureMessage cancelRequestedAt cancelledAt finishedAt
    coupon { code state } customer { id balance { available reserved } } }";

/// A store that is connected with a shop, and a customer with a coupon.
pub(super) struct Scene<'a> {
    pub(super) app: &'a TestApp,
    pub(super) shop: &'static Shop,
    pub(super) merchant: Actor<'a>,
    pub(super) integration: String,
    customer: String,
    pub(super) reward: String,
    /// What the customer had before.
    pub(super) had: i64,
}

impl<'a> Scene<'a> {
    pub(super) async fn set(app: &'a TestApp, shop: &'static Shop) -> Self {
        let merchant = Actor::user(app, "dona@loja-exemplo.invalid").await;
        let store = merchant.create_store("Loja").await;
        let integration = merchant.connect(&store, shop).await;
        merchant.fill_in(&integration, shop).await;
        merchant.activate(&integration).await;
        let rich =
            "query ($id: ID!) { store(id: $id) { customers(first: 100) { nodes { id balance { available } } } } }";
        let done =
            "query ($id: ID!) { node(id: $id) { ... on Integration { importRuns(first: 1) { nodes { state } } } } }";
        eventually("the first import", PATIENCE, async || {
            let told = merchant.ask(done, json!({ "id": integration })).await;
            (told["node"]["importRuns"]["nodes"][0]["state"] == "SUCCEEDED").then_some(())
        })
        .await;
        let told = merchant.ask(rich, json!({ "id": store })).await;
        let customers = told["store"]["customers"]["nodes"].as_array().unwrap().clone();
        let richest = customers
            .into_iter()
            .max_by_key(|one| number(&one["balance"]["available"]))
            .unwrap();
        let reward = json!({
            "integrationId": integration, "kind": "AMOUNT_OFF", "amount": "10.00", "name": "R$ 10", "points": PRICE,
            "idempotencyKey": "prêmio",
        });
        let reward = text(&merchant.must("createReward", "reward { id }", reward).await["reward"]["id"]);
        Self {
            app,
            shop,
            merchant,
            integration,
            customer: text(&richest["id"]),
            reward,
            had: number(&richest["balance"]["available"]),
        }
    }

    pub(super) async fn redeem(&self) -> String {
        let input = json!({ "customerId": self.customer, "rewardId": self.reward, "idempotencyKey": "resgate" });
        let payload = self.merchant.must("redeemReward", "redemption { id }", input).await;
        text(&payload["redemption"]["id"])
    }

    pub(super) async fn look(&self, id: &str) -> Value {
        let query = format!(
            "query ($id: ID!) {{ node(id: $id) {{ ... on Redemption {{ {} }} }} }}",
            REDEMPTION.trim_start_matches("redemption {").trim_end_matches('}')
        );
        self.merchant.ask(&query, json!({ "id": id })).await["node"].take()
    }

    /// Waits until the redemption is in a state.
    pub(super) async fn until(&self, id: &str, state: &str) -> Value {
        eventually(state, PATIENCE, async || {
            let told = self.look(id).await;
            (told["state"] == state).then_some(told)
        })
        .await
    }

    /// A redemption whose coupon exists, and its code.
    pub(super) async fn redeemed(&self) -> (String, String) {
        let id = self.redeem().await;
        let told = self.until(&id, "COMPLETED").await;
        (id, text(&told["coupon"]["code"]))
    }

    pub(super) async fn cancel(&self, id: &str, key: &str) -> Value {
        let input = json!({ "redemptionId": id, "reason": "desistiu", "idempotencyKey": key });
        self.merchant.call("cancelRedemption", REDEMPTION, input).await
    }

    /// Imports the shop's sales.
    pub(super) async fn import(&self) {
        let input = json!({ "integrationId": self.integration });
        // One that is under way may have passed the newest sale already.
        let run = eventually("an import that begins now", PATIENCE, async || {
            let payload = self
                .merchant
                .call("startImport", "importRun { id }", input.clone())
                .await;
            payload["importRun"]["id"].as_str().map(str::to_owned)
        });
        let run = run.await;
        let done = "query ($id: ID!) { node(id: $id) { ... on ImportRun { state } } }";
        eventually("the import", PATIENCE, async || {
            let told = self.merchant.ask(done, json!({ "id": run })).await;
            (told["node"]["state"] == "SUCCEEDED").then_some(())
        })
        .await;
    }

    /// Whether the shop takes the coupon at its checkout.
    pub(super) async fn is_usable(&self, code: &str) -> bool {
        let truth = self.app.sandbox.truth(self.shop.kind).await;
        let basket = json!({
            "coupon_code": code, "customer": self.buyer(&truth).await, "products_cents": 20_000,
            "status": self.shop.paid,
        });
        self.app.sandbox.checkout(self.shop.kind, &basket).await.is_ok()
    }

    /// The customer's id in the shop.
    async fn buyer(&self, truth: &crate::support::truth::Truth) -> u64 {
        let query = "query ($id: ID!) { node(id: $id) { ... on Customer { orders(first: 1) { nodes { number } } } } }";
        let told = self.merchant.ask(query, json!({ "id": self.customer })).await;
        let number = text(&told["node"]["orders"]["nodes"][0]["number"]);
        truth.order(&number).person.external_id
    }

    /// What the redemption wrote to the ledger.
    pub(super) async fn entries(&self, id: &str) -> Vec<(EntryKind, i64)> {
        use sea_orm::ExprTrait as _;

        let id: RedemptionId = id.parse().unwrap();
        let own = ledger_entry::Column::SourceKind
            .eq(SourceKind::Redemption)
            .and(ledger_entry::Column::SourceId.eq(id.0));
        let rows = ledger_entry::Entity::find()
            .filter(own)
            .order_by_asc(ledger_entry::Column::Sequence)
            .all(&self.app.app().db)
            .await
            .unwrap();
        rows.into_iter().map(|row| (row.kind, row.points.0)).collect()
    }

    /// The coupon is dead and the points are back, once.
    pub(super) async fn is_undone(&self, id: &str, code: &str) {
        let told = self.until(id, "CANCELLED").await;
        assert_eq!(told["coupon"]["state"], "DISABLED");
        assert!(
            told["cancelledAt"].is_string() && told["failureCode"].is_null(),
            "{told}"
        );
        let balance = &told["customer"]["balance"];
        assert_eq!(*balance, json!({ "available": self.had, "reserved": 0 }));
        let spent_and_back = [
            (EntryKind::Reserve, -PRICE),
            (EntryKind::Capture, 0),
            (EntryKind::Refund, PRICE),
        ];
        assert_eq!(self.entries(id).await, spent_and_back);
        assert!(!self.is_usable(code).await, "points and coupon");
    }

    /// The customer has the discount, and not the points.
    pub(super) async fn stays_spent(&self, id: &str, reason: &str) {
        let told = self.until(id, "COMPLETED").await;
        assert_eq!(told["failureCode"], reason, "{told}");
        let spent = [(EntryKind::Reserve, -PRICE), (EntryKind::Capture, 0)];
        assert_eq!(self.entries(id).await, spent);
    }
}

/// Both platforms, a test each.
macro_rules! in_both_shops {
    ($($name:ident)*) => {$(
        mod $name {
            use crate::support::shop;

            #[tokio::test]
            async fn magazord() {
                super::$name(&shop::MAGAZORD).await;
            }

            #[tokio::test]
            async fn loja_integrada() {
                super::$name(&shop::LOJA_INTEGRADA).await;
            }
        }
    )*};
}

pub(super) use in_both_shops;

in_both_shops! { comes_back answer_lost_on_ending used_meanwhile refused_by_the_shop }

async fn comes_back(shop: &'static Shop) {
    let app = TestApp::start().await;
    let scene = Scene::set(&app, shop).await;
    let (id, code) = scene.redeemed().await;
    let first = scene.cancel(&id, "cancelar").await;
    assert_eq!(first["userErrors"], json!([]));
    let state = text(&first["redemption"]["state"]);
    assert!(state == "CANCELLING" || state == "CANCELLED", "{first}");
    assert!(first["redemption"]["cancelRequestedAt"].is_string());
    scene.is_undone(&id, &code).await;
    // Again, with the same key and with another.
    for key in ["cancelar", "outra vez"] {
        let again = scene.cancel(&id, key).await;
        assert_eq!(
            (&again["userErrors"], &again["redemption"]["state"]),
            (&json!([]), &json!("CANCELLED"))
        );
    }
    scene.is_undone(&id, &code).await;
}

async fn answer_lost_on_ending(shop: &'static Shop) {
    let app = TestApp::start().await;
    let scene = Scene::set(&app, shop).await;
    let (id, code) = scene.redeemed().await;
    let faults = json!({ "lose_coupon_changes": { "first": 2 } });
    app.sandbox.faults(faults).await;
    scene.cancel(&id, "cancelar").await;
    scene.is_undone(&id, &code).await;
}

/// The sale came before the end, and is imported after it: nobody has both.
async fn used_meanwhile(shop: &'static Shop) {
    let app = TestApp::start().await;
    let scene = Scene::set(&app, shop).await;
    let (id, code) = scene.redeemed().await;
    assert!(scene.is_usable(&code).await, "a coupon that was paid for");
    let told = scene.cancel(&id, "cancelar").await;
    assert_eq!(told["userErrors"], json!([]), "nobody here knows of the sale yet");
    scene.stays_spent(&id, "COUPON_USED").await;
    let coupon = eventually("the sale", PATIENCE, async || {
        let told = scene.look(&id).await;
        (told["coupon"]["state"] == "USED").then_some(told)
    });
    coupon.await;
    let refused = scene.cancel(&id, "de novo").await;
    assert_eq!(refused["userErrors"][0]["code"], "COUPON_USED");
}

async fn refused_by_the_shop(shop: &'static Shop) {
    let app = TestApp::start().await;
    let scene = Scene::set(&app, shop).await;
    let (id, code) = scene.redeemed().await;
    let faults = json!({ "refuse_coupon_changes": "cupom bloqueado" });
    app.sandbox.faults(faults).await;
    scene.cancel(&id, "cancelar").await;
    scene.stays_spent(&id, "CANNOT_DISABLE").await;
    // It can be tried again, when the shop allows it.
    app.sandbox.faults(json!({ "refuse_coupon_changes": null })).await;
    scene.cancel(&id, "agora sim").await;
    scene.is_undone(&id, &code).await;
}

#[tokio::test]
async fn a_panel_that_cannot_end_coupons_keeps_them() {
    let app = TestApp::start().await;
    let scene = Scene::set(&app, &MAGAZORD).await;
    let (id, code) = scene.redeemed().await;
    let fails = json!({ "coupon_patch": "fails" });
    app.sandbox.switches(MAGAZORD.kind, &fails).await;
    scene.cancel(&id, "cancelar").await;
    scene.stays_spent(&id, "CANNOT_DISABLE").await;
    assert!(scene.is_usable(&code).await, "neither points nor coupon");
}

/// The shop made the coupon and the answer was lost: whoever cancels meanwhile is heard when it is known.
#[tokio::test]
async fn a_wish_is_kept_while_it_is_unknown_what_became_of_the_coupon() {
    let app = TestApp::start().await;
    let scene = Scene::set(&app, &LOJA_INTEGRADA).await;
    let faults = json!({ "lose_coupon_answers": { "first": 1 }, "malformed_percent": 100 });
    app.sandbox.faults(faults).await;
    let id = scene.redeem().await;
    eventually("an attempt whose end is unknown", PATIENCE, async || {
        let id: RedemptionId = id.parse().unwrap();
        let own = coupon::Entity::find().filter(coupon::Column::RedemptionId.eq(id));
        let row = own.one(&app.app().db).await.unwrap().unwrap();
        row.outcome_unknown.then_some(())
    })
    .await;
    let told = scene.cancel(&id, "cancelar").await;
    assert_eq!(
        (&told["userErrors"], &told["redemption"]["state"]),
        (&json!([]), &json!("REQUESTED"))
    );
    app.sandbox.faults(json!({ "malformed_percent": 0 })).await;
    let told = scene.until(&id, "CANCELLED").await;
    scene.is_undone(&id, &text(&told["coupon"]["code"])).await;
}

/// Cancelled before a worker looked: the shop is never asked.
#[tokio::test]
async fn what_was_not_sent_never_is() {
    let mut app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let full = seed::fill(app.app(), &merchant.create_store("Loja").await, 1).await;
    // The seed's sale has "used" its coupon: another one.
    let balance = "query ($id: ID!) { node(id: $id) { ... on Customer { balance { available reserved } } } }";
    let customer = json!({ "id": full.customer });
    let before = merchant.ask(balance, customer.clone()).await;
    let input = json!({ "customerId": full.customer, "rewardId": full.reward, "idempotencyKey": "resgate" });
    let payload = merchant.must("redeemReward", "redemption { id }", input).await;
    let id = text(&payload["redemption"]["id"]);
    // What a worker knows that is about to send.
    let mut attempt = service::begin_attempt(app.app(), id.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    let input = json!({ "redemptionId": id, "idempotencyKey": "cancelar" });
    let (one, two) = tokio::join!(
        merchant.must("cancelRedemption", REDEMPTION, input.clone()),
        merchant.must("cancelRedemption", REDEMPTION, input)
    );
    assert_eq!(one, two);
    assert_eq!(
        (&one["redemption"]["state"], &one["redemption"]["coupon"]["state"]),
        (&json!("CANCELLED"), &json!("DISABLED"))
    );
    assert_eq!(merchant.ask(balance, customer).await, before);
    assert!(
        !attempt.about_to_send(app.app()).await.unwrap(),
        "the worker comes too late"
    );
    let ended = service::begin_attempt(app.app(), id.parse().unwrap()).await.unwrap();
    assert!(ended.is_none());
    app.stop().await;
}

/// A worker that noted that it sends comes first: the wish is kept, the points stay held.
#[tokio::test]
async fn what_was_sent_is_waited_for() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let full = seed::fill(app.app(), &merchant.create_store("Loja").await, 1).await;
    let input = json!({ "customerId": full.customer, "rewardId": full.reward, "idempotencyKey": "resgate" });
    let payload = merchant.must("redeemReward", "redemption { id }", input).await;
    let id = text(&payload["redemption"]["id"]);
    let mut attempt = service::begin_attempt(app.app(), id.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert!(attempt.about_to_send(app.app()).await.unwrap());
    let input = json!({ "redemptionId": id, "idempotencyKey": "cancelar" });
    let told = merchant.must("cancelRedemption", REDEMPTION, input).await;
    assert_eq!(told["redemption"]["state"], "REQUESTED");
    assert!(told["redemption"]["cancelRequestedAt"].is_string());
    // The shop refuses: the points come back as they would have, and there is nothing left to cancel.
    service::fail(app.app(), &attempt, "SHOP_REFUSED", "limite")
        .await
        .unwrap();
    let input = json!({ "redemptionId": id, "idempotencyKey": "de novo" });
    let refused = merchant.call("cancelRedemption", REDEMPTION, input).await;
    assert_eq!(refused["userErrors"][0]["code"], "REDEMPTION_FAILED");
}

/// A platform that cannot end a coupon, until the coupon ends by itself.
#[tokio::test]
async fn without_the_platforms_help_only_what_has_ended_is_cancelled() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let full = seed::fill(app.app(), &merchant.create_store("Loja").await, 1).await;
    let db = &app.app().db;
    let input = json!({ "customerId": full.customer, "rewardId": full.reward, "idempotencyKey": "resgate" });
    let payload = merchant.must("redeemReward", "redemption { id }", input).await;
    let id: RedemptionId = text(&payload["redemption"]["id"]).parse().unwrap();
    let row = redemption::Entity::find_by_id(id).one(db).await.unwrap().unwrap();
    let mut row = row.into_active_model();
    row.state = Set(redemption::RedemptionState::Completed);
    row.update(db).await.unwrap();
    let own = coupon::Entity::find().filter(coupon::Column::RedemptionId.eq(id));
    let coupon_row = own.one(db).await.unwrap().unwrap();
    let mut row = coupon_row.clone().into_active_model();
    row.state = Set(coupon::CouponState::Active);
    row.update(db).await.unwrap();
    let shop = seed::integration_of(app.app(), full.integration).await;
    let mut row = shop.clone().into_active_model();
    row.platform = Set("jet".to_owned());
    row.update(db).await.unwrap();

    let cancel = async |key: &str| {
        let input = json!({ "redemptionId": id, "idempotencyKey": key });
        merchant.call("cancelRedemption", REDEMPTION, input).await
    };
    let refused = cancel("um").await;
    assert_eq!(refused["userErrors"][0]["code"], "UNSUPPORTED");
    assert!(text(&refused["userErrors"][0]["message"]).contains("cannot make a coupon unusable"));
    let mut row = coupon_row.into_active_model();
    row.valid_until = Set(app.app().clock.now() - chrono::TimeDelta::days(1));
    row.update(db).await.unwrap();
    let mut row = integration::Entity::find_by_id(shop.id)
        .one(db)
        .await
        .unwrap()
        .unwrap()
        .into_active_model();
    row.register_sales = Set(false);
    row.update(db).await.unwrap();
    let refused = cancel("dois").await;
    assert!(text(&refused["userErrors"][0]["message"]).contains("switch its sales on first"));
    let mut row = shop.into_active_model();
    row.register_sales = Set(true);
    row.update(db).await.unwrap();
    let told = cancel("três").await;
    assert_eq!(told["redemption"]["state"], "CANCELLING", "{told}");
}
