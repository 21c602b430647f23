//! Consent on the platform itself (OAuth 2 with a code): what an app is, where consent is given, and the tokens that
//! it is worth.
//!
//! Owns the protocol of the token address. Knows nothing of where tokens are kept: a session asks for one by
//! [`Tokens`], which the services implement. The registry says which platforms are reached this way.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use super::http::{Answer, Limits};
use super::{PlatformError, RefusalReason};

/// Gives a session the token to show, whoever keeps it.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// The token to use now. `refused` is one that the platform has just refused: then another one, as far as there
    /// is one.
    ///
    /// # Errors
    /// [`PlatformError::ConsentNeeded`] when nobody has consented, or the consent is over.
    async fn access(&self, refused: Option<&SecretString>) -> Result<SecretString, PlatformError>;
}

/// Nobody has consented.
pub struct NoTokens;

#[async_trait]
impl Tokens for NoTokens {
    async fn access(&self, _: Option<&SecretString>) -> Result<SecretString, PlatformError> {
        Err(PlatformError::ConsentNeeded {
            detail: "nobody has consented yet".into(),
        })
    }
}

/// How an app proves who it is at the token address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// HTTP Basic.
    Basic,
    /// Its id and its secret are fields of the form.
    Form,
}

/// A merchant's app on a platform, and the addresses that it is used with.
#[derive(Clone)]
pub struct ConsentApp {
    /// The page that the merchant consents on.
    pub authorize_url: Url,
    /// Where codes and refresh tokens are exchanged.
    pub token_url: Url,
    /// The app's id. It is no secret, and yet nobody's business.
    pub client_id: SecretString,
    /// The app's secret.
    pub client_secret: SecretString,
    /// How the app proves who it is.
    pub proof: Proof,
    /// What is asked for, where it does not come from the app's record.
    pub scope: Option<&'static str>,
    /// Whether the platform wants to be told where to come back to, and has it not in the app's record alone.
    pub tells_callback: bool,
    /// Headers that the token address wants.
    pub headers: &'static [(&'static str, &'static str)],
    /// How long a refresh token lives, where the answer does not say.
    pub refresh_life: Duration,
    /// The limits that all of this installation keeps at the token address.
    pub limits: Limits,
}

impl fmt::Debug for ConsentApp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ConsentApp")
            .field("authorize_url", &self.authorize_url.as_str())
            .field("token_url", &self.token_url.as_str())
            .finish_non_exhaustive()
    }
}

/// What is exchanged for tokens.
#[derive(Clone, Copy)]
pub enum Grant<'a> {
    /// What the merchant came back with.
    Code {
        /// The code, which serves once.
        code: &'a str,
        /// Where the merchant came back to.
        callback: &'a Url,
    },
    /// The refresh token that is kept.
    Refresh(&'a SecretString),
}

/// Tokens that were given.
#[derive(Clone)]
pub struct Granted {
    /// What requests are made with.
    pub access: SecretString,
    /// What both are renewed with. None: the one that was shown goes on to serve.
    pub refresh: Option<SecretString>,
    /// How long the access token lives.
    pub access_life: Duration,
    /// How long the refresh token lives.
    pub refresh_life: Duration,
}

/// An access token that does not say how long it lives is taken to live this long.
const USUAL_ACCESS_LIFE: Duration = Duration::from_hours(1);
/// The longest life that is believed.
const LONGEST_LIFE: Duration = Duration::from_hours(24 * 400);
/// The longest token that is kept: those of the platforms have some thousands of characters.
const LONGEST_TOKEN: usize = 16 * 1024;

impl ConsentApp {
    /// The page to send the merchant to; `state` comes back with the merchant.
    pub fn authorize_address(&self, state: &str, callback: &Url) -> Url {
        let mut url = self.authorize_url.clone();
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", self.client_id.expose_secret())
            .append_pair("state", state);
        if self.tells_callback {
            query.append_pair("redirect_uri", callback.as_str());
        }
        if let Some(scope) = self.scope {
            query.append_pair("scope", scope);
        }
        drop(query);
        url
    }

