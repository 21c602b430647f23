//! The page of consent and the token address of the platform's accounts, as a Keycloak serves them.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::super::{
    credentials::credentials,
    exchange::{Answer, Request},
    tokens::{Exchanged, Lives, Tokens, Used},
};
use super::switches::{AccessLife, Consent, RefreshLife, Rotation, Switches};

/// Where the demonstration app's record sends merchants back to.
const REDIRECT: &str = "http://localhost:8080/oauth/callback";
/// How long a code lives.
const CODE_LIFE: TimeDelta = TimeDelta::minutes(1);
/// How long a refresh token lives.
const REFRESH_LIFE: TimeDelta = TimeDelta::days(1);

/// All that was consented to.
#[derive(Debug)]
pub(super) struct Consents(Tokens);

impl Default for Consents {
    fn default() -> Self {
        Self(Tokens::of("tiny-v3"))
    }
}

fn error(status: u16, code: &str, text: &str) -> Answer {
    Answer::json(status, json!({ "error": code, "error_description": text }))
}

impl Consents {
    /// `GET …/auth`: the merchant makes up his mind at once.
    pub(super) fn authorize(&mut self, request: &Request, switches: Switches, now: DateTime<Utc>) -> Answer {
        let is_app = request.param("client_id") == Some(credentials().tiny_v3.client_id);
        // An app that is sent back to somewhere else is somebody's trick.
        let is_back = request.param("redirect_uri") == Some(REDIRECT);
        let is_open_id = request
            .param("scope")
            .is_some_and(|scope| scope.split(' ').any(|one| one == "openid"));
        if !is_app || !is_back || !is_open_id || request.param("response_type") != Some("code") {
            return Answer::html(400, "<html><body>Parâmetro inválido: redirect_uri</body></html>");
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("state", request.param("state").unwrap_or_default());
        query.append_pair("session_state", "4f0b1e0c-0000-4000-8000-000000000001");
        match switches.consent {
            Consent::Given => query.append_pair("code", &self.0.code(now + CODE_LIFE)),
            Consent::Declined => query.append_pair("error", "access_denied"),
        };
        Answer::empty(302).with_header("location", format!("{REDIRECT}?{}", query.finish()))
    }

    /// `POST …/token`.
    pub(super) fn token(&mut self, request: &Request, switches: Switches, now: DateTime<Utc>) -> Answer {
        let form: Vec<(String, String)> = form_urlencoded::parse(&request.body).into_owned().collect();
        let field = |name: &str| {
            let found = form.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let known = credentials().tiny_v3;
        if field("client_id") != known.client_id || field("client_secret") != known.client_secret {
            return error(
                401,
                "unauthorized_client",
                "Invalid client or Invalid client credentials",
            );
        }
        let (exchanged, wrong) = match field("grant_type") {
            "authorization_code" if field("redirect_uri") != REDIRECT => (None, "Incorrect redirect_uri"),
            "authorization_code" => (self.0.take_code(field("code"), now), "Code not valid"),
            "refresh_token" => (self.0.find_refresh(field("refresh_token"), now), "Token is not active"),
            _ => return error(400, "unsupported_grant_type", "Unsupported grant_type"),
        };
        match exchanged {
            Some(exchanged) => self.give(exchanged, switches, now),
            None => error(400, "invalid_grant", wrong),
        }
    }

    fn give(&mut self, exchanged: Exchanged, switches: Switches, now: DateTime<Utc>) -> Answer {
        let seconds = match switches.access_life {
            AccessLife::FourHours => 14_400,
            AccessLife::ThreeSeconds => 3,
        };
        let lives = Lives {
            access: TimeDelta::seconds(seconds),
            refresh: REFRESH_LIFE,
            used: if switches.rotation == Rotation::EachUse {
                Used::Ends
            } else {
                Used::Stays
            },
        };
        let pair = self.0.give(exchanged, lives, now);
        let mut body = json!({ "access_token": pair.access, "expires_in": seconds, "refresh_token": pair.refresh,
            "token_type": "Bearer", "id_token": "e30.e30.", "not-before-policy": 0,
            "session_state": "4f0b1e0c-0000-4000-8000-000000000001", "scope": "openid email offline_access" });
        match switches.refresh_life {
            RefreshLife::Told => body["refresh_expires_in"] = json!(REFRESH_LIFE.num_seconds()),
            RefreshLife::Zero => body["refresh_expires_in"] = json!(0),
            RefreshLife::Missing => {}
        }
        Answer::json(200, body)
    }

    /// Whether an access token opens what was consented to.
    pub(super) fn opens(&self, access: &str, now: DateTime<Utc>) -> bool {
        self.0.opens(access, now)
    }

    /// Does something to what was consented to, and tells what lives; none for an act that is not known.
    pub(super) fn act(&mut self, act: &str) -> Option<Value> {
        match act {
            "revoke" => self.0.revoke(),
            "end-access" => self.0.end_access(),
            "show" => {}
            _ => return None,
        }
        Some(json!({ "live": self.0.count() }))
    }
}
