//! Magento 2's door: REST with a token, a signature, or a panel user's token that expires.

mod search;
mod walk;

use std::sync::Arc;

use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json, value::RawValue};
use tokio::sync::Mutex;

pub(super) use search::{List, Search};

use super::{Resource, access::Login, not_there};
use crate::platform::{
    PlatformError, RefusalReason,
    http::{Answer, Api, Auth, FetchError, encode_segment, snippet},
};

/// Where panel users get their tokens.
const ADMIN_TOKEN: &str = "/rest/V1/integration/admin/token";

/// A session with a shop of the second generation.
#[derive(Clone)]
pub(super) struct Rest {
    api: Api,
    store_code: String,
    admin: Option<Arc<Admin>>,
    page_size: u32,
    /// Somebody waits for the verdict on what was typed.
    is_check: bool,
}

/// A panel user, and the token that was got for it.
struct Admin {
    user: SecretString,
    password: SecretString,
    token: Mutex<Option<SecretString>>,
}

impl Rest {
    pub(super) fn new(api: Api, login: Login, store_code: String, page_size: u32) -> Self {
        let (api, admin) = match login {
            Login::Rest(auth) => (api.with_auth(auth), None),
            Login::Admin { user, password } | Login::Soap { user, key: password } => {
                let admin = Admin {
                    user,
                    password,
                    token: Mutex::default(),
                };
                (api, Some(Arc::new(admin)))
            }
        };
        Self {
            api,
            store_code,
            admin,
            page_size,
            is_check: false,
        }
    }

    /// The same session for somebody who waits in front of a screen.
    pub(super) fn for_check(&self, tries: u32) -> Self {
        let mut session = self.clone();
        session.api = session.api.with_max_tries(tries);
        session.is_check = true;
        session
    }

    /// One page of a list.
    pub(super) async fn list(&self, resource: Resource, search: &Search<'_>) -> Result<List, PlatformError> {
        let path = format!("/rest/{}/V1/{}", encode_segment(&self.store_code), resource.path);
        let query = search.query();
        let query: Vec<(&str, &str)> = query
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        let answer = self.get(&path, &query).await?;
        if !answer.status.is_success() {
            return Err(refusal(&answer, resource.name));
        }
        search::read(&answer.body).ok_or_else(|| {
            if self.is_check {
                return not_there(&answer);
            }
            PlatformError::Malformed {
                detail: format!("the answer on '{}' is not a list with items", resource.name),
            }
        })
    }

    /// Asks with the token that is in force. A panel user's token that has run out is replaced once.
    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, PlatformError> {
        let Some(admin) = &self.admin else {
            return self.api.try_get(path, query).await.map_err(|error| self.failed(error));
        };
        let mut held = admin.token.lock().await;
        if let Some(token) = &*held {
            let answer = self.get_as(token, path, query).await?;
            if answer.status != StatusCode::UNAUTHORIZED {
                return Ok(answer);
            }
            tracing::debug!("the shop's token has run out; getting another");
        }
        let token = held.insert(self.sign_in(admin).await?);
        self.get_as(token, path, query).await
    }

    async fn get_as(&self, token: &SecretString, path: &str, query: &[(&str, &str)]) -> Result<Answer, PlatformError> {
        let bearer = Auth::Header(format!("Bearer {}", token.expose_secret()).into());
        let api = self.api.clone().with_auth(bearer);
        api.try_get(path, query).await.map_err(|error| self.failed(error))
    }

    async fn sign_in(&self, admin: &Admin) -> Result<SecretString, PlatformError> {
        let body = json!({ "username": admin.user.expose_secret(), "password": admin.password.expose_secret() });
        let body = body.to_string();
        let asked = self
            .api
            .try_ask(ADMIN_TOKEN, ("application/json", &body), |_| false)
            .await;
        let answer = asked.map_err(|error| self.failed(error))?;
        if !answer.status.is_success() {
            return Err(refusal(&answer, "integration/admin/token"));
        }
        match serde_json::from_str::<String>(&answer.body) {
            Ok(token) if !token.is_empty() => Ok(token.into()),
            _ if self.is_check => Err(not_there(&answer)),
            _ => Err(PlatformError::Malformed {
                detail: "the answer on 'integration/admin/token' is not a token".into(),
            }),
        }
    }

    /// What a failed exchange means. Only a check says that the address is wrong: later the name may be gone for a
    /// moment.
    fn failed(&self, error: FetchError) -> PlatformError {
        match error {
            FetchError::NameNotFound { .. } | FetchError::Redirected { .. } if self.is_check => {
                PlatformError::WrongAddress {
                    detail: error.to_string(),
                }
            }
            error => error.of_read(),
        }
    }
}

/// What a refusal means. 401 is a wrong credential as well as a missing right: `check` tells them apart.
fn refusal(answer: &Answer, resource: &str) -> PlatformError {
    let detail = said(&answer.body);
    match answer.status {
        StatusCode::UNAUTHORIZED => PlatformError::Unauthorized { detail },
        StatusCode::FORBIDDEN => PlatformError::Forbidden {
            resource: resource.to_owned(),
            detail,
        },
        StatusCode::NOT_FOUND => PlatformError::NotFound {
            what: resource.to_owned(),
        },
        status if status.is_client_error() => PlatformError::Refused {
            reason: RefusalReason::InvalidValue,
            detail,
        },
        status => PlatformError::Malformed {
            detail: format!("answered {status} on '{resource}'"),
        },
    }
}

/// The shop's message with its parameters put in, shortened and masked.
fn said(body: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(body) else {
        return snippet(body);
    };
    let Some(message) = value["message"].as_str() else {
        return snippet(body);
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    let parameters: Vec<(String, String)> = match &value["parameters"] {
        Value::Array(values) => values
            .iter()
            .zip(1..)
            .map(|(value, place)| (place.to_string(), text(value)))
            .collect(),
        Value::Object(values) => values.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        _ => Vec::new(),
    };
    let filled = parameters
        .iter()
        .rev()
        .fold(message.to_owned(), |message, (name, value)| {
            message.replace(&format!("%{name}"), value)
        });
    snippet(&filled)
}

/// The text of a raw row, for comparing rows.
pub(super) fn digest(row: &RawValue) -> String {
    let mut digest = super::record::fingerprint(row);
    digest.truncate(12);
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_told_with_its_parameters() {
        for (body, text) in [
            (
                r#"{"message":"The consumer isn't authorized to access %resources.","parameters":{"resources":"Magento_Sales::actions_view"}}"#,
                "The consumer isn't authorized to access Magento_Sales::actions_view.",
            ),
            (r#"{"message":"%1 and %2","parameters":["one", 2]}"#, "one and 2"),
            (r#"{"message":"plain"}"#, "plain"),
            ("<html>busy</html>", "<html>busy</html>"),
        ] {
            assert_eq!(said(body), text, "{body}");
        }
    }
}
