//! Tokens that open nothing any more, or never did.

use chrono::TimeDelta;
use fidelidade::clock::Clock;
use fidelidade::run::Halves;
use serde_json::json;

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
