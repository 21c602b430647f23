//! Sends the webhooks of imitated platforms to the addresses that were subscribed through the control API, as the
//! platforms do: at once, without waiting for anything, and again by the sandbox's clock where the platform does that for
//! what is not answered with success. Knows no platform's bodies.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::imitation::Imitation;
use super::server::{Shared, lock};

/// How often it is looked for what happened.
const PERIOD: Duration = Duration::from_millis(50);
/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A platform's webhooks.
#[derive(Debug, Default, Serialize)]
pub(super) struct Hooks {
    /// Where they are sent to; nowhere before somebody subscribed.
    pub(super) url: Option<String>,
    /// What the platform signs with, as the panel was told.
    #[serde(skip)]
    pub(super) secret: Option<String>,
    /// What was sent, and what was answered.
    pub(super) deliveries: Vec<Delivery>,
    /// What is to be sent besides what happens.
    #[serde(skip)]
    pub(super) outbox: Vec<Value>,
    /// What was not taken, and is sent again.
    #[serde(skip)]
    waiting: Vec<Waiting>,
}

/// Where webhooks are sent to, and the `Authorization` that they show.
type Address = (String, Option<String>);

/// A webhook that is sent again later.
#[derive(Debug)]
struct Waiting {
    body: Value,
    /// How often it was sent.
    sent: usize,
    due: DateTime<Utc>,
}

/// A webhook that was sent.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Delivery {
    body: Value,
    /// The answer's status; none when nobody answered.
    status: Option<u16>,
    /// How often it was sent before.
    repeats: usize,
}

/// Sends until the sandbox stops.
pub(super) async fn deliver(shared: Shared, stop: CancellationToken) {
    // Chosen once for the process; who starts first does it, and the sandbox may be alone.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let Ok(http) = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build() else {
        tracing::error!("the sandbox cannot send webhooks: no HTTP client can be had");
        return;
    };
    while !stop.is_cancelled() {
        for platform in Imitation::ALL {
            let (address, bodies) = due(&shared, platform);
            for (body, repeats) in bodies {
                let Some(address) = &address else { break };
                let status = send(&http, (&shared, platform), address, &body).await;
                note(&shared, platform, Delivery { body, status, repeats });
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}

/// Sends one, and gives the status of the answer.
async fn send(
    http: &reqwest::Client,
    (shared, platform): (&Shared, Imitation),
    (url, authorization): &Address,
    body: &Value,
) -> Option<u16> {
    let text = body.to_string();
    let signature = {
        let mut sandbox = lock(shared);
        let hosted = sandbox.hosted_mut(platform);
        hosted.platform.sign_hook(&text, hosted.hooks.secret.as_deref())
    };
    let mut request = http.post(url).header("content-type", "application/json").body(text);
    if let Some(shown) = authorization {
        request = request.header("authorization", shown);
    }
    if let Some((name, value)) = signature {
        request = request.header(name, value);
    }
    let answer = request.send().await;
    answer.ok().map(|answer| answer.status().as_u16())
}

/// Notes what became of a delivery, and when it comes again.
fn note(shared: &Shared, platform: Imitation, delivery: Delivery) {
    let mut sandbox = lock(shared);
    let now = sandbox.set_time();
    let hosted = sandbox.hosted_mut(platform);
    let is_taken = delivery.status.is_some_and(|status| (200..300).contains(&status));
    let pause = hosted.platform.hook_repeats().get(delivery.repeats);
    if let Some(minutes) = pause.filter(|_| !is_taken) {
        hosted.hooks.waiting.push(Waiting {
            body: delivery.body.clone(),
            sent: delivery.repeats + 1,
            due: now + TimeDelta::minutes((*minutes).into()),
        });
    }
    hosted.hooks.deliveries.push(delivery);
}

/// What is to be sent now, how often it was sent before, and where to. Without an address what happened is forgotten.
fn due(shared: &Shared, platform: Imitation) -> (Option<Address>, Vec<(Value, usize)>) {
    let mut sandbox = lock(shared);
    let now = sandbox.set_time();
    let hosted = sandbox.hosted_mut(platform);
    let again = hosted.hooks.waiting.extract_if(.., |waiting| waiting.due <= now);
    let mut bodies: Vec<(Value, usize)> = again.map(|waiting| (waiting.body, waiting.sent)).collect();
    let news = std::mem::take(&mut hosted.hooks.outbox);
    bodies.extend(news.into_iter().chain(hosted.platform.hooks()).map(|body| (body, 0)));
    let panel = hosted.hooks.url.clone().map(|url| (url, None));
    (panel.or_else(|| hosted.platform.hook_address()), bodies)
}
