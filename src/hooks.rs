//! `POST /hooks/{token}`: webhooks of platforms.
//!
//! A platform cannot sign in, so the address itself is what it knows: long, random, one for each integration. What
//! comes is answered at once and looked at later. Whoever sends something else learns nothing: a wrong address is 404,
//! and everything at a right one is taken, unless the platform signs what it sends and this is not signed: that is 401. Owns the limits of size and rate, which keep a stranger's noise cheap; what
//! a body says, the services know. The composition puts this route beside what `http` answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chrono::{DateTime, TimeDelta, Utc};
use entity::IntegrationId;

use crate::app::App;
use crate::service::hook::{self, Taken};

/// The largest body that is taken. Webhooks are small, or could be.
const LONGEST_BODY: usize = 256 * 1024;
/// Most webhooks of an integration in a minute and process. What is more, the next import finds.
const PER_MINUTE: u32 = 600;
/// How long one who sent too many may wait.
const WAIT_SECONDS: &str = "60";

/// What this module answers.
pub fn routes(app: App) -> Router {
    let state = Hooks {
        app,
        counts: Arc::default(),
    };
    Router::new()
        // Some panels try an address by looking at it before they take it: to us, a webhook that says nothing.
        .route("/hooks/{token}", post(take).get(take))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(state)
}

#[derive(Clone)]
struct Hooks {
    app: App,
    counts: Arc<Mutex<Counts>>,
}

/// How many came for each integration since a minute began. Only known ones are counted, so there are never many.
#[derive(Default)]
struct Counts {
    since: DateTime<Utc>,
    of: HashMap<IntegrationId, u32>,
}

impl Counts {
    /// Counts one more, if it is not too many.
    fn allow(&mut self, now: DateTime<Utc>, integration: IntegrationId) -> bool {
        if now - self.since >= TimeDelta::minutes(1) || now < self.since {
            self.since = now;
            self.of.clear();
        }
        let count = self.of.entry(integration).or_default();
        *count = count.saturating_add(1);
        *count <= PER_MINUTE
    }
}

async fn take(State(hooks): State<Hooks>, Path(token): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let now = hooks.app.clock.now();
    let allow = |integration| {
        let mut counts = hooks.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.allow(now, integration)
    };
    let header_of = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
    match hook::receive(&hooks.app, &token, (&body, header_of), allow).await {
        Ok(Taken::Taken) => StatusCode::OK.into_response(),
        Ok(Taken::Forged) => StatusCode::UNAUTHORIZED.into_response(),
        Ok(Taken::NoSuch) => StatusCode::NOT_FOUND.into_response(),
        Ok(Taken::TooMany) => (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, WAIT_SECONDS)]).into_response(),
        Err(error) => {
            tracing::error!(%error, "a platform's webhook could not be kept");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_integration_has_its_share_of_each_minute() {
        let (mut counts, begin) = (Counts::default(), DateTime::UNIX_EPOCH + TimeDelta::days(9));
        let [one, other] = [1, 2].map(|id| IntegrationId(Uuid::from_u128(id)));
        let allowed = (0..700).filter(|_| counts.allow(begin, one)).count();
        assert_eq!(allowed, 600);
        assert!(counts.allow(begin, other));
        assert!(!counts.allow(begin + TimeDelta::seconds(59), one));
        assert!(counts.allow(begin + TimeDelta::seconds(60), one));
    }
}
