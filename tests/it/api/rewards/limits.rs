//! Limits and times of rewards, one after the other.

use chrono::TimeDelta;
use fidelidade::clock::Clock;
use fidelidade::run::Halves;
use serde_json::{Value, json};

use super::Scene;
use crate::api::seed;
use crate::support::app::TestApp;

/// Noon in São Paulo.
const NOON: &str = "2026-03-10T15:00:00Z";

async fn at_noon() -> TestApp {
    let clock = Clock::Manual(std::sync::Mutex::new(NOON.parse().unwrap()));
    let builder = TestApp::builder().halves(Halves::Serve).clock(clock);
    builder.set("access.access_minutes", "200000").start().await
}

fn pass(app: &TestApp, hours: i64) {
    app.app().clock.advance(TimeDelta::hours(hours));
}

#[tokio::test]
async fn a_customer_redeems_so_often_in_all_and_within_some_days() {
    let app = at_noon().await;
    let scene = Scene::set(&app, 2).await;
    let limits = json!({ "perCustomer": 3, "perPeriod": { "times": 2, "days": 2 } });
    let reward = scene.reward("Sorvete", json!({ "limits": limits })).await;
    assert_eq!(
        scene.look(&reward).await["limits"],
        json!({ "total": null, "perCustomer": 3, "perPeriod": { "times": 2, "days": 2 } })
    );
    let first = scene.redeemed(0, &reward, "1").await;
    pass(&app, 9);
    scene.redeemed(0, &reward, "2").await;
    let full = json!({ "__typename": "RewardLimitReached", "code": "REWARD_LIMIT_REACHED", "path": ["rewardId"],
        "times": 2, "days": 2, "againAt": "2026-03-12T03:00:00+00:00" });
    assert_eq!(scene.refused(0, &reward, "3").await, full);
    let (possible, steps) = scene.tried(0, &reward).await;
    assert!(!possible);
    assert_eq!(steps["CUSTOMER_LIMIT"], json!(["MET", { "used": "2", "times": "3" }]));
    assert_eq!(
        steps["PERIOD_LIMIT"],
        json!(["BLOCKS", { "used": "2", "times": "2", "days": "2", "againAt": "2026-03-12T03:00:00+00:00" }])
    );
    // The refused request spent nothing of its key.
    assert_eq!(scene.refused(0, &reward, "3").await, full);
    // Another customer's are another's.
    scene.redeemed(1, &reward, "of the other").await;
    // What is cancelled does not count.
    assert_eq!(scene.cancel(&first).await, "CANCELLED");
    scene.redeemed(0, &reward, "3").await;
    // Midnight of the second day.
    pass(&app, 27);
    scene.redeemed(0, &reward, "4").await;
    let ever = json!({ "__typename": "RewardLimitReached", "code": "REWARD_LIMIT_REACHED", "path": ["rewardId"],
        "times": 3, "days": null, "againAt": null });
    pass(&app, 240);
    assert_eq!(scene.refused(0, &reward, "5").await, ever);
    let raised = scene.change(&reward, json!({ "limits": {} })).await;
    assert_eq!(
        raised["reward"]["limits"],
        json!({ "total": null, "perCustomer": null, "perPeriod": null })
    );
    scene.redeemed(0, &reward, "5").await;
}

#[tokio::test]
async fn who_was_merged_into_one_is_that_one() {
    let app = at_noon().await;
    let scene = Scene::set(&app, 3).await;
    let reward = scene.reward("Sorvete", json!({ "limits": { "perCustomer": 1 } })).await;
    let first = scene.redeemed(0, &reward, "of the first").await;
    assert_eq!(scene.cancel(&first).await, "CANCELLED");
    let manual = json!({ "fulfilment": "MANUAL", "limits": { "perCustomer": 1 } });
    let reward = scene.reward("Brinde", manual).await;
    let told = scene.redeem(0, &reward, "by hand").await;
    let by_hand = &told["redemption"]["byHand"];
    let input =
        json!({ "id": by_hand["id"], "version": by_hand["version"], "note": "No balcão", "idempotencyKey": "f" });
    scene
        .owner
        .must("fulfilRedemption", "fulfilment { state }", input)
        .await;
    let (from, into) = (scene.customers[0].id, scene.customers[1].id);
    let input = json!({ "fromCustomerId": from, "intoCustomerId": into, "reason": "a mesma", "idempotencyKey": "m" });
    scene.owner.must("mergeCustomers", "customer { id }", input).await;
    for (customer, key) in [(0, "as the one"), (1, "as the other")] {
        let error = scene.refused(customer, &reward, key).await;
        assert_eq!(error["code"], "REWARD_LIMIT_REACHED", "{key}: {error}");
    }
    scene.redeemed(2, &reward, "somebody else").await;
}

