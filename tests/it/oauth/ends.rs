//! The end of a consent: told before it comes, told when it is there, and healed by consenting again.

use chrono::TimeDelta;
use reqwest::Method;
use sea_orm::Set;
use serde_json::{Value, json};

use super::Scene;
use crate::support::app::eventually;
use crate::support::mailbox::{self, Mail};
use crate::support::merchant::PATIENCE;
use crate::support::receiver::Receiver;

impl Scene {
    /// The e-mails to the store's owner.
    pub(super) fn mails(&self) -> Vec<Mail> {
        let mails = mailbox::read(&self.app.folder.path().join("mail")).into_iter();
        mails.filter(|mail| mail.to == "dona@loja-exemplo.invalid").collect()
    }

    /// A partner's address that is told of what becomes of consents.
    async fn partner(&self) -> Receiver {
        let receiver = Receiver::start().await;
        let input = json!({ "storeId": self.store.id, "url": receiver.url, "scopes": ["integrations:read"],
            "eventTypes": ["CONSENT_ENDING", "CONSENT_ENDED"], "idempotencyKey": "parceiro" });
        self.merchant.must("createWebhook", "webhook { id }", input).await;
        receiver
    }

    /// A partner was sent just this, about this integration.
    async fn was_sent(&self, partner: &Receiver, types: &[&str]) {
        let sent = partner.until(types.len()).await;
        let told: Vec<&Value> = sent.iter().map(|one| &one.body["type"]).collect();
        assert_eq!(told, types);
        for one in &sent {
            assert!(one.raw.contains(&self.store.integration), "{}", one.raw);
        }
    }

    pub(super) async fn is_told(&self, words: &str) {
        eventually("an e-mail to the owner", PATIENCE, async || {
            self.mails().iter().any(|mail| mail.text.contains(words)).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_revoked_consent_stops_imports_and_another_heals_it() {
    let scene = Scene::active().await;
    let partner = scene.partner().await;
    scene
        .app
        .sandbox
        .control(Method::POST, "/consents/bling/revoke", &json!({}))
        .await;
    let input = json!({ "integrationId": scene.store.integration });
    scene
        .merchant
        .must("startImport", "importRun { id }", input.clone())
        .await;
    eventually("the import that fails", PATIENCE, async || {
        let runs = scene.merchant.runs(&scene.store).await;
        runs.iter().any(|run| run["state"] == "FAILED").then_some(())
    })
    .await;
    let told = scene.told().await;
    assert_eq!(told["credentialsState"], "AWAITING_CONSENT");
    assert_eq!(told["consent"]["state"], "ENDED");
    assert!(
        told["credentialsError"]
            .as_str()
            .unwrap()
            .contains("no longer knows the consent"),
        "{told:#}"
    );
    scene.is_told("O acesso a Bling terminou").await;
    let row = scene.row().await;
    assert!(
        row.access_token.is_empty() && row.refresh_token.is_empty(),
        "dead tokens are forgotten"
    );

    assert_eq!(scene.consent().await.status, 303);
    // What is due at once: nobody starts it.
    let healed = |run: &Value| run["trigger"] == "SCHEDULE" && run["state"] == "SUCCEEDED";
    scene
        .merchant
        .run_that(&scene.store, "an import by the schedule", healed)
        .await;
    let told = scene.told().await;
    assert_eq!(
        (&told["credentialsState"], &told["consent"]["state"]),
        (&json!("ACCEPTED"), &json!("GIVEN"))
    );
    assert_eq!(scene.mails().len(), 1, "told once");
    scene.was_sent(&partner, &["consent.ended"]).await;
}

#[tokio::test]
async fn owners_are_told_before_a_consent_ends_and_when_it_has() {
    let scene = Scene::given().await;
    let partner = scene.partner().await;
    let now = scene.app.app().clock.now();
    scene.app.sandbox.faults(json!({ "error_rate_percent": 100 })).await;
    // The platform has been down for weeks.
    scene
        .change(|row| {
            row.renewed_at = Set(now - TimeDelta::days(28));
            row.refresh_ends_at = Set(now + TimeDelta::days(2));
            row.look_at = Set(now - TimeDelta::minutes(1));
        })
        .await;
    scene.is_told("O acesso a Bling vai terminar").await;
    let told = scene.told().await;
    assert_eq!(
        (&told["credentialsState"], &told["consent"]["state"]),
        (&json!("ACCEPTED"), &json!("ENDING"))
    );
    assert!(told["consent"]["failingSince"].is_string(), "{told:#}");

    // A look that finds the same tells nobody a second time; then its time is over.
    scene.change(|row| row.look_at = Set(now)).await;
    eventually("another look", PATIENCE, async || {
        (scene.row().await.look_at > now).then_some(())
    })
    .await;
    scene
        .change(|row| {
            row.refresh_ends_at = Set(now);
            row.look_at = Set(now);
        })
        .await;
    scene.is_told("O acesso a Bling terminou").await;
    let told = scene.told().await;
    assert_eq!(
        (&told["credentialsState"], &told["consent"]["state"]),
        (&json!("AWAITING_CONSENT"), &json!("ENDED"))
    );
    assert_eq!(told["consent"]["problem"], "it was not renewed in time");
    assert_eq!(scene.mails().len(), 2, "{:?}", scene.mails());

    scene.app.sandbox.faults(json!({ "error_rate_percent": 0 })).await;
    assert_eq!(scene.consent().await.status, 303);
    assert_eq!(scene.told().await["credentialsState"], "ACCEPTED");
    scene.was_sent(&partner, &["consent.ending", "consent.ended"]).await;
}
