//! The way in: who is asking, and what one operation's resolvers need.

use std::time::Duration;

use async_graphql::Data;
use async_graphql::dataloader::DataLoader;
use async_trait::async_trait;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use tokio_util::sync::CancellationToken;

use super::batching::Loads;
use super::connection::Looks;
use super::context::{Credentials, RequestRef};
use super::currencies::Currencies;
use super::loaders::Loaders;
use crate::access::{AuthError, Requester, authenticate};
use crate::app::{App, Author};
use crate::http::{Caller, Check, Door, Entry, Refusal};

/// The composition's door for the HTTP side.
#[derive(Clone)]
pub struct Entrance {
    app: App,
    stop: CancellationToken,
}

impl Entrance {
    /// A door that closes when the process stops.
    pub fn new(app: App, stop: CancellationToken) -> Self {
        Self { app, stop }
    }
}

/// What one operation's resolvers need.
pub(super) fn data(app: &App, requester: Requester, request_id: &str) -> Data {
    let mut data = Data::default();
    data.insert(requester);
    data.insert(app.clone());
    data.insert(RequestRef(request_id.to_owned()));
    let loads = Loads::default();
    let collector = loads.clone();
    let loader = DataLoader::new(Loaders(app.clone(), Currencies::default()), move |load| {
        collector.collect(load);
    });
    data.insert(loader.delay(Duration::ZERO));
    data.insert(loads);
    data.insert(Looks::default());
    data
}

#[async_trait]
impl Door for Entrance {
    async fn enter(&self, headers: &HeaderMap, request_id: &str) -> Result<Entry, Refusal> {
        let header = headers
            .get(AUTHORIZATION)
            .map(|value| value.to_str().unwrap_or_default());
        let requester = authenticate(&self.app, header).await.map_err(|error| match error {
            AuthError::Malformed | AuthError::Invalid => Refusal::unauthenticated("INVALID_TOKEN", error.to_string()),
            AuthError::Database(error) => {
                tracing::error!(%error, "a requester could not be looked up");
                Refusal::unavailable("the database does not answer; try again")
            }
        })?;
        let caller = match &requester {
            Requester::Anonymous => Caller::Stranger,
            Requester::User { id, .. } => Caller::User(id.to_string()),
            Requester::Token { id, .. } => Caller::Token(id.to_string()),
        };
        let app = self.app.on_behalf_of(Author {
            actor: requester.actor(),
            request_id: Some(request_id.to_owned()),
        });
        let mut data = data(&app, requester, request_id);
        data.insert(Credentials::new(header));
        Ok(Entry { data, caller })
    }

    async fn ready(&self) -> Vec<Check> {
        let ping = self.app.db.ping().await;
        let detail = if ping.is_ok() { "answers" } else { "does not answer" };
        vec![Check {
            name: "database".to_owned(),
            ok: ping.is_ok(),
            detail: detail.to_owned(),
        }]
    }

    async fn closing(&self) {
        self.stop.cancelled().await;
    }
}
