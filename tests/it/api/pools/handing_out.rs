//! A redemption takes a code at once, or nothing happens; the owners are told when few are left.

use entity::{email, event, letter};
use fidelidade::run::Halves;
use fidelidade::service::points;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::Scene;
use crate::api::seed_pools::add;
use crate::support::app::{TestApp, eventually};
use crate::support::mailbox;
use crate::support::merchant::PATIENCE;

#[tokio::test]
async fn a_code_comes_with_the_redemption_and_an_empty_pool_takes_no_points() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app, 1, 0).await;
    let pool = scene.pool.parse().unwrap();
    add(
        app.app(),
        &scene.integration,
        pool,
        "A-1;2099-01-31\nA-2\nA-3;2098-12-31\n",
    )
    .await;
    let reward = scene.reward(100).await;
    let first = scene.redeem(0, &reward, "um").await;
    assert_eq!(first["userErrors"], json!([]));
    let redemption = &first["redemption"];
    assert_eq!(
        json!([redemption["state"], redemption["fulfilment"]]),
        json!(["COMPLETED", "POOL"])
    );
    assert!(redemption["finishedAt"].is_string());
    assert_eq!(
        json!([redemption["coupon"]["code"], redemption["coupon"]["state"]]),
        json!(["A-3", "ACTIVE"])
    );
    assert_eq!(redemption["coupon"]["validUntil"], "2099-01-01T02:59:59+00:00");
    assert_eq!(first["customer"]["balance"], json!({ "available": 300, "reserved": 0 }));
    // The same request again takes nothing; the look-up by code finds the coupon.
    let again = scene.redeem(0, &reward, "um").await;
    assert_eq!(again["redemption"], first["redemption"]);
    let query = r#"query ($id: ID!) { store(id: $id) { coupon(code: "a-3") { redemption { id } } } }"#;
    let found = scene.owner.ask(query, json!({ "id": scene.store })).await;
    assert_eq!(found["store"]["coupon"]["redemption"]["id"], redemption["id"]);
    // Those that end never come last.
    assert_eq!(
        scene.redeem(0, &reward, "dois").await["redemption"]["coupon"]["code"],
        "A-1"
    );
    assert_eq!(
        scene.redeem(0, &reward, "três").await["redemption"]["coupon"]["code"],
        "A-2"
    );

    let query = "query ($customer: ID!, $reward: ID!) { previewRedemption(customerId: $customer, rewardId: $reward) {
        possible steps { code outcome } } }";
    let asked = json!({ "customer": scene.customers[0].id, "reward": reward });
    let preview = scene.owner.ask(query, asked).await["previewRedemption"].take();
    assert_eq!(preview["possible"], false);
    assert_eq!(
        preview["steps"][2],
        json!({ "code": "POOL_STOCK", "outcome": "BLOCKS" })
    );
    let empty = scene.redeem(0, &reward, "quatro").await;
    let error = &empty["userErrors"][0];
    assert_eq!(
        json!([error["code"], error["path"], empty["redemption"]]),
        json!(["POOL_EMPTY", ["rewardId"], null])
    );
    let query = "query ($id: ID!) { node(id: $id) { ... on Customer { balance { available reserved } } } }";
    let told = scene.owner.ask(query, json!({ "id": scene.customers[0].id })).await;
    assert_eq!(told["node"]["balance"], json!({ "available": 100, "reserved": 0 }));
    // The key of what was refused is free.
    add(app.app(), &scene.integration, pool, "A-4\n").await;
    assert_eq!(
        scene.redeem(0, &reward, "quatro").await["redemption"]["coupon"]["code"],
        "A-4"
    );

    let kinds: Vec<String> = event::Entity::find()
        .filter(event::Column::Kind.is_in([
            event::EventKind::RedemptionRequested,
            event::EventKind::CouponActivated,
            event::EventKind::RedemptionFulfilled,
        ]))
        .order_by_asc(event::Column::Id)
        .all(&app.app().db)
        .await
        .unwrap()
        .iter()
        .map(|event| event.kind.name())
        .collect();
    let one = ["redemption.requested", "coupon.activated", "redemption.fulfilled"];
    assert_eq!(kinds, [one; 4].concat());
    let mails = email::Entity::find().filter(email::Column::Kind.eq(email::EmailKind::CouponIssued));
    assert_eq!(mails.all(&app.app().db).await.unwrap().len(), 4);
    let verified = points::verify(app.app(), None, |_| {}).await.unwrap();
    assert_eq!(verified.differences, 0);
}

