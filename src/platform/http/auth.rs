//! How a platform is told who calls.

use std::fmt;
use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{
    Method,
    header::{self, HeaderName, HeaderValue},
};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{FetchError, OAuth1};
use crate::platform::consent::Tokens;

/// How a platform is told who calls.
#[derive(Debug, Clone)]
pub enum Auth {
    /// The whole value of the `Authorization` header.
    Header(SecretString),
    /// HTTP Basic.
    Basic {
        /// The user name.
        user: SecretString,
        /// The password; may be empty.
        password: SecretString,
    },
    /// Parameters of the query string.
    Query(Vec<(String, SecretString)>),
    /// A header of the platform's own.
    Named {
        /// Its name.
        name: &'static str,
        /// Its whole value.
        value: SecretString,
    },
    /// Both the whole value of the `Authorization` header and parameters of the query string.
    HeaderAndQuery {
        /// The header's value.
        header: SecretString,
        /// The parameters.
        query: Vec<(String, SecretString)>,
    },
    /// A signature of each request.
    OAuth1(OAuth1),
    /// A token that the merchant's consent gives, renewed by whoever keeps it.
    Consent(Held),
    /// Not by HTTP: the body tells, nobody needs to know, or there was no log-in yet.
    None,
}

impl Auth {
    /// The header that it takes, if it takes one that each exchange has without asking.
    pub(super) fn header(&self, method: &Method, url: &Url) -> Result<Option<(HeaderName, HeaderValue)>, FetchError> {
        let text = match self {
            Self::Header(value) | Self::HeaderAndQuery { header: value, .. } | Self::Named { value, .. } => {
                value.expose_secret().to_owned()
            }
            Self::OAuth1(keys) => keys.header(method.as_str(), url),
            Self::Basic { user, password } => {
                format!(
                    "Basic {}",
                    STANDARD.encode(format!("{}:{}", user.expose_secret(), password.expose_secret()))
                )
            }
            // Each exchange asks for it.
            Self::Query(_) | Self::Consent(_) | Self::None => return Ok(None),
        };
        let name = match self {
            Self::Named { name, .. } => HeaderName::from_bytes(name.as_bytes()).map_err(|_| FetchError::Credential)?,
            _ => header::AUTHORIZATION,
        };
        let mut value = HeaderValue::from_str(&text).map_err(|_| FetchError::Credential)?;
        value.set_sensitive(true);
        Ok(Some((name, value)))
    }
}

/// Where a session's tokens come from.
#[derive(Clone)]
pub struct Held(pub Arc<dyn Tokens>);

impl fmt::Debug for Held {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Held(..)")
    }
}
