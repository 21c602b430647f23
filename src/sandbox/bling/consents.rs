//! The page of consent and the token address.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::super::{
    credentials::credentials,
    exchange::{Answer, Request},
    tokens::{Exchanged, Lives, Tokens, Used},
};
use super::switches::{AccessLife, Consent, Rotation, Switches};

/// Where the demonstration app's record sends merchants back to.
const REDIRECT: &str = "http://localhost:8080/oauth/callback";
/// Calls of the token address in a minute that are borne.
const CALLS: usize = 20;
/// How long the address that calls come from is blocked after more.
const BLOCK: TimeDelta = TimeDelta::minutes(60);
/// How long a code lives.
const CODE_LIFE: TimeDelta = TimeDelta::minutes(1);
/// How long a refresh token lives.
const REFRESH_LIFE: TimeDelta = TimeDelta::days(30);

/// All that was consented to.
#[derive(Debug)]
pub(super) struct Consents {
    tokens: Tokens,
    calls: Vec<DateTime<Utc>>,
    blocked_until: Option<DateTime<Utc>>,
}

impl Default for Consents {
    fn default() -> Self {
        Self {
            tokens: Tokens::of("bling"),
            calls: Vec::new(),
            blocked_until: None,
        }
    }
}

fn error(status: u16, kind: &str, text: &str) -> Answer {
    Answer::json(
        status,
        json!({ "error": { "type": kind, "message": text, "description": text } }),
    )
}

impl Consents {
    /// `GET /oauth/authorize`: the merchant makes up his mind at once.
    pub(super) fn authorize(&mut self, request: &Request, switches: Switches, now: DateTime<Utc>) -> Answer {
        let known = credentials().bling;
        if request.param("client_id") != Some(known.client_id) || request.param("response_type") != Some("code") {
            return Answer::html(400, "<html><body>Aplicativo não encontrado.</body></html>");
        }
        let state = request.param("state").unwrap_or_default();
        let mut query = form_urlencoded::Serializer::new(String::new());
        match switches.consent {
            Consent::Given => {
                query.append_pair("code", &self.tokens.code(now + CODE_LIFE));
            }
            Consent::Declined => {
                query.append_pair("error", "access_denied");
            }
        }
        query.append_pair("state", state);
        Answer::empty(302).with_header("location", format!("{REDIRECT}?{}", query.finish()))
    }

    /// `POST /oauth/token`.
    pub(super) fn token(&mut self, request: &Request, switches: Switches, now: DateTime<Utc>) -> Answer {
        if let Some(refusal) = self.count(now) {
            return refusal;
        }
        let known = credentials().bling;
        let expected = STANDARD.encode(format!("{}:{}", known.client_id, known.client_secret));
        if request.header("authorization") != Some(&format!("Basic {expected}")) {
            return error(401, "invalid_client", "As credenciais do aplicativo são inválidas.");
        }
        let form: Vec<(String, String)> = form_urlencoded::parse(&request.body).into_owned().collect();
        let field = |name: &str| {
            form.iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        let exchanged = match field("grant_type") {
            Some("authorization_code") => self.tokens.take_code(field("code").unwrap_or_default(), now),
            Some("refresh_token") => self
                .tokens
                .find_refresh(field("refresh_token").unwrap_or_default(), now),
            _ => return error(400, "unsupported_grant_type", "grant_type desconhecido."),
        };
        match exchanged {
            Some(exchanged) => self.give(exchanged, switches, now),
            None => error(
                400,
                "invalid_grant",
                "O código ou token informado é inválido ou expirou.",
            ),
        }
    }

    fn give(&mut self, exchanged: Exchanged, switches: Switches, now: DateTime<Utc>) -> Answer {
        let life = match switches.access_life {
            AccessLife::SixHours => 21_600,
            AccessLife::ThreeSeconds => 3,
        };
        let lives = Lives {
            access: TimeDelta::seconds(life),
            refresh: REFRESH_LIFE,
            used: match switches.rotation {
                Rotation::Never => Used::Stays,
                Rotation::EachUse => Used::Ends,
                Rotation::BorneTwice => Used::BorneOnceMore,
            },
        };
        let pair = self.tokens.give(exchanged, lives, now);
        let body = json!({ "access_token": pair.access, "expires_in": life, "token_type": "Bearer",
            "scope": "98309 318257570", "refresh_token": pair.refresh });
        Answer::json(200, body)
    }

    /// More calls than are borne block whoever makes them, for an hour.
    fn count(&mut self, now: DateTime<Utc>) -> Option<Answer> {
        self.calls.retain(|at| *at > now - TimeDelta::minutes(1));
        self.calls.push(now);
        if self.calls.len() > CALLS {
            self.blocked_until = Some(now + BLOCK);
        }
        let blocked = self.blocked_until.is_some_and(|until| now < until);
        blocked.then(|| error(429, "TOO_MANY_REQUESTS", "IP bloqueado temporariamente."))
    }

    /// Whether an access token opens what was consented to.
    pub(super) fn opens(&self, access: &str, now: DateTime<Utc>) -> bool {
        self.tokens.opens(access, now)
    }

    /// Takes every consent back, as a merchant does on the platform.
    pub(super) fn revoke(&mut self) {
        self.tokens.revoke();
    }

    /// Ends every access token before its time.
    pub(super) fn end_access(&mut self) {
        self.tokens.end_access();
    }

    /// What tests may know: how many consents live.
    pub(super) fn told(&self) -> Value {
        json!({ "live": self.tokens.count(), "blocked": self.blocked_until.is_some() })
    }
}
