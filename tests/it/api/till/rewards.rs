//! What a till can offer: the rewards that can be redeemed now.

use entity::integration;
use fidelidade::run::Halves;
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::{Value, json};

use super::{Till, token};
use crate::api::actor::Actor;
use crate::api::{seed, seed_pools};
use crate::support::app::TestApp;
use crate::support::merchant::text;

impl Till<'_> {
    /// Makes a reward that the staff see to; gives its id.
    async fn reward(&self, shop: &integration::Model, name: &str, more: Value) -> String {
        let mut input = json!({ "integrationId": shop.id, "kind": "PERCENT_OFF", "percent": "12.5", "name": name,
            "points": 50, "fulfilment": "MANUAL", "idempotencyKey": name });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        text(&self.owner.must("createReward", "reward { id }", input).await["reward"]["id"])
    }

    /// The names of a page, and what the next one goes on from.
    async fn page(&self, more: &str) -> (Vec<String>, Value) {
        let (status, body) = self.get(&format!("/rewards?source={}{more}", self.source)).await;
        assert_eq!(status, 200, "{body}");
        let names = body["rewards"].as_array().unwrap().iter();
        (names.map(|one| text(&one["name"])).collect(), body["next"].clone())
    }

    async fn refused(&self, path: &str) -> (u16, Value) {
        let (status, body) = self.get(path).await;
        (status, body["code"].clone())
    }
}

#[tokio::test]
async fn a_till_sees_what_can_be_redeemed_now_in_the_merchants_order() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let mut till = Till::open(&app).await;
    assert_eq!(till.page("").await, (Vec::new(), Value::Null));
    let shop = seed::integration(app.app(), &till.store).await;
    let first = till
        .reward(
            &shop,
            "Café",
            json!({ "minimumOrder": "30.00", "category": "Bebidas", "description": "Um café" }),
        )
        .await;
    let second = till.reward(&shop, "Bolo", json!({ "limits": { "total": 2 } })).await;
    let off = till.reward(&shop, "Desligado", json!({})).await;
    let over = till.reward(&shop, "Ontem", json!({})).await;
    let sold = till
        .reward(&shop, "Esgotado", json!({ "limits": { "total": 1 } }))
        .await;
    let now = app.app().clock.now();
    for (id, change) in [(&off, "off"), (&over, "over"), (&sold, "sold")] {
        let id: entity::RewardId = id.parse().unwrap();
        let rewards = seed::rewards(app.app(), till.store.parse().unwrap()).await;
        let mut row = rewards
            .into_iter()
            .find(|row| row.id == id)
            .unwrap()
            .into_active_model();
        match change {
            "off" => row.active = Set(false),
            "over" => row.available_until = Set(Some(now)),
            _ => row.places_taken = Set(1),
        }
        row.update(&app.app().db).await.unwrap();
    }
    assert_eq!(till.page("").await.0, ["Café", "Bolo"]);
    let (_, told) = till.get(&format!("/rewards?source={}", till.source)).await;
    assert_eq!(
        told["rewards"],
        json!([
            { "rewardId": first, "name": "Café", "description": "Um café", "category": "Bebidas", "points": 50,
              "kind": "percent_off", "percent": "12.50", "minimumOrder": "30.00", "fulfilment": "manual" },
            { "rewardId": second, "name": "Bolo", "points": 50, "kind": "percent_off", "percent": "12.50",
              "fulfilment": "manual", "placesLeft": 2 },
        ])
    );

    // Page by page, and in another order once the merchant says so.
    assert_eq!(till.page("&first=1").await, (vec!["Café".to_owned()], json!(first)));
    assert_eq!(
        till.page(&format!("&first=1&after={first}")).await,
        (vec!["Bolo".to_owned()], Value::Null)
    );
    let places = json!({ "storeId": till.store, "rewards": [
        { "rewardId": second, "position": 1 }, { "rewardId": first, "position": 2 }] });
    till.owner.must("setRewardPositions", "rewards { id }", places).await;
    assert_eq!(till.page("&first=1").await, (vec!["Bolo".to_owned()], json!(second)));
    assert_eq!(till.page(&format!("&after={second}")).await.0, ["Café"]);

    // A page of somebody else's is none, and whoever may not redeem sees nothing.
    let other = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let elsewhere = other.create_store("Outra").await;
    let foreign = other.source(&elsewhere, "Caixa").await;
    let own = till.source.clone();
    for (query, expected) in [
        (format!("source={foreign}"), (404, json!("NOT_FOUND"))),
        (
            format!("source={own}&after=reward_00000000000000000000000000"),
            (404, json!("NOT_FOUND")),
        ),
        (format!("source={own}&after=x"), (404, json!("NOT_FOUND"))),
        (format!("source={own}&first=0"), (422, json!("INVALID"))),
        (format!("source={own}&first=101"), (422, json!("INVALID"))),
        (format!("source={own}&first=dez"), (422, json!("INVALID"))),
        (format!("source={own}&page=2"), (422, json!("INVALID"))),
        (format!("source={own}&source={own}"), (400, json!("BAD_REQUEST"))),
        (String::new(), (422, json!("INVALID"))),
    ] {
        assert_eq!(till.refused(&format!("/rewards?{query}")).await, expected, "{query}");
    }
    let of_other = other.source(&elsewhere, "Outro caixa").await;
    let theirs = token(&other, &elsewhere, &["redemptions:with_code"]).await;
    let (mine, path) = (till.token.clone(), format!("/rewards?source={own}"));
    for (token, expected) in [
        (theirs.as_str(), (404, json!("NOT_FOUND"))),
        ("fat_x", (401, json!("INVALID_TOKEN"))),
    ] {
        token.clone_into(&mut till.token);
        assert_eq!(till.refused(&path).await, expected);
    }
    till.token = token(&till.owner, &till.store, &["orders:write"]).await;
    assert_eq!(till.refused(&path).await, (403, json!("FORBIDDEN")));
    till.token = mine;
    assert_eq!(till.refused(&format!("/rewards?source={of_other}")).await.0, 404);
}

#[tokio::test]
async fn a_reward_without_codes_or_of_a_shop_that_is_off_is_not_offered() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let till = Till::open(&app).await;
    let shop = seed::integration(app.app(), &till.store).await;
    let pool = seed_pools::pool(app.app(), &shop, 0).await;
    let of_pool = json!({ "fulfilment": "POOL", "poolId": pool });
    till.reward(&shop, "De um lote", of_pool).await;
    till.reward(&shop, "À mão", json!({})).await;
    assert_eq!(till.page("").await.0, ["À mão"]);
    seed_pools::add(app.app(), &shop, pool, &seed_pools::codes("CAIXA", 1)).await;
    assert_eq!(till.page("").await.0, ["De um lote", "À mão"]);
    let all = json!({ "poolId": pool, "allFree": true });
    till.owner.must("withdrawCodes", "withdrawn", all).await;
    assert_eq!(till.page("").await.0, ["À mão"]);

    let off = json!({ "id": shop.id });
    till.owner
        .must("deactivateIntegration", "integration { active }", off)
        .await;
    assert!(till.page("").await.0.is_empty());
}
