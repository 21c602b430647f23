//! Renewing: when it is due or a token is refused, by one alone, and written before anybody uses it.

use std::sync::Arc;

use chrono::TimeDelta;
use entity::consent;
use fidelidade::clock::Clock;
use fidelidade::platform::PlatformError;
use fidelidade::platform::consent::{Grant, Tokens as _};
use fidelidade::platform::registry::Credentials;
use fidelidade::run;
use fidelidade::service::consent::StoredTokens;
use futures_util::future::join_all;
use reqwest::Method;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::Scene;
use crate::support::app::eventually;
use crate::support::merchant::PATIENCE;
use crate::support::shop::BLING;

impl Scene {
    pub(super) fn tokens(&self) -> StoredTokens {
        let id = self.store.integration.parse().unwrap();
        StoredTokens::new(self.app.app().clone(), id)
    }

    pub(super) async fn change(&self, change: impl FnOnce(&mut consent::ActiveModel)) {
        let mut row = self.row().await.into_active_model();
        change(&mut row);
        row.update(&self.app.app().db).await.unwrap();
    }

    pub(super) async fn end_access(&self) {
        let path = format!("/consents/{}/end-access", self.shop.kind.as_str().replace('_', "-"));
        self.app.sandbox.control(Method::POST, &path, &json!({})).await;
    }

    pub(super) fn refresh_token(&self, row: &consent::Model) -> SecretString {
        let owner = format!("{}:consent", self.store.integration);
        let plain = self.app.app().vault.unseal(&owner, &row.refresh_token).unwrap();
        String::from_utf8(plain).unwrap().into()
    }

    /// Shows the platform the refresh token that is kept, and loses the answer.
    async fn lose_a_renewal(&self) {
        let app = self.app.app();
        let known = fidelidade::sandbox::credentials().bling;
        let typed = [("client_id", known.client_id), ("client_secret", known.client_secret)];
        let typed = typed.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let credentials = Credentials::parse(BLING.kind, typed.into()).unwrap();
        let bling = app.platforms.consent_app(BLING.kind, &credentials).unwrap().unwrap();
        let token = self.refresh_token(&self.row().await);
        drop(
            app.platforms
                .exchange_token(&bling, Grant::Refresh(&token))
                .await
                .unwrap(),
        );
        // Whoever held it is dead.
        let now = app.clock.now();
        self.change(|row| {
            row.holder = Set(Some("ninguém".to_owned()));
            row.held_until = Set(Some(now - TimeDelta::seconds(1)));
        })
        .await;
    }
}

#[tokio::test]
async fn two_processes_renew_a_refused_token_once() {
    let scene = Scene::given().await;
    let before = scene.row().await;
    let refused = scene.tokens().access(None).await.unwrap();
    let other = run::open(scene.app.app().config.clone(), Clock::System).await.unwrap();
    let id = scene.store.integration.parse().unwrap();
    let sessions = (0..12).map(|nth| {
        let app = if nth % 2 == 0 { scene.app.app() } else { &other };
        Arc::new(StoredTokens::new(app.clone(), id))
    });
    scene.app.sandbox.faults(json!({ "latency_ms": 300 })).await;
    let refused = &refused;
    let given = join_all(sessions.map(|tokens| async move { tokens.access(Some(refused)).await.unwrap() })).await;
    assert_eq!(scene.exchanges().await, 2, "one for the code, one for all twelve");
    let row = scene.row().await;
    assert_eq!(
        (row.number, row.holder, row.held_until),
        (before.number + 1, None, None)
    );
    for token in &given {
        assert_eq!(token.expose_secret(), given[0].expose_secret());
        assert_ne!(token.expose_secret(), refused.expose_secret());
    }
    assert_ne!(
        scene.refresh_token(&scene.row().await).expose_secret(),
        scene.refresh_token(&before).expose_secret()
    );
}

