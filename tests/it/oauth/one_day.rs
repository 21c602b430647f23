//! A consent whose refresh token lives one day (Tiny by its API 3): renewed by the schedule though nobody uses it, on a
//! clock that only moves when it is told to.

use chrono::TimeDelta;
use fidelidade::clock::Clock;
use fidelidade::platform::consent::Tokens as _;
use fidelidade::sandbox::SandboxConfig;
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::Scene;
use crate::support::app::{TestApp, eventually};
use crate::support::merchant::PATIENCE;
use crate::support::shop::TINY_V3;

/// A consent that was given at noon, on clocks that are moved by hand.
async fn at_noon() -> Scene {
    let noon = "2026-03-02T15:00:00Z".parse().unwrap();
    let builder = TestApp::builder()
        .sandbox(SandboxConfig::at(noon))
        // Whoever looks on stays signed in.
        .set("access.access_minutes", "10000")
        .clock(Clock::Manual(std::sync::Mutex::new(noon)));
    Scene::given_at(&TINY_V3, builder).await
}

impl Scene {
    /// Hours pass, for the program and for the platform.
    async fn pass(&self, hours: i64) {
        let by = TimeDelta::hours(hours);
        self.app.sandbox.advance(by).await;
        self.app.app().clock.advance(by);
    }

    /// What the platform answers to the token that a session would show.
    async fn opens(&self) -> u16 {
        let token = self.tokens().access(None).await.unwrap();
        let url = format!("{}/tiny-v3/public-api/v3/pedidos", self.app.sandbox.origin());
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = http.get(url).bearer_auth(token.expose_secret()).send().await.unwrap();
        answer.status().as_u16()
    }
}

#[tokio::test]
async fn a_consent_of_one_day_lives_on_though_nobody_uses_it() {
    let scene = at_noon().await;
    let first = scene.row().await;
    assert_eq!(first.refresh_ends_at - first.renewed_at, TimeDelta::days(1));
    assert_eq!(
        first.look_at - first.renewed_at,
        TimeDelta::hours(4),
        "a sixth of its life"
    );
    assert_eq!(first.access_ends_at - first.renewed_at, TimeDelta::hours(4));
    scene.pass(3).await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(scene.exchanges().await, 1, "not before it is due");
    // Two days.
    for turn in 2..=11 {
        scene.pass(5).await;
        let now = scene.app.app().clock.now();
        let row = eventually("a renewal by the schedule", PATIENCE, async || {
            let row = scene.row().await;
            (row.renewed_at >= now).then_some(row)
        })
        .await;
        assert_eq!(row.refresh_ends_at - now, TimeDelta::days(1));
        assert_eq!(scene.exchanges().await, turn, "once in a turn");
    }
    let told = scene.told().await;
    assert_eq!(
        (&told["credentialsState"], &told["consent"]["state"]),
        (&json!("ACCEPTED"), &json!("GIVEN"))
    );
    assert_ne!(
        scene.refresh_token(&scene.row().await).expose_secret(),
        scene.refresh_token(&first).expose_secret(),
        "rotated"
    );
    assert_eq!(scene.opens().await, 200);
    assert_eq!(scene.mails().len(), 0, "nobody is bothered");
}

#[tokio::test]
async fn a_day_without_the_platform_ends_it_and_the_owners_are_told_at_half_time() {
    let scene = at_noon().await;
    scene.app.sandbox.faults(json!({ "error_rate_percent": 100 })).await;
    scene.pass(11).await;
    eventually("a renewal that fails", PATIENCE, async || {
        scene.row().await.failing_since
    })
    .await;
    assert_eq!(scene.mails().len(), 0, "there is time yet");
    scene.pass(2).await;
    scene.is_told("vai terminar").await;
    assert_eq!(scene.told().await["consent"]["state"], "ENDING");
    scene.pass(11).await;
    scene.is_told("terminou").await;
    let told = scene.told().await;
    assert_eq!(
        (&told["credentialsState"], &told["consent"]["state"]),
        (&json!("AWAITING_CONSENT"), &json!("ENDED"))
    );
    scene.app.sandbox.faults(json!({ "error_rate_percent": 0 })).await;
    assert_eq!(scene.consent().await.status, 303);
    assert_eq!(scene.opens().await, 200);
}

#[tokio::test]
async fn an_answer_that_tells_no_life_of_the_refresh_token_means_a_day() {
    for reading in ["zero", "missing"] {
        let scene = Scene::open_at(&TINY_V3, TestApp::builder()).await;
        let switches = json!({ "refresh_life": reading });
        scene.app.sandbox.switches(TINY_V3.kind, &switches).await;
        assert_eq!(scene.consent().await.status, 303);
        let row = scene.row().await;
        assert_eq!(row.refresh_ends_at - row.renewed_at, TimeDelta::days(1), "{reading}");
    }
}

#[tokio::test]
async fn an_import_goes_on_with_another_token_and_stops_when_the_consent_is_revoked() {
    let scene = Scene::active_at(&TINY_V3).await;
    let before = scene.row().await;
    scene.end_access().await;
    let run = scene.merchant.import(&scene.store).await;
    assert_eq!(run["state"], "SUCCEEDED", "{run:#}");
    assert_eq!(scene.exchanges().await, 2);
    assert_ne!(
        scene.refresh_token(&scene.row().await).expose_secret(),
        scene.refresh_token(&before).expose_secret(),
        "rotated"
    );

    let revoke = "/consents/tiny-v3/revoke";
    scene.app.sandbox.control(Method::POST, revoke, &json!({})).await;
    let input = json!({ "integrationId": scene.store.integration });
    scene.merchant.must("startImport", "importRun { id }", input).await;
    scene.is_told("O acesso a Tiny (Olist ERP), API v3 terminou").await;
    let told = scene.told().await;
    assert_eq!(
        (&told["credentialsState"], &told["consent"]["state"]),
        (&json!("AWAITING_CONSENT"), &json!("ENDED"))
    );
    let problem = told["credentialsError"].as_str().unwrap();
    assert!(problem.contains("no longer knows the consent"), "{problem}");
    assert_eq!(scene.consent().await.status, 303);
    assert_eq!(scene.told().await["credentialsState"], "ACCEPTED");
}

#[tokio::test]
async fn whoever_declines_connects_nothing() {
    let scene = Scene::open_at(&TINY_V3, TestApp::builder()).await;
    let declined = json!({ "consent": "declined" });
    scene.app.sandbox.switches(TINY_V3.kind, &declined).await;
    let shown = scene.consent().await;
    assert_eq!((shown.status, &shown.location), (200, &None), "{shown:?}");
    assert!(shown.text.contains("não foi concedida"), "{}", shown.text);
    assert_eq!(scene.told().await["credentialsState"], "AWAITING_CONSENT");
}
