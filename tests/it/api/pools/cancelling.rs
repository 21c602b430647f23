//! Cancelling a redemption whose code came from a pool: the code ends in the shop, then the points come back.

use entity::integration;
use fidelidade::run::Halves;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use serde_json::{Value, json};

use crate::api::cancelling::{PRICE, Scene};
use crate::api::seed_pools;
use crate::support::app::{TestApp, eventually};
use crate::support::merchant::PATIENCE;
use crate::support::shop::LOJA_INTEGRADA;

impl Scene<'_> {
    /// What a pool has.
    async fn stock(&self, pool: &str) -> Value {
        let query = "query ($id: ID!) { node(id: $id) { ... on CouponPool { stock { free taken } } } }";
        self.merchant.ask(query, json!({ "id": pool })).await["node"]["stock"].take()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_points_come_back_when_nobody_can_have_used_the_code() {
    let app = TestApp::start().await;
    let scene = Scene::set(&app, &LOJA_INTEGRADA).await;
    let shop = integration::Entity::find_by_id(scene.integration.parse::<entity::IntegrationId>().unwrap());
    let shop = shop.one(&app.app().db).await.unwrap().unwrap();
    let pool = seed_pools::pool(app.app(), &shop, 0).await;
    let codes = json!({ "poolId": pool, "content": "E-1\nE-2\n", "idempotencyKey": "códigos" });
    scene.merchant.must("addCodes", "importRun { id }", codes).await;
    eventually("the codes", PATIENCE, async || {
        let stock = scene.stock(&pool.to_string()).await;
        (stock == json!({ "free": 2, "taken": 0 })).then_some(())
    })
    .await;
    let version = scene.merchant.version(&scene.reward).await;
    let input = json!({ "id": scene.reward, "version": version, "fulfilment": "POOL", "poolId": pool });
    let changed = scene
        .merchant
        .must("updateReward", "reward { fulfilment pool { id } }", input)
        .await;
    assert_eq!(
        changed["reward"],
        json!({ "fulfilment": "POOL", "pool": { "id": pool } })
    );
    let (id, code) = scene.redeemed().await;
    assert_eq!(code, "E-1");
    let told = scene.look(&id).await;
    assert_eq!(
        told["customer"]["balance"],
        json!({ "available": scene.had - PRICE, "reserved": 0 })
    );
    let begun = scene.cancel(&id, "cancela").await;
    assert_eq!(begun["userErrors"], json!([]), "{begun}");
    scene.import().await;
    let told = scene.until(&id, "CANCELLED").await;
    assert_eq!(told["coupon"], json!({ "code": "E-1", "state": "DISABLED" }));
    assert_eq!(
        told["customer"]["balance"],
        json!({ "available": scene.had, "reserved": 0 })
    );
    // Somebody has seen the code: it is not handed out again.
    assert_eq!(scene.stock(&pool.to_string()).await, json!({ "free": 1, "taken": 1 }));
}

/// Where the platform ends no coupons, people do, and say so.
#[tokio::test]
async fn without_the_platforms_help_people_end_the_code_by_hand() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = super::Scene::set(&app, 1, 0).await;
    let pool = scene.pool.parse().unwrap();
    seed_pools::add(app.app(), &scene.integration, pool, "F-1\n").await;
    let reward = scene.reward(100).await;
    let made = scene.redeem(0, &reward, "um").await;
    let mut row = scene.integration.clone().into_active_model();
    row.platform = Set("another".to_owned());
    row.update(&app.app().db).await.unwrap();
    let cancel = async |key: &str, ended: Option<bool>| {
        let mut input = json!({ "redemptionId": made["redemption"]["id"], "idempotencyKey": key });
        if let Some(ended) = ended {
            input["couponEnded"] = ended.into();
        }
        let fields = "redemption { state coupon { state } customer { balance { available } } }";
        scene.owner.call("cancelRedemption", fields, input).await
    };
    for (key, ended) in [("a", None), ("b", Some(false))] {
        let refused = cancel(key, ended).await;
        let error = &refused["userErrors"][0];
        assert_eq!(
            json!([error["code"], error["path"]]),
            json!(["CONFIRMATION_REQUIRED", ["couponEnded"]])
        );
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .contains("end it in the shop by hand"),
            "{error}"
        );
    }
    let begun = cancel("c", Some(true)).await;
    assert_eq!(begun["userErrors"], json!([]), "{begun}");
    // A sale that used it before may still be on its way: the points wait for the next import.
    let waiting = json!({ "state": "CANCELLING", "coupon": { "state": "DISABLED" },
        "customer": { "balance": { "available": 300 } } });
    assert_eq!(begun["redemption"], waiting);
}
