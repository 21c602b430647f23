//! Tokens that open nothing any more, or never did.

use chrono::TimeDelta;
use fidelidade::clock::Clock;
use fidelidade::run::Halves;
use serde_json::{Value, json};

use crate::api::actor::Actor;
use crate::api::seed;
use crate::support::app::TestApp;
use crate::support::merchant::text;

const WHO: &str = "{ viewer { id } }";

async fn is_refused(actor: &Actor<'_>) {
    let (status, answer) = actor.status(WHO).await;
    assert_eq!(
        (status, answer["errors"][0]["extensions"]["code"].as_str()),
        (401, Some("INVALID_TOKEN")),
        "{answer}"
    );
}

#[tokio::test]
async fn tokens_end_when_they_are_revoked() {
    let app = TestApp::start().await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let input = json!({ "storeId": store, "name": "ERP", "scopes": ["store:read"] });
    let made = owner
        .must("createApiToken", "secret token { id hint lastUsedAt revokedAt }", input)
        .await;
    let (token, secret) = (&made["token"], text(&made["secret"]));
    assert!(
        secret.starts_with("fat_") && secret.ends_with(&text(&token["hint"])),
        "{made}"
    );
    let partner = Actor::with(&app, &secret);
    assert_eq!(partner.ask(WHO, json!({})).await["viewer"]["id"], token["id"]);

    let revoke = || owner.must("revokeApiToken", "revoked", json!({ "id": token["id"] }));
    assert_eq!(revoke().await["revoked"], true);
    is_refused(&partner).await;
    assert_eq!(revoke().await["revoked"], false, "it was revoked before");
}

/// An answer that was lost is not answered twice with the secret, and no second token is made.
#[tokio::test]
async fn a_token_is_made_once_for_a_key() {
    let app = TestApp::start().await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let input = json!({ "storeId": store, "name": "ERP", "scopes": ["store:read"], "idempotencyKey": "erp" });
    let made = owner.must("createApiToken", "secret token { id }", input.clone()).await;
    let again = owner.must("createApiToken", "secret token { id }", input).await;
    assert!(made["secret"].is_string() && again["secret"].is_null(), "{again}");
    assert_eq!(again["token"], made["token"]);
    let query = "query ($id: ID!) { store(id: $id) { tokens: apiTokens(first: 9) { totalCount } } }";
    let told = owner.ask(query, json!({ "id": store })).await;
    assert_eq!(told["store"]["tokens"]["totalCount"], 1);
}