    /// The headers and the body of an exchange.
    pub(super) fn request(&self, grant: Grant<'_>) -> (Vec<(&'static str, String)>, String) {
        let mut form = Serializer::new(String::new());
        match grant {
            Grant::Code { code, callback } => {
                form.append_pair("grant_type", "authorization_code")
                    .append_pair("code", code);
                if self.tells_callback {
                    form.append_pair("redirect_uri", callback.as_str());
                }
            }
            Grant::Refresh(token) => {
                form.append_pair("grant_type", "refresh_token")
                    .append_pair("refresh_token", token.expose_secret());
            }
        }
        let mut headers = vec![
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("accept", "application/json".to_owned()),
        ];
        headers.extend(self.headers.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let (id, secret) = (self.client_id.expose_secret(), self.client_secret.expose_secret());
        match self.proof {
            Proof::Basic => {
                let both = STANDARD.encode(format!("{id}:{secret}"));
                headers.push(("authorization", format!("Basic {both}")));
            }
            Proof::Form => {
                form.append_pair("client_id", id).append_pair("client_secret", secret);
            }
        }
        (headers, form.finish())
    }

    /// What the token address answered. Nothing of its body but a short error code is ever quoted.
    pub(super) fn read(&self, answer: &Answer, retry_after: Option<Duration>) -> Result<Granted, PlatformError> {
        let status = answer.status;
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        if status.is_success() {
            return self.granted(&body);
        }
        let code = error_code(&body).unwrap_or_default();
        let told = if code.is_empty() {
            format!("status {}", status.as_u16())
        } else {
            format!("status {}, {code}", status.as_u16())
        };
        Err(match (status, code) {
            (StatusCode::TOO_MANY_REQUESTS, _) => PlatformError::RateLimited { retry_after },
            (_, "invalid_grant") => PlatformError::ConsentNeeded {
                detail: format!("the platform no longer knows the consent ({told})"),
            },
            (_, "invalid_client" | "unauthorized_client") | (StatusCode::UNAUTHORIZED, _) => {
                PlatformError::Unauthorized {
                    detail: format!("the app's id or secret is refused ({told})"),
                }
            }
            // An address that is blocked for a while is answered so; what a merchant could mend has a code.
            (StatusCode::FORBIDDEN | StatusCode::REQUEST_TIMEOUT, _) => PlatformError::Unreachable { detail: told },
            (status, _) if status.is_server_error() => PlatformError::Unreachable { detail: told },
            _ => PlatformError::Refused {
                reason: RefusalReason::Other,
                detail: told,
            },
        })
    }

    fn granted(&self, body: &Value) -> Result<Granted, PlatformError> {
        let token = |key: &str| {
            let text = body.get(key).and_then(Value::as_str)?;
            let fits =
                !text.is_empty() && text.len() <= LONGEST_TOKEN && text.bytes().all(|byte| byte.is_ascii_graphic());
            fits.then(|| SecretString::from(text))
        };
        let life = |key: &str| {
            let seconds = match body.get(key)? {
                Value::Number(number) => number.as_u64(),
                Value::String(text) => text.trim().parse().ok(),
                _ => None,
            };
            // None says that it does not end, which nobody is to rely on.
            seconds
                .filter(|seconds| *seconds > 0)
                .map(|seconds| Duration::from_secs(seconds).min(LONGEST_LIFE))
        };
        Ok(Granted {
            access: token("access_token").ok_or_else(|| PlatformError::Malformed {
                detail: "the answer of the token address has no access_token that could be used".into(),
            })?,
            refresh: token("refresh_token"),
            access_life: life("expires_in").unwrap_or(USUAL_ACCESS_LIFE),
            refresh_life: life("refresh_expires_in").unwrap_or(self.refresh_life),
        })
    }
}