#[tokio::test]
async fn places_come_back_with_what_is_cancelled_or_refused() {
    let app = at_noon().await;
    let scene = Scene::set(&app, 1).await;
    let manual = json!({ "fulfilment": "MANUAL", "limits": { "total": 2 } });
    let reward = scene.reward("Brinde", manual).await;
    let left = async || scene.look(&reward).await["remaining"].clone();
    assert_eq!(left().await, 2);
    let one = scene.redeem(0, &reward, "1").await;
    let two = scene.redeemed(0, &reward, "2").await;
    let sold_out = json!({ "__typename": "InputError", "code": "REWARD_SOLD_OUT", "path": ["rewardId"] });
    assert_eq!(
        (scene.refused(0, &reward, "3").await, left().await),
        (sold_out.clone(), json!(0))
    );
    let (possible, steps) = scene.tried(0, &reward).await;
    assert!(!possible);
    assert_eq!(steps["PLACES"], json!(["BLOCKS", { "used": "2", "times": "2" }]));

    let by_hand = &one["redemption"]["byHand"];
    let input =
        json!({ "id": by_hand["id"], "version": by_hand["version"], "reason": "Quebrou", "idempotencyKey": "r" });
    scene
        .owner
        .must("refuseFulfilment", "fulfilment { state }", input)
        .await;
    assert_eq!(left().await, 1);
    // While it waits, and when it is fulfilled.
    assert_eq!((scene.cancel(&two).await, left().await), (json!("CANCELLED"), json!(2)));
    assert_eq!(
        (scene.cancel(&two).await, left().await),
        (json!("CANCELLED"), json!(2)),
        "once"
    );
    let told = scene.redeem(0, &reward, "4").await;
    let by_hand = &told["redemption"]["byHand"];
    let input = json!({ "id": by_hand["id"], "version": by_hand["version"], "note": "Balcão", "idempotencyKey": "f" });
    scene
        .owner
        .must("fulfilRedemption", "fulfilment { state }", input)
        .await;
    assert_eq!(left().await, 1);
    let id = told["redemption"]["id"].as_str().unwrap();
    assert_eq!((scene.cancel(id).await, left().await), (json!("CANCELLED"), json!(2)));

    // Below what stands: nothing is left, and nothing is taken away.
    scene.redeemed(0, &reward, "5").await;
    scene.redeemed(0, &reward, "6").await;
    let lowered = scene.change(&reward, json!({ "limits": { "total": 1 } })).await;
    assert_eq!(lowered["reward"]["remaining"], 0);
    assert_eq!(scene.refused(0, &reward, "7").await, sold_out);
    // Without a limit nothing is counted; with one again, what stands is.
    let free = scene.change(&reward, json!({ "limits": {} })).await;
    assert_eq!(free["reward"]["remaining"], Value::Null);
    scene.redeemed(0, &reward, "7").await;
    let again = scene.change(&reward, json!({ "limits": { "total": 5 } })).await;
    assert_eq!(again["reward"]["remaining"], 2);
}

/// What the shop refuses gives its place back; the worker tells it.
#[tokio::test]
async fn a_place_comes_back_when_the_shop_refuses() {
    let app = at_noon().await;
    let scene = Scene::set(&app, 1).await;
    let reward = scene
        .reward("Desconto", json!({ "limits": { "total": 1, "perCustomer": 1 } }))
        .await;
    let id = scene.redeemed(0, &reward, "1").await;
    assert_eq!(scene.look(&reward).await["remaining"], 0);
    let attempt = fidelidade::service::redemption::begin_attempt(app.app(), id.parse().unwrap()).await;
    let attempt = attempt.unwrap().unwrap();
    let failed = fidelidade::service::redemption::fail(app.app(), &attempt, "REFUSED", "no such thing").await;
    assert!(failed.unwrap());
    assert_eq!(scene.look(&reward).await["remaining"], 1);
    scene.redeemed(0, &reward, "2").await;
}