#[tokio::test]
async fn tokens_and_sessions_end_at_their_time() {
    let now = Clock::System.now();
    let app = TestApp::builder()
        .halves(Halves::Serve)
        .clock(Clock::Manual(now.into()))
        .start()
        .await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let input =
        json!({ "storeId": store, "name": "ERP", "scopes": ["store:read"], "expiresAt": now + TimeDelta::minutes(5) });
    let partner = Actor::with(
        &app,
        &text(&owner.must("createApiToken", "secret", input).await["secret"]),
    );
    for (minutes, partners, owners) in [(4, true, true), (1, false, true), (9, false, true), (1, false, false)] {
        app.app().clock.advance(TimeDelta::minutes(minutes));
        for (actor, lives) in [(&partner, partners), (&owner, owners)] {
            if lives {
                assert_eq!(actor.status(WHO).await.0, 200);
            } else {
                is_refused(actor).await;
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let app = TestApp::start().await;
    for token in ["x", "fat_", "fas_", "fat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        is_refused(&Actor::with(&app, token)).await;
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for header in ["Bearer", "Basic ZG9uYTpzZW5oYQ==", "token", "Bearer "] {
        let request = client
            .post(format!("http://{}/graphql", app.address()))
            .header("authorization", header);
        let response = request.json(&json!({ "query": WHO })).send().await.unwrap();
        assert_eq!(response.status(), 401, "{header}");
    }
}

/// A token that may redeem but not see customers is not told who they are.
#[tokio::test]
async fn redeeming_does_not_tell_who_the_customer_is() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let full = seed::fill(app.app(), &store, 1).await;
    for (scopes, sees) in [
        (json!(["redemptions:write"]), false),
        (json!(["redemptions:write", "customers:read"]), true),
    ] {
        let input = json!({ "storeId": store, "name": "Totem", "scopes": scopes });
        let partner = Actor::with(
            &app,
            &text(&owner.must("createApiToken", "secret", input).await["secret"]),
        );
        let input = json!({ "customerId": full.customer, "rewardId": full.reward, "idempotencyKey": "totem" });
        let payload = partner
            .must("redeemReward", "redemption { state } customer { email }", input)
            .await;
        assert_eq!(payload["redemption"]["state"], "REQUESTED");
        assert_eq!(payload["customer"]["email"].is_string(), sees, "{payload}");
    }
}

/// A token opens the stores that it was made for, with the same scopes in each, and its maker must manage them all.
#[tokio::test]
async fn a_token_opens_its_stores_and_no_other() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let (first, second) = (
        owner.create_store("Primeira").await,
        owner.create_store("Segunda").await,
    );
    let third = owner.create_store("Terceira").await;
    let other = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let foreign = other.create_store("Outra").await;
    let asked =
        |more: &[&String]| json!({ "storeId": first, "moreStoreIds": more, "name": "ERP", "scopes": ["store:read"] });
    let refused = owner
        .call("createApiToken", "secret", asked(&[&second, &foreign]))
        .await;
    assert_eq!(refused["userErrors"][0]["path"], json!(["moreStoreIds"]));
    assert_eq!(refused["userErrors"][0]["code"], "NOT_FOUND");
    let fields = "secret token { id stores { id } }";
    let made = owner.must("createApiToken", fields, asked(&[&second, &first])).await;
    assert_eq!(made["token"]["stores"].as_array().unwrap().len(), 2);
    let partner = Actor::with(&app, &text(&made["secret"]));
    let query = "query ($id: ID!) { store(id: $id) { rewards(first: 1) { totalCount } } }";
    for (store, opens) in [(&first, true), (&second, true), (&third, false), (&foreign, false)] {
        let told = partner.ask(query, json!({ "id": store })).await;
        assert_eq!(told["store"].is_object(), opens, "{store}");
    }
    let stores = "{ viewer { stores(first: 9) { totalCount } tokens(first: 9) { totalCount } } }";
    assert_eq!(
        partner.ask(stores, json!({})).await["viewer"]["stores"]["totalCount"],
        2
    );
    assert_eq!(partner.ask(stores, json!({})).await["viewer"]["tokens"], Value::Null);
    assert_eq!(owner.ask(stores, json!({})).await["viewer"]["tokens"]["totalCount"], 1);
    let listed = "query ($id: ID!) { store(id: $id) { apiTokens(first: 9) { nodes { id lastUsedAt } } } }";
    for (store, count) in [(&first, 1), (&second, 1), (&third, 0)] {
        let told = owner.ask(listed, json!({ "id": store })).await;
        let nodes = told["store"]["apiTokens"]["nodes"].as_array().unwrap().clone();
        assert_eq!(nodes.len(), count, "{store}");
        assert!(nodes.iter().all(|node| node["lastUsedAt"].is_string()));
    }
}

#[tokio::test]
async fn a_replaced_token_works_for_as_long_as_was_said() {
    let app = TestApp::builder()
        .halves(Halves::Serve)
        .clock(Clock::Manual(Clock::System.now().into()))
        .start()
        .await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let input = json!({ "storeId": store, "name": "ERP", "scopes": ["store:read"] });
    let made = owner.must("createApiToken", "secret token { id }", input).await;
    let rotate = async |minutes: i32| {
        let input = json!({ "id": made["token"]["id"], "overlapMinutes": minutes });
        let fields = "secret token { id hint previousUntil }";
        let payload = owner.must("rotateApiToken", fields, input).await;
        assert_eq!(payload["token"]["id"], made["token"]["id"]);
        Actor::with(&app, &text(&payload["secret"]))
    };
    let first = Actor::with(&app, &text(&made["secret"]));
    let second = rotate(10).await;
    for (minutes, still) in [(9, true), (1, false)] {
        app.app().clock.advance(TimeDelta::minutes(minutes));
        assert_eq!(second.status(WHO).await.0, 200);
        if still {
            assert_eq!(first.status(WHO).await.0, 200);
        } else {
            is_refused(&first).await;
        }
    }
    let owner = Actor::with(&app, &app.sign_in("dona@loja-exemplo.invalid").await);
    let input = json!({ "id": made["token"]["id"] });
    let third = Actor::with(
        &app,
        &text(&owner.must("rotateApiToken", "secret", input.clone()).await["secret"]),
    );
    is_refused(&second).await;
    assert_eq!(third.status(WHO).await.0, 200);
    owner.must("revokeApiToken", "revoked", input.clone()).await;
    is_refused(&third).await;
    let gone = owner.call("rotateApiToken", "secret", input).await;
    assert_eq!(gone["userErrors"][0]["code"], "INVALID");
}