/// The error's code, where it is one: `{"error": "invalid_grant"}` or `{"error": {"type": "invalid_grant"}}`.
fn error_code(body: &Value) -> Option<&str> {
    let error = body.get("error")?;
    let code = error.as_str().or_else(|| error.get("type")?.as_str())?;
    let is_code = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (code.len() <= 40 && code.bytes().all(is_code)).then_some(code)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]

    use reqwest::header::HeaderMap;

    use super::*;

    fn app(proof: Proof) -> ConsentApp {
        ConsentApp {
            authorize_url: "https://erp.example/oauth/authorize?v=3".parse().unwrap(),
            token_url: "https://erp.example/oauth/token".parse().unwrap(),
            client_id: "app-1".into(),
            client_secret: "geheim&=".into(),
            proof,
            scope: Some("openid"),
            tells_callback: proof == Proof::Form,
            headers: &[("enable-jwt", "1")],
            refresh_life: Duration::from_hours(24),
            limits: Limits {
                per_minute: 12,
                burst: 6,
                concurrency: 1,
            },
        }
    }

    fn answer(status: u16, body: &str) -> Result<Granted, PlatformError> {
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.to_owned(),
        };
        app(Proof::Basic).read(&answer, None)
    }

    #[test]
    fn the_page_of_consent_is_told_what_it_needs() {
        let callback = "https://api.example/oauth/callback".parse().unwrap();
        let page = app(Proof::Form).authorize_address("s t", &callback);
        assert_eq!(
            page.as_str(),
            "https://erp.example/oauth/authorize?v=3&response_type=code&client_id=app-1&state=s+t\
             &redirect_uri=https%3A%2F%2Fapi.example%2Foauth%2Fcallback&scope=openid"
        );
        assert!(
            !app(Proof::Basic)
                .authorize_address("s", &callback)
                .as_str()
                .contains("redirect_uri")
        );
    }

    #[test]
    fn an_app_proves_itself_in_a_header_or_in_the_form() {
        let callback = "https://api.example/oauth/callback".parse().unwrap();
        let (headers, body) = app(Proof::Basic).request(Grant::Refresh(&"r+1".into()));
        assert!(headers.contains(&("authorization", "Basic YXBwLTE6Z2VoZWltJj0=".to_owned())));
        assert!(headers.contains(&("enable-jwt", "1".to_owned())));
        assert_eq!(body, "grant_type=refresh_token&refresh_token=r%2B1");
        let code = Grant::Code {
            code: "c",
            callback: &callback,
        };
        let (headers, body) = app(Proof::Form).request(code);
        assert!(!headers.iter().any(|(name, _)| *name == "authorization"));
        assert!(body.starts_with("grant_type=authorization_code&code=c&redirect_uri=https"));
        assert!(body.ends_with("&client_id=app-1&client_secret=geheim%26%3D"), "{body}");
    }

    #[test]
    fn tokens_come_with_their_lives() {
        let given = answer(200, r#"{"access_token":"a","refresh_token":"r","expires_in":"21600"}"#).unwrap();
        assert_eq!(given.access.expose_secret(), "a");
        assert_eq!(given.refresh.unwrap().expose_secret(), "r");
        assert_eq!(
            (given.access_life.as_secs(), given.refresh_life.as_secs()),
            (21_600, 86_400)
        );
        let given = answer(200, r#"{"access_token":"a","refresh_expires_in":60}"#).unwrap();
        assert!(given.refresh.is_none());
        assert_eq!((given.access_life.as_secs(), given.refresh_life.as_secs()), (3_600, 60));
        for body in ["", "[]", "{}", r#"{"access_token":""}"#, r#"{"access_token":"a\nb"}"#] {
            assert!(
                matches!(answer(200, body), Err(PlatformError::Malformed { .. })),
                "{body}"
            );
        }
    }

    #[test]
    fn refusals_are_told_apart_and_nothing_of_the_body_is_quoted() {
        for (status, body, word) in [
            (
                400,
                r#"{"error":"invalid_grant","error_description":"geheim"}"#,
                "ConsentNeeded",
            ),
            (
                400,
                r#"{"error":{"type":"invalid_grant","message":"geheim"}}"#,
                "ConsentNeeded",
            ),
            (401, r#"{"error":"invalid_client"}"#, "Unauthorized"),
            (400, r#"{"error":"unauthorized_client"}"#, "Unauthorized"),
            (401, "geheim", "Unauthorized"),
            (403, "geheim", "Unreachable"),
            (429, r#"{"error":{"type":"TOO_MANY_REQUESTS"}}"#, "RateLimited"),
            (400, r#"{"error":"geheim geheim"}"#, "Refused"),
            (502, "geheim", "Unreachable"),
        ] {
            let error = answer(status, body).err().unwrap();
            let told = format!("{error:?}");
            assert!(told.starts_with(word), "{status} {body}: {told}");
            assert!(!told.contains("geheim"), "{told}");
        }
    }

    #[test]
    fn an_app_is_not_shown_with_its_secret() {
        let shown = format!("{:?}", app(Proof::Basic));
        assert!(!shown.contains("geheim") && !shown.contains("app-1"), "{shown}");
    }
}
