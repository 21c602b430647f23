//! The legacy generation: a log-in for a token, and a queue of orders that belongs to the integration key.
//!
//! How long a token lives is not documented: a call that is refused logs in again once, and a second refusal
//! is the verdict.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::answers::{accept, parse};
use super::descriptor::Login;
use super::order;
use crate::platform::PlatformError;
use crate::platform::http::{Answer, Api, Auth};
use crate::platform::record::Record;

/// The resource in the platform's own word.
const ORDERS: &str = "adm_order";

/// A session with the legacy generation.
pub(super) struct Adm {
    api: Api,
    login: Login,
    token: Mutex<Option<SecretString>>,
}

impl Adm {
    /// A session over `api`, which needs no credential of its own.
    pub(super) fn new(api: Api, login: Login) -> Self {
        Self {
            api,
            login,
            token: Mutex::new(None),
        }
    }

    /// The orders that wait in the queue, as the platform gives them. They come again until they are deleted.
    pub(super) async fn queue(&self) -> Result<Vec<Box<RawValue>>, PlatformError> {
        let answer = self.call(Method::GET, "/api/v1/adm_order/GetQueue", None).await?;
        if answer.body.trim().is_empty() {
            return Ok(Vec::new());
        }
        parse(ORDERS, &answer.body)
    }

    /// Takes items out of the queue. Doing it twice does no more than once.
    pub(super) async fn delete(&self, items: &[String]) -> Result<(), PlatformError> {
        let items: Vec<Value> = items.iter().map(|id| json!({ "idQueue": as_sent(id) })).collect();
        let body = Value::Array(items);
        self.call(Method::POST, "/api/v1/adm_order/DeleteQueue", Some(&body))
            .await
            .map(drop)
    }

    /// The order with this id, without an envelope.
    pub(super) async fn order(&self, id: &str) -> Result<Box<RawValue>, PlatformError> {
        let answer = self
            .call(Method::GET, &format!("/api/v1/adm_order/GetOrder/{id}"), None)
            .await?;
        let body: &RawValue = parse(ORDERS, &answer.body)?;
        Ok(order::unwrapped(body).to_owned())
    }

    /// Logs in and looks at the queue, of which nothing is taken.
    pub(super) async fn check(&self) -> Result<(), PlatformError> {
        let hasty = Self::new(self.api.clone().with_max_tries(2), self.login.clone());
        hasty.queue().await.map(drop)
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, PlatformError> {
        let token = self.token(None).await?;
        let answer = self.send(&token, &method, path, body).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return accept(ORDERS, answer);
        }
        let token = self.token(Some(&token)).await?;
        accept(ORDERS, self.send(&token, &method, path, body).await?)
    }

    async fn send(
        &self,
        token: &SecretString,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, PlatformError> {
        let auth = Auth::HeaderAndQuery {
            header: SecretString::from(format!("Bearer {}", token.expose_secret())),
            query: vec![("integrationKey".to_owned(), self.login.integration_key.clone())],
        };
        let api = self.api.clone().with_auth(auth);
        match body {
            None => api.get(path, &[]).await,
            Some(body) => api.send_repeatable(method.clone(), path, body).await,
        }
    }

    /// The token, from a new log-in where there is none or only the one that was refused.
    async fn token(&self, refused: Option<&SecretString>) -> Result<SecretString, PlatformError> {
        let mut kept = self.token.lock().await;
        let is_refused = |token: &SecretString| refused.is_some_and(|old| old.expose_secret() == token.expose_secret());
        if let Some(token) = kept.as_ref().filter(|token| !is_refused(token)) {
            return Ok(token.clone());
        }
        let token = self.log_in().await?;
        *kept = Some(token.clone());
        Ok(token)
    }

    async fn log_in(&self) -> Result<SecretString, PlatformError> {
        let login = &self.login;
        let values = [
            ("IntegrationKey", &login.integration_key),
            ("UserName", &login.user),
            ("Password", &login.password),
            ("StoreID", &login.store_id),
        ];
        let body: BTreeMap<&str, String> = values
            .into_iter()
            .map(|(key, value)| (key, STANDARD.encode(value.expose_secret())))
            .collect();
        let answer = self.api.send_repeatable(Method::POST, "/api/v1/auth", &body).await?;
        if answer.status.is_client_error() {
            // What the platform says may repeat what was typed.
            return Err(PlatformError::Unauthorized {
                detail: format!("the log-in is refused with status {}", answer.status.as_u16()),
            });
        }
        let answer = accept("auth", answer)?;
        let body: &RawValue = parse("auth", &answer.body)?;
        let token = Record::parse(body)
            .ok()
            .and_then(|record| record.soft_text("access_token"));
        token.map(SecretString::from).ok_or_else(|| PlatformError::Malformed {
            detail: "the answer to the log-in has no access_token".into(),
        })
    }
}

/// A queue's id as the platform wrote it: digits are a number.
fn as_sent(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| json!(id), |number| json!(number))
}
