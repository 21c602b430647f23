//! The page of consent and the token address.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::super::{
    credentials::credentials,
    exchange::{Answer, Request},
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

/// A pair of tokens.
#[derive(Debug, Clone)]
struct Pair {
    access: String,
    access_ends_at: DateTime<Utc>,
    refresh: String,
    /// The refresh token before, where it is borne once more.
    borne: Option<String>,
    refresh_ends_at: DateTime<Utc>,
}

/// All that was consented to.
#[derive(Debug, Default)]
pub(super) struct Consents {
    codes: Vec<(String, DateTime<Utc>)>,
    pairs: Vec<Pair>,
    calls: Vec<DateTime<Utc>>,
    blocked_until: Option<DateTime<Utc>>,
    made: u32,
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
                let code = self.draw("code");
                self.codes.push((code.clone(), now + CODE_LIFE));
                query.append_pair("code", &code);
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
        let mut borne = None;
        let place = match field("grant_type") {
            Some("authorization_code") => {
                let code = field("code").unwrap_or_default();
                let before = self.codes.len();
                self.codes.retain(|(known, ends)| known != code || *ends < now);
                (self.codes.len() < before).then_some(None)
            }
            Some("refresh_token") => {
                let token = field("refresh_token").unwrap_or_default();
                let is_it = |pair: &Pair| pair.refresh == token || pair.borne.as_deref() == Some(token);
                let found = self
                    .pairs
                    .iter()
                    .position(|pair| is_it(pair) && pair.refresh_ends_at > now);
                // A second time is the last.
                let shown = found.and_then(|place| self.pairs.get(place));
                borne = shown
                    .filter(|pair| switches.rotation == Rotation::BorneTwice && pair.refresh == token)
                    .map(|pair| pair.refresh.clone());
                found.map(Some)
            }
            _ => return error(400, "unsupported_grant_type", "grant_type desconhecido."),
        };
        match place {
            Some(place) => self.give((place, borne), switches, now),
            None => error(
                400,
                "invalid_grant",
                "O código ou token informado é inválido ou expirou.",
            ),
        }
    }

    /// Tokens in this place, or in a new one; and the refresh token that is borne beside them.
    fn give(
        &mut self,
        (place, borne): (Option<usize>, Option<String>),
        switches: Switches,
        now: DateTime<Utc>,
    ) -> Answer {
        let life = match switches.access_life {
            AccessLife::SixHours => 21_600,
            AccessLife::ThreeSeconds => 3,
        };
        let before = place.and_then(|place| self.pairs.get(place)).cloned();
        let refresh = match (&before, switches.rotation) {
            (Some(before), Rotation::Never) => before.refresh.clone(),
            _ => self.draw("refresh"),
        };
        let pair = Pair {
            access: self.draw("access"),
            access_ends_at: now + TimeDelta::seconds(life),
            refresh,
            borne,
            refresh_ends_at: now + REFRESH_LIFE,
        };
        let body = json!({ "access_token": pair.access, "expires_in": life, "token_type": "Bearer",
            "scope": "98309 318257570", "refresh_token": pair.refresh });
        match place.and_then(|place| self.pairs.get_mut(place)) {
            Some(kept) => *kept = pair,
            None => self.pairs.push(pair),
        }
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
        self.pairs
            .iter()
            .any(|pair| pair.access == access && pair.access_ends_at > now)
    }

    /// Takes every consent back, as a merchant does on the platform.
    pub(super) fn revoke(&mut self) {
        self.pairs.clear();
        self.codes.clear();
    }

    /// Ends every access token before its time.
    pub(super) fn end_access(&mut self) {
        for pair in &mut self.pairs {
            pair.access.clear();
        }
    }

    /// What tests may know: how many consents live.
    pub(super) fn told(&self) -> Value {
        json!({ "live": self.pairs.len(), "blocked": self.blocked_until.is_some() })
    }

    /// A long token, as those of the platform are, that is never drawn twice.
    fn draw(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("bling-{kind}-{}-{}", self.made, "x".repeat(1_500))
    }
}
