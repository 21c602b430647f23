//! Credentials: good ones pass, bad ones are told apart by what the merchant can do about them, and
//! no error repeats a secret.

use std::sync::Arc;
use std::time::Duration;

use fidelidade::platform::{Platform, PlatformError};
use serde_json::json;

use super::session::{Door, Manner};
use super::subject::{Reading, Subject, Typed, Verdict};
use crate::support::sandbox::Sandbox;

/// Every credential is judged rightly, and the shops of the account are listed.
pub(super) async fn credentials(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let door = Door::to(sandbox, subject, &Manner::default());
    let good = subject.good(reading);
    judge(subject, door.open_with(good.clone()), &good, Verdict::Good).await;
    for credential in subject.credentials(reading) {
        let session = door.open_with(credential.typed.clone());
        judge(subject, session, &credential.typed, credential.verdict).await;
    }
    let shops = door.open_with(good).shops().await.unwrap();
    let told: Vec<(&str, bool)> = shops
        .iter()
        .map(|shop| (shop.external_id.as_str(), shop.active))
        .collect();
    assert_eq!(told, subject.shops_under(reading), "the shops of the account");
    assert!(shops.iter().all(|shop| !shop.name.trim().is_empty()), "{shops:?}");
}

async fn judge(subject: &dyn Subject, session: Arc<dyn Platform>, typed: &Typed, verdict: Verdict) {
    let told = session.check().await;
    let agrees = match (&told, verdict) {
        (Ok(()), Verdict::Good)
        | (Err(PlatformError::Unauthorized { .. }), Verdict::Unauthorized | Verdict::Expired)
        | (Err(PlatformError::Expired { .. }), Verdict::Expired)
        | (Err(PlatformError::WrongAlias { .. }), Verdict::WrongAlias)
        | (Err(PlatformError::WrongAddress { .. }), Verdict::WrongAddress) => true,
        (Err(PlatformError::Forbidden { resource, .. }), Verdict::Forbidden(expected)) => resource == expected,
        _ => false,
    };
    assert!(agrees, "{typed:?} is {verdict:?}, but the check says {told:?}");
    if let Err(error) = told {
        let text = format!("{error} {error:?}");
        let fields = subject.kind().descriptor().credentials;
        let is_secret = |key: &str| fields.iter().any(|field| field.key == key && field.secret);
        for (key, secret) in typed.iter().filter(|(key, _)| is_secret(key)) {
            assert!(
                secret.is_empty() || !text.contains(secret),
                "the error repeats the {key}: {text}"
            );
        }
    }
}

/// A platform that does not answer is never taken for a wrong credential.
pub(super) async fn outages(subject: &'static dyn Subject, sandbox: &Sandbox) {
    let door = Door::to(
        sandbox,
        subject,
        &Manner {
            max_tries: 2,
            ..Manner::default()
        },
    );
    let session = door.open(&json!({}));
    sandbox.faults(json!({ "error_rate_percent": 100 })).await;
    assert!(
        matches!(session.check().await, Err(PlatformError::Unreachable { .. })),
        "only errors"
    );
    sandbox
        .faults(json!({ "error_rate_percent": 0, "latency_ms": 700 }))
        .await;
    let hasty = Door::to(
        sandbox,
        subject,
        &Manner {
            max_tries: 1,
            timeout: Duration::from_millis(100),
            ..Manner::default()
        },
    );
    assert!(
        matches!(
            hasty.open(&json!({})).check().await,
            Err(PlatformError::Unreachable { .. })
        ),
        "no answer"
    );
    sandbox.faults(json!({ "latency_ms": 0 })).await;
    session.check().await.unwrap();

    // Nobody listens on a port that was just given back.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let door = Door::with(
        sandbox.settings_through(&nowhere),
        subject,
        &Manner {
            max_tries: 1,
            ..Manner::default()
        },
    );
    assert!(
        matches!(
            door.open(&json!({})).check().await,
            Err(PlatformError::Unreachable { .. })
        ),
        "nobody there"
    );
}