#[tokio::test]
async fn codes_that_have_ended_are_not_handed_out() {
    let now = "2026-03-01T12:00:00Z".parse().unwrap();
    let clock = fidelidade::clock::Clock::Manual(std::sync::Mutex::new(now));
    let builder = TestApp::builder().halves(Halves::Serve).clock(clock);
    let app = builder.set("access.access_minutes", "100000").start().await;
    let scene = Scene::set(&app, 1, 0).await;
    add(
        app.app(),
        &scene.integration,
        scene.pool.parse().unwrap(),
        "B-1;2026-03-05\nB-2\n",
    )
    .await;
    app.app().clock.advance(chrono::TimeDelta::days(5));
    let stock = json!({ "free": 1, "ended": 1, "taken": 0, "withdrawn": 0 });
    assert_eq!(scene.look().await["stock"], stock);
    let reward = scene.reward(10).await;
    assert_eq!(
        scene.redeem(0, &reward, "um").await["redemption"]["coupon"]["code"],
        "B-2"
    );
    assert_eq!(
        scene.redeem(0, &reward, "dois").await["userErrors"][0]["code"],
        "POOL_EMPTY"
    );
}

/// Letters about pools, and events.
async fn told(app: &TestApp) -> (usize, usize) {
    let letters = letter::Entity::find().filter(letter::Column::Kind.eq(letter::LetterKind::PoolLow));
    let events = event::Entity::find().filter(event::Column::Kind.eq(event::EventKind::CouponPoolLow));
    let db = &app.app().db;
    (
        letters.all(db).await.unwrap().len(),
        events.all(db).await.unwrap().len(),
    )
}

#[tokio::test]
async fn the_owners_are_told_once_when_few_are_left_and_again_after_a_refill() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app, 1, 3).await;
    app.work();
    scene.owner.app.create_user("outra@loja-exemplo.invalid").await;
    scene
        .owner
        .admit(&scene.store, "outra@loja-exemplo.invalid", "MANAGER")
        .await;
    scene.add("um", "C-1\nC-2\nC-3\nC-4\nC-5").await;
    let reward = scene.reward(1).await;
    for key in ["1", "2"] {
        assert_eq!(scene.redeem(0, &reward, key).await["userErrors"], json!([]));
    }
    assert_eq!(scene.look().await["lowSince"], Value::Null);
    assert_eq!(told(&app).await, (0, 0), "three are left");
    for key in ["3", "4"] {
        assert_eq!(scene.redeem(0, &reward, key).await["userErrors"], json!([]));
    }
    assert!(scene.look().await["lowSince"].is_string());
    assert_eq!(told(&app).await, (1, 1), "one owner, once");
    let mail = eventually("the e-mail", PATIENCE, async || {
        let mails = mailbox::read(&app.folder.path().join("mail"));
        mails.into_iter().find(|mail| mail.text.contains("Verão"))
    })
    .await;
    assert_eq!(mail.to, "dona@loja-exemplo.invalid");
    for part in [
        "Seus códigos de cupom estão acabando",
        "Aviso abaixo de",
        "3 códigos",
        &scene.pool,
    ] {
        assert!(mail.text.contains(part), "{part}: {}", mail.text);
    }
    // Too few to be enough; then enough; then few again.
    scene.add("dois", "C-6").await;
    assert!(scene.look().await["lowSince"].is_string());
    scene.add("três", "C-7\nC-8").await;
    assert_eq!(scene.look().await["lowSince"], Value::Null);
    let input = json!({ "poolId": scene.pool, "codes": ["C-7", "C-8"] });
    scene.owner.must("withdrawCodes", "withdrawn", input).await;
    assert_eq!(told(&app).await, (2, 2));
    // Another threshold is another question.
    let pool = scene.look().await;
    let input = json!({ "id": scene.pool, "version": pool["version"], "lowStock": 1 });
    let changed = scene
        .owner
        .must("updateCouponPool", "pool { lowStock lowSince }", input)
        .await;
    assert_eq!(changed["pool"], json!({ "lowStock": 1, "lowSince": null }));
}
