//! Sends the webhooks of imitated platforms to the addresses that were subscribed through the control API, as the
//! platforms do: at once, without waiting for anything, and whatever is answered. Knows no platform's bodies.

use std::time::Duration;

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
    /// What was sent, and what was answered.
    pub(super) deliveries: Vec<Delivery>,
    /// What is to be sent besides what happens.
    #[serde(skip)]
    pub(super) outbox: Vec<Value>,
}

/// A webhook that was sent.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Delivery {
    body: Value,
    /// The answer's status; none when nobody answered.
    status: Option<u16>,
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
            for body in bodies {
                let Some((url, authorization)) = &address else { break };
                let text = body.to_string();
                let signature = lock(&shared).hosted_mut(platform).platform.sign_hook(&text);
                let mut request = http.post(url).header("content-type", "application/json").body(text);
                if let Some(shown) = authorization {
                    request = request.header("authorization", shown);
                }
                if let Some((name, value)) = signature {
                    request = request.header(name, value);
                }
                let answer = request.send().await;
                let status = answer.ok().map(|answer| answer.status().as_u16());
                let delivery = Delivery { body, status };
                lock(&shared).hosted_mut(platform).hooks.deliveries.push(delivery);
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}

/// What is to be sent now, and where to. Without an address what happened is forgotten.
fn due(shared: &Shared, platform: Imitation) -> (Option<(String, Option<String>)>, Vec<Value>) {
    let mut sandbox = lock(shared);
    sandbox.set_time();
    let hosted = sandbox.hosted_mut(platform);
    let mut bodies = std::mem::take(&mut hosted.hooks.outbox);
    bodies.extend(hosted.platform.hooks());
    let panel = hosted.hooks.url.clone().map(|url| (url, None));
    (panel.or_else(|| hosted.platform.hook_address()), bodies)
}
