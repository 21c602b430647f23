//! Whether a request may in: bare tokens, signatures, panel users' tokens and SOAP's sessions, and what each may read.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::switches::{Bearer, Lifetime, Switches};
use crate::sandbox::{
    credentials::{Bis2BisCredentials, credentials},
    exchange::Request,
};

/// Requests that a short session or token is good for.
const SHORT: u32 = 5;

/// What a credential opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Everything.
    Full,
    /// Everything but one resource.
    AllBut(&'static str),
}

impl Access {
    pub(super) fn opens(self, resource: &str) -> bool {
        !matches!(self, Self::AllBut(closed) if closed == resource)
    }
}

/// What was handed out, and how often it was used.
#[derive(Debug, Default)]
pub(super) struct Desk {
    handed_out: BTreeMap<String, (Access, u32)>,
    nonces: BTreeSet<String>,
}

impl Desk {
    /// A new session or token.
    pub(super) fn hand_out(&mut self, kind: &str, access: Access) -> String {
        let name = format!("{kind}-{:04}", self.handed_out.len() + 1);
        self.handed_out.insert(name.clone(), (access, 0));
        name
    }

    /// Uses a session or token, if it is still good.
    pub(super) fn use_up(&mut self, name: &str, lifetime: Lifetime) -> Option<Access> {
        let (access, used) = self.handed_out.get_mut(name)?;
        *used += 1;
        (lifetime == Lifetime::Lasts || *used <= SHORT).then_some(*access)
    }

    /// Judges the `Authorization` header of REST.
    pub(super) fn judge(&mut self, request: &Request, switches: Switches) -> Option<Access> {
        let known = credentials().bis2bis;
        let header = request.header("authorization")?;
        if let Some(token) = header.strip_prefix("Bearer ") {
            return self
                .use_up(token, switches.admin_token)
                .or_else(|| integration(&known, token).filter(|_| switches.bearer == Bearer::Accepted));
        }
        let fields = oauth_fields(header)?;
        let field = |name: &str| fields.get(name).map_or("", String::as_str);
        let is_ours = field("oauth_consumer_key") == known.consumer_key
            && field("oauth_signature_method") == "HMAC-SHA256"
            && field("oauth_version") == "1.0"
            && field("oauth_timestamp").parse::<u64>().is_ok()
            && self.nonces.insert(field("oauth_nonce").to_owned())
            && signature(request, &fields, &known) == field("oauth_signature");
        integration(&known, field("oauth_token")).filter(|_| is_ours)
    }
}

/// What an integration's token opens.
fn integration(known: &Bis2BisCredentials, token: &str) -> Option<Access> {
    if token == known.token {
        return Some(Access::Full);
    }
    let restricted = known.restricted.iter().find(|one| one.token == token)?;
    Some(Access::AllBut(restricted.resource))
}

/// What a user of SOAP may read.
pub(super) fn api_user(user: &str, key: &str) -> Option<Access> {
    let known = credentials().bis2bis;
    if key != known.api_key {
        return None;
    }
    if user == known.api_user {
        return Some(Access::Full);
    }
    let restricted = known.restricted_api_users.iter().find(|one| one.token == user)?;
    Some(Access::AllBut(restricted.resource))
}

/// The fields of an OAuth header, decoded.
fn oauth_fields(header: &str) -> Option<BTreeMap<String, String>> {
    let list = header.strip_prefix("OAuth ")?;
    let pairs = list.split(',').filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        let query = format!("x={}", value.trim_matches('"'));
        let (_, value) = url::form_urlencoded::parse(query.as_bytes()).next()?;
        Some((name.to_owned(), value.into_owned()))
    });
    Some(pairs.collect())
}

/// The signature that the request should have, worked out from what arrived.
fn signature(request: &Request, fields: &BTreeMap<String, String>, known: &Bis2BisCredentials) -> String {
    let asked = request.query.iter().map(|(name, value)| (name, value));
    let signed = fields.iter().filter(|(name, _)| *name != "oauth_signature");
    let mut pairs: Vec<(String, String)> = asked
        .chain(signed)
        .map(|(name, value)| (percent(name), percent(value)))
        .collect();
    pairs.sort();
    let joined: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let address = format!(
        "http://{}/bis2bis{}",
        request.header("host").unwrap_or_default(),
        request.path
    );
    let base = [request.method.as_str(), &percent(&address), &percent(&joined.join("&"))].join("&");
    let key = format!("{}&{}", percent(known.consumer_secret), percent(known.token_secret));
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return String::new();
    };
    mac.update(base.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Percent-encoding as signatures want it.
fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