#[tokio::test]
async fn an_import_goes_on_when_its_token_ends_before_its_time() {
    let scene = Scene::active().await;
    assert_eq!(scene.exchanges().await, 1);
    scene.end_access().await;
    let run = scene.merchant.import(&scene.store).await;
    assert_eq!(run["state"], "SUCCEEDED", "{run:#}");
    assert_eq!(scene.exchanges().await, 2);
    assert_eq!(scene.told().await["credentialsState"], "ACCEPTED");
}

#[tokio::test]
async fn a_token_that_ends_soon_is_renewed_before_it_does() {
    let scene = Scene::given().await;
    let now = scene.app.app().clock.now();
    scene
        .change(|row| {
            row.renewed_at = Set(now - TimeDelta::hours(6));
            row.access_ends_at = Set(now + TimeDelta::seconds(30));
        })
        .await;
    scene.tokens().access(None).await.unwrap();
    assert_eq!(scene.exchanges().await, 2);
    assert!(scene.row().await.access_ends_at > now + TimeDelta::hours(5));
}

#[tokio::test]
async fn a_consent_that_nobody_uses_is_kept_alive() {
    let scene = Scene::given().await;
    let now = scene.app.app().clock.now();
    // Given five days ago.
    scene
        .change(|row| {
            row.renewed_at = Set(now - TimeDelta::days(5));
            row.refresh_ends_at = Set(now + TimeDelta::days(25));
            row.look_at = Set(now - TimeDelta::days(4));
        })
        .await;
    let row = eventually("a renewal by the schedule", PATIENCE, async || {
        let row = scene.row().await;
        (row.renewed_at >= now).then_some(row)
    })
    .await;
    assert_eq!(row.refresh_ends_at - row.renewed_at, TimeDelta::days(30));
    assert_eq!(row.look_at - row.renewed_at, TimeDelta::days(1));
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(scene.exchanges().await, 2, "once, however often it is looked");
}

#[tokio::test]
async fn a_lost_answer_is_made_good_where_the_platform_bears_it() {
    let scene = Scene::given().await;
    scene
        .app
        .sandbox
        .switches(BLING.kind, &json!({ "rotation": "never" }))
        .await;
    let refused = scene.tokens().access(None).await.unwrap();
    scene.lose_a_renewal().await;
    let token = scene.tokens().access(Some(&refused)).await.unwrap();
    assert_ne!(token.expose_secret(), refused.expose_secret());
    assert_eq!(scene.told().await["consent"]["state"], "GIVEN");
}

#[tokio::test]
async fn a_lost_answer_ends_the_consent_where_tokens_rotate() {
    let scene = Scene::given().await;
    let refused = scene.tokens().access(None).await.unwrap();
    scene.lose_a_renewal().await;
    let error = scene.tokens().access(Some(&refused)).await.unwrap_err();
    assert!(
        matches!(&error, PlatformError::ConsentNeeded { detail } if detail.contains("may have been lost")),
        "{error:?}"
    );
    let told = scene.told().await;
    assert_eq!(
        (&told["credentialsState"], &told["consent"]["state"]),
        (&json!("AWAITING_CONSENT"), &json!("ENDED"))
    );
    assert_eq!(scene.consent().await.status, 303);
    assert_eq!(scene.told().await["consent"]["state"], "GIVEN");
}

#[tokio::test]
async fn the_token_address_is_never_asked_too_often() {
    let scene = Scene::given().await;
    let (tokens, begin) = (scene.tokens(), std::time::Instant::now());
    let mut last = tokens.access(None).await.unwrap();
    for _ in 0..9 {
        last = tokens.access(Some(&last)).await.unwrap();
    }
    // A burst of five, then one in five seconds.
    assert!(begin.elapsed().as_secs() >= 20, "{:?}", begin.elapsed());
    let shown = scene
        .app
        .sandbox
        .control(Method::POST, "/consents/bling/show", &json!({}))
        .await;
    assert_eq!(shown["blocked"], false);
}
