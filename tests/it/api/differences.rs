//! What runs write down when they do things twice, and what repairs do: pages and repairs without a shop.

use entity::coupon::{self, CouponState};
use entity::difference::{self, DifferenceKind, DifferenceState, Repair};
use entity::{integration, order};
use fidelidade::platform::{Discount, PlatformCoupon};
use fidelidade::run::Halves;
use fidelidade::service::import::{self, ImportContext, Lease};
use fidelidade::service::order::{OrderPage, REMOVED};
use fidelidade::service::reconcile::{self, CouponsPage, Looked, OrdersPage};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use serde_json::{Value, json};

use super::actor::Actor;
use super::{seed, seed_differences};
use crate::support::app::TestApp;
use crate::support::merchant::{number, text};

/// A store with a shop, and nobody who works.
async fn scene(app: &TestApp) -> (Actor<'_>, String, integration::Model) {
    let owner = Actor::user(app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let shop = seed::integration(app.app(), &store).await;
    (owner, store, shop)
}

async fn run(app: &TestApp, shop: &integration::Model) -> (ImportContext, Lease) {
    let app = app.app();
    let run = import::start_reconciliation(app, shop.store_id, shop.id, app.clock.now())
        .await
        .unwrap();
    let (run, lease) = import::take(app, run.id, "a test".to_owned()).await.unwrap();
    (ImportContext::load(&app.db, run).await.unwrap(), lease)
}

fn told(code: &str) -> PlatformCoupon {
    PlatformCoupon {
        external_id: "77".to_owned(),
        code: code.to_owned(),
        description: None,
        discount: Some(Discount::Amount(2_500)),
        minimum_order: Some(0),
        valid_until: None,
        active: true,
        times_used: Some(0),
    }
}

#[tokio::test]
async fn a_page_that_is_read_twice_is_told_once() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let (owner, _, shop) = scene(&app).await;
    let (context, lease) = run(&app, &shop).await;
    for _ in 0..2 {
        let page = OrdersPage {
            differing: vec![Looked {
                verdict: (DifferenceKind::OrderNotHere, Repair::ImportOrder),
                shop: Some(seed::sale(app.app(), 1, 1).order),
                books: None,
            }],
            ..OrdersPage::default()
        };
        reconcile::write_orders(app.app(), &context, &lease, page)
            .await
            .unwrap();
        let page = CouponsPage {
            told: vec![(told("fieldesconhecido"), None), (told("BEMVINDO"), None)],
            ..CouponsPage::default()
        };
        reconcile::write_coupons(app.app(), &context, &lease, page)
            .await
            .unwrap();
    }
    let query = "query ($id: ID!) { node(id: $id) { ... on ImportRun { done differences(first: 9) { totalCount nodes {
        kind repair state orderNumber code shop { statusCode total { amount } amount { amount } usable } books { points }
        order { id } coupon { id } } } } } }";
    let found = owner.ask(query, json!({ "id": context.run.id })).await["node"].take();
    assert_eq!(found["done"], 6);
    let expected = json!([
        { "kind": "ORDER_NOT_HERE", "repair": "IMPORT_ORDER", "state": "OPEN", "orderNumber": "00001", "code": null,
          "shop": { "statusCode": "4", "total": { "amount": "115.00" }, "amount": null, "usable": null },
          "books": null, "order": null, "coupon": null },
        { "kind": "COUPON_UNKNOWN", "repair": "LOOK_BY_HAND", "state": "OPEN", "orderNumber": null,
          "code": "FIELDESCONHECIDO",
          "shop": { "statusCode": null, "total": null, "amount": { "amount": "25.00" }, "usable": true },
          "books": null, "order": null, "coupon": null },
    ]);
    assert_eq!(found["differences"]["nodes"], expected);
    assert_eq!(found["differences"]["totalCount"], 2);

    // A worker that lost its run writes nothing.
    let lost = Lease {
        holder: "another".to_owned(),
        ..lease
    };
    let page = CouponsPage {
        told: vec![(told("FIELOUTRO"), None)],
        ..CouponsPage::default()
    };
    reconcile::write_coupons(app.app(), &context, &lost, page)
        .await
        .unwrap_err();
    let found = owner.ask(query, json!({ "id": context.run.id })).await["node"].take();
    assert_eq!(found["differences"]["totalCount"], 2);
}