#[tokio::test]
async fn a_reward_has_its_time() {
    let app = at_noon().await;
    let scene = Scene::set(&app, 1).await;
    let time = json!({ "from": "2026-03-10T16:00:00Z", "until": "2026-03-10T18:00:00Z" });
    let reward = scene.reward("Da tarde", json!({ "availability": time })).await;
    let other = scene.reward("De sempre", json!({})).await;
    let error = json!({ "__typename": "RewardNotAvailable", "code": "REWARD_NOT_AVAILABLE", "path": ["rewardId"],
        "availableFrom": "2026-03-10T16:00:00+00:00", "availableUntil": "2026-03-10T18:00:00+00:00" });
    let listed = async |at: &str| {
        let query = "query ($id: ID!, $at: DateTime!) { store(id: $id) {
            rewards(first: 9, where: { availableAt: $at }, orderBy: POSITION_ASC) { nodes { name } } } }";
        let told = scene.owner.ask(query, json!({ "id": scene.store, "at": at })).await;
        told["store"]["rewards"]["nodes"].clone()
    };
    let (both, one) = (
        json!([{ "name": "Da tarde" }, { "name": "De sempre" }]),
        json!([{ "name": "De sempre" }]),
    );
    assert_eq!(scene.refused(0, &reward, "early").await, error);
    let (possible, steps) = scene.tried(0, &reward).await;
    assert!(!possible);
    let values = json!({ "from": "2026-03-10T16:00:00+00:00", "until": "2026-03-10T18:00:00+00:00" });
    assert_eq!(steps["AVAILABILITY"], json!(["BLOCKS", values]));
    assert_eq!(listed("2026-03-10T15:59:59Z").await, one);
    assert_eq!(listed("2026-03-10T16:00:00Z").await, both);
    pass(&app, 1);
    scene.redeemed(0, &reward, "in time").await;
    assert_eq!(scene.tried(0, &reward).await.1["AVAILABILITY"], json!(["MET", values]));
    pass(&app, 2);
    assert_eq!(listed("2026-03-10T18:00:00Z").await, one);
    assert_eq!(scene.refused(0, &reward, "late").await, error);
    // Asked again with the same key, what was redeemed in time is what it was.
    scene.redeemed(0, &reward, "in time").await;
    let longer = scene
        .change(&reward, json!({ "availability": { "from": "2026-03-10T16:00:00Z" } }))
        .await;
    assert_eq!(longer["reward"]["availableUntil"], Value::Null);
    scene.redeemed(0, &reward, "late").await;
    assert_eq!(
        scene.tried(0, &other).await.1.get("AVAILABILITY"),
        None,
        "it has no time of its own"
    );
}

/// A product's reward follows the feed, but for what the merchant set.
#[tokio::test]
async fn limits_of_a_product_outlive_its_feed() {
    let app = at_noon().await;
    let scene = Scene::set(&app, 1).await;
    let feed = || {
        let mut page = seed::products(0..2);
        for (number, product) in page.products.iter_mut().enumerate() {
            product.product_type = Some("Roupas >  Camisetas".to_owned());
            product.image_link = Some(format!("https://cdn.loja-exemplo.com.br/{number}.jpg"));
        }
        page
    };
    seed::import_products(app.app(), &scene.shop, feed()).await;
    let rewards = seed::rewards(app.app(), scene.shop.store_id).await;
    let reward = rewards[0].id.to_string();
    let told = scene.look(&reward).await;
    assert_eq!(
        (&told["category"], &told["imageUrl"]),
        (
            &json!("Roupas >  Camisetas"),
            &json!("https://cdn.loja-exemplo.com.br/0.jpg")
        )
    );
    let more = json!({ "limits": { "total": 1 }, "imageUrl": "https://loja-exemplo.com.br/melhor.png",
        "availability": { "until": "2027-01-01T00:00:00Z" } });
    assert_eq!(scene.change(&reward, more).await["userErrors"], json!([]));
    let refused = scene.change(&reward, json!({ "category": "Outra" })).await;
    assert_eq!(refused["userErrors"][0]["code"], "FOLLOWS_FEED");
    let mut dearer = feed();
    for product in &mut dearer.products {
        product.price.cents = 2_000;
        product.product_type = Some("Roupas".to_owned());
    }
    seed::import_products(app.app(), &scene.shop, dearer).await;
    let told = scene.look(&reward).await;
    assert_eq!(
        told,
        json!({ "id": reward, "name": "Produto 0", "category": "Roupas", "position": 1, "version": 3,
            "imageUrl": "https://loja-exemplo.com.br/melhor.png", "remaining": 1,
            "availableFrom": null, "availableUntil": "2027-01-01T00:00:00+00:00",
            "limits": { "total": 1, "perCustomer": null, "perPeriod": null } })
    );
    let back = scene.change(&reward, json!({ "imageUrl": "" })).await;
    assert_eq!(back["reward"]["imageUrl"], "https://cdn.loja-exemplo.com.br/0.jpg");
}