#[tokio::test]
async fn what_the_shop_last_said_of_a_coupon_shows() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let (owner, store, shop) = scene(&app).await;
    seed::import_sales(app.app(), &shop, seed::sales(app.app(), 0..1, 1)).await;
    seed::import_products(app.app(), &shop, seed::products(0..1)).await;
    let customers = seed::customers(app.app(), shop.store_id).await;
    let rewards = seed::rewards(app.app(), shop.store_id).await;
    let mut row = seed::redeem(app.app(), &customers[0], &rewards[0])
        .await
        .into_active_model();
    (row.state, row.external_id) = (Set(CouponState::Active), Set(Some("77".to_owned())));
    let row = row.update(&app.app().db).await.unwrap();
    let query = "query ($id: ID!) { store(id: $id) { coupons(first: 1) { nodes { inShop {
        present active timesUsed amount { amount } percent minimumOrder { amount } validUntil } } } } }";
    let in_shop =
        async || owner.ask(query, json!({ "id": store })).await["store"]["coupons"]["nodes"][0]["inShop"].take();
    assert_eq!(in_shop().await, Value::Null, "nobody has looked");
    let (context, lease) = run(&app, &shop).await;
    // Its redemption is under way: what becomes of it is decided there.
    let listed = vec![told(&row.code.to_lowercase())];
    let matched = reconcile::matched_coupons(&app.app().db, &context, listed)
        .await
        .unwrap();
    assert_eq!(matched, []);
    let used = PlatformCoupon {
        times_used: Some(1),
        ..told(&row.code)
    };
    let page = CouponsPage {
        told: vec![(used, Some(row.clone()))],
        ..CouponsPage::default()
    };
    reconcile::write_coupons(app.app(), &context, &lease, page)
        .await
        .unwrap();
    let seen = json!({ "present": true, "active": true, "timesUsed": 1, "amount": { "amount": "25.00" },
        "percent": null, "minimumOrder": { "amount": "0.00" }, "validUntil": null });
    assert_eq!(in_shop().await, seen);
    let page = CouponsPage {
        missing: vec![row.clone()],
        ..CouponsPage::default()
    };
    reconcile::write_coupons(app.app(), &context, &lease, page)
        .await
        .unwrap();
    let gone = json!({ "present": false, "active": false, "timesUsed": null, "amount": null,
        "percent": null, "minimumOrder": null, "validUntil": null });
    assert_eq!(in_shop().await, gone);
    // It says that somebody used it and that it is gone: a run only writes down what it saw.
    let now = coupon::Entity::find_by_id(row.id).one(&app.app().db).await.unwrap();
    assert_eq!(now, Some(row));
}

/// A difference of a sale whose repair was asked for.
async fn asked(app: &TestApp, known: &order::Model, full: &seed::Full, repair: Repair) -> difference::Model {
    let found = seed_differences::found(app.app(), full, 0).await;
    let run = entity::import_run::Entity::find_by_id(found.run)
        .one(&app.app().db)
        .await
        .unwrap();
    let row = difference::Model {
        subject: known.external_id.clone(),
        order_id: Some(known.id),
        state: DifferenceState::Applying,
        repair,
        ..seed_differences::row(app.app(), full, &run.unwrap(), 0)
    };
    row.clone().into_active_model().insert(&app.app().db).await.unwrap();
    row
}

#[tokio::test]
async fn a_repair_is_carried_out_once_and_goes_the_way_of_imports() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let (owner, store, _) = scene(&app).await;
    let other = owner.create_store("Segunda").await;
    let full = seed::fill(app.app(), &other, 1).await;
    let shop = seed::integration_of(app.app(), full.integration).await;
    let known = async || {
        let own = order::Entity::in_store(shop.store_id).filter(order::Column::ExternalId.eq("o0"));
        own.one(&app.app().db).await.unwrap().unwrap()
    };
    let state = async |id| {
        let row = difference::Entity::find_by_id(id).one(&app.app().db).await.unwrap();
        row.unwrap().state
    };
    let before = known().await;
    assert_eq!(before.points.0, 100);

    // The sale is worth twice as much, says the shop.
    let asked_for = asked(&app, &before, &full, Repair::ImportOrder).await;
    let mut dearer = seed::sale(app.app(), 0, 0);
    (dearer.order.products, dearer.order.total) = (20_000, 21_500);
    let task = reconcile::task(app.app(), asked_for.id).await.unwrap().unwrap();
    for _ in 0..2 {
        reconcile::import_order(app.app(), &task, dearer.clone()).await.unwrap();
    }
    let after = known().await;
    assert_eq!((after.points.0, after.postings), (200, before.postings + 1));
    assert_eq!(state(asked_for.id).await, DifferenceState::Applied);
    assert!(
        reconcile::task(app.app(), asked_for.id).await.unwrap().is_none(),
        "nobody waits for it any more"
    );

    // The shop has it no more.
    let asked_for = asked(&app, &after, &full, Repair::RevokeOrder).await;
    let task = reconcile::task(app.app(), asked_for.id).await.unwrap().unwrap();
    for _ in 0..2 {
        reconcile::revoke_order(app.app(), &task, &after).await.unwrap();
    }
    let gone = known().await;
    assert_eq!((gone.status_code.as_str(), gone.points.0), (REMOVED, 0));
    assert_eq!(gone.postings, after.postings + 1);
    assert_eq!(
        (gone.customer_id, gone.total_cents),
        (after.customer_id, after.total_cents)
    );

    // Should it show it again, it counts again.
    let page = OrderPage {
        orders: vec![dearer],
        ..OrderPage::default()
    };
    seed::import_sales(app.app(), &shop, page).await;
    let back = known().await;
    assert_eq!((back.status_code.as_str(), back.points.0), (seed::PAID, 200));

    // What could not be carried out is open again, with the reason.
    let asked_for = asked(&app, &back, &full, Repair::ImportOrder).await;
    reconcile::reopen(app.app(), asked_for.id, "the shop is closed")
        .await
        .unwrap();
    let query = "query ($id: ID!) { node(id: $id) { ... on Difference { state message } } }";
    let told = owner.ask(query, json!({ "id": asked_for.id })).await["node"].take();
    assert_eq!(told, json!({ "state": "OPEN", "message": "the shop is closed" }));
    let query = "query ($id: ID!) { store(id: $id) { orders(first: 1) { totalCount } } }";
    let told = owner.ask(query, json!({ "id": store })).await;
    assert_eq!(
        number(&told["store"]["orders"]["totalCount"]),
        0,
        "{}",
        text(&json!(store))
    );
}
