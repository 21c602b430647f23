//! One call of the API: a form that is posted, an envelope that comes back, and what its error codes mean.
//!
//! Every answer has the status 200, troubles too. A refusal for the limit and a failure of the platform are tried
//! again like a 429 and a 5xx; a plan without any requests is told as such and not tried again. Answers tell the
//! account's limit, to which the session's pace is fitted. Knows no resource.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::value::RawValue;
use url::form_urlencoded::Serializer;

use super::status::folded;
use crate::platform::http::{Answer, Api, FORM, FetchError, Limits, Trouble, snippet};
use crate::platform::record::{Record, scalar};
use crate::platform::{PlatformError, RefusalReason};

/// How many requests a minute the account's plan allows.
const LIMIT_HEADER: &str = "x-limit-api";
/// The limit is not known yet.
const UNTOLD: u32 = u32::MAX;
/// What an envelope holds.
const ENVELOPE: &str = "retorno";

/// A session with one account.
#[derive(Clone)]
pub(super) struct Desk {
    api: Api,
    token: SecretString,
    /// The account's limit as answers told it, if it is to be heeded.
    told: Option<Arc<AtomicU32>>,
}

/// What was asked for.
pub(super) enum Told {
    /// The envelope's contents.
    Found(Box<RawValue>),
    /// There is nothing of the kind: an error in the platform's words.
    Nothing,
}

/// Why a call brought nothing: told apart, since a failing detail is no reason to stop.
pub(super) enum Failed {
    Fetch(FetchError),
    Platform(PlatformError),
}

impl Failed {
    /// What it means for whoever asked.
    pub(super) fn of_read(self) -> PlatformError {
        match self {
            Self::Fetch(error) => error.of_read(),
            Self::Platform(error) => error,
        }
    }
}

impl Desk {
    /// A session over `api`, which heeds the limit that answers tell, or keeps the one that it was made with.
    pub(super) fn new(api: Api, token: SecretString, heeds_limit: bool) -> Self {
        Self {
            api: api.with_trouble(trouble),
            token,
            told: heeds_limit.then(|| Arc::new(AtomicU32::new(UNTOLD))),
        }
    }

    /// The same session for somebody who waits, or for what need not be had: at most this many tries.
    pub(super) fn with_max_tries(&self, tries: u32) -> Self {
        Self {
            api: self.api.clone().with_max_tries(tries),
            ..self.clone()
        }
    }

    /// Calls a service with these fields.
    pub(super) async fn ask(&self, service: &str, fields: &[(&str, &str)]) -> Result<Told, Failed> {
        let (path, body) = (format!("/{service}.php"), self.form(fields));
        let asked = self.api_at_pace().try_ask(&path, (FORM, &body), |_| false).await;
        let answer = asked.map_err(Failed::Fetch)?;
        if let (Some(told), Some(limit)) = (&self.told, limit(&answer)) {
            told.store(limit, Ordering::Relaxed);
        }
        self.read(service, &answer).map_err(Failed::Platform)
    }

    fn form(&self, fields: &[(&str, &str)]) -> String {
        Serializer::new(String::new())
            .append_pair("token", self.token.expose_secret())
            .append_pair("formato", "JSON")
            .extend_pairs(fields)
            .finish()
    }

    fn api_at_pace(&self) -> Api {
        let told = self.told.as_ref().map_or(UNTOLD, |told| told.load(Ordering::Relaxed));
        if told == UNTOLD {
            return self.api.clone();
        }
        self.api.clone().with_limits(share_of(told))
    }

    fn read(&self, service: &str, answer: &Answer) -> Result<Told, PlatformError> {
        if limit(answer) == Some(0) {
            return Err(PlatformError::Forbidden {
                resource: "api".to_owned(),
                detail: "the account's plan allows no requests at all (Olist's plan Começar has no API); \
                         a larger plan is needed"
                    .to_owned(),
            });
        }
        if !answer.status.is_success() {
            return Err(match answer.status {
                StatusCode::NOT_FOUND => PlatformError::NotFound {
                    what: format!("the service {service}"),
                },
                status => PlatformError::Malformed {
                    detail: format!("answered {status} on '{service}', where even errors come with 200"),
                },
            });
        }
        let malformed = || PlatformError::Malformed {
            detail: format!("the answer on '{service}' is not the expected JSON"),
        };
        let envelope: &RawValue = serde_json::from_str(&answer.body).map_err(|_| malformed())?;
        let envelope = Record::parse(envelope).map_err(|_| malformed())?;
        let raw = envelope.get(ENVELOPE).ok_or_else(malformed)?;
        let record = Record::parse(raw).map_err(|_| malformed())?;
        let status = record.soft_text("status").ok_or_else(malformed)?;
        if status.eq_ignore_ascii_case("OK") {
            return Ok(Told::Found(raw.to_owned()));
        }
        self.refusal(service, &Complaint::read(&record))
    }

    fn refusal(&self, service: &str, complaint: &Complaint) -> Result<Told, PlatformError> {
        // Whatever the platform repeats of what it was sent, the token is not told.
        let text = complaint.text.replace(self.token.expose_secret(), "…");
        let detail = match &complaint.code {
            Some(code) => snippet(&format!("error {code}: {text}")),
            None => snippet(&text),
        };
        let resource = service.split('.').next().unwrap_or(service).to_owned();
        Err(match complaint.meaning() {
            Meaning::Nothing => return Ok(Told::Nothing),
            Meaning::NotFound => PlatformError::NotFound { what: resource },
            Meaning::Token => PlatformError::Unauthorized { detail },
            Meaning::Blocked => PlatformError::Forbidden { resource, detail },
            Meaning::TooMany => PlatformError::RateLimited { retry_after: None },
            Meaning::Down => PlatformError::Unreachable { detail },
            Meaning::Refused => PlatformError::Refused {
                reason: RefusalReason::InvalidValue,
                detail,
            },
        })
    }
}

/// What an error means for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// There is nothing to list.
    Nothing,
    /// There is no such record.
    NotFound,
    /// The token opens nothing.
    Token,
    /// The account may not use the API.
    Blocked,
    /// One request too many.
    TooMany,
    /// The platform failed, or is being worked on.
    Down,
    /// Anything else.
    Refused,
}

/// An error as the platform tells it.
struct Complaint {
    code: Option<String>,
    text: String,
}

impl Complaint {
    /// From an envelope whose status is not "OK".
    fn read(record: &Record<'_>) -> Self {
        let errors = record.list("erros").unwrap_or_default();
        let told = errors.into_iter().filter_map(|raw| match Record::parse(raw) {
            Ok(error) => error.soft_text("erro"),
            Err(_) => scalar(raw).ok().flatten(),
        });
        let alone = record
            .soft_text("erros")
            .or_else(|| record.record("erros")?.soft_text("erro"));
        Self {
            code: record.soft_text("codigo_erro"),
            text: told.chain(alone).collect::<Vec<_>>().join("; "),
        }
    }

    /// By the documented code. The words decide where it is missing or documented nowhere.
    fn meaning(&self) -> Meaning {
        match self.code.as_deref() {
            Some("1" | "2") => Meaning::Token,
            Some("5" | "8") => Meaning::Blocked,
            Some("6" | "11") => Meaning::TooMany,
            // 23: the page asked for does not exist.
            Some("20" | "23") => Meaning::Nothing,
            Some("32") => Meaning::NotFound,
            Some("35" | "99") => Meaning::Down,
            Some("3" | "4" | "10" | "21" | "22" | "30" | "31" | "33" | "34") => Meaning::Refused,
            _ => self.meaning_by_words(),
        }
    }

    fn meaning_by_words(&self) -> Meaning {
        let text = folded(&self.text);
        let says = |words: &[&str]| words.iter().all(|word| text.contains(word));
        if says(&["nao_retornou_registros"]) || says(&["nenhum_registro"]) {
            Meaning::Nothing
        } else if says(&["limite", "exced"]) || says(&["muitos_acessos"]) || says(&["bloqueada_momentaneamente"]) {
            Meaning::TooMany
        } else if says(&["token"]) {
            Meaning::Token
        } else if says(&["nao_localizad"]) || says(&["nao_encontrad"]) {
            Meaning::NotFound
        } else {
            Meaning::Refused
        }
    }
}

/// Troubles that come with the status 200 and are worth another try.
fn trouble(answer: &Answer) -> Option<Trouble> {
    // Few answers are errors, and most are large.
    if !answer.status.is_success() || !answer.body.contains("erro") || limit(answer) == Some(0) {
        return None;
    }
    let envelope: &RawValue = serde_json::from_str(&answer.body).ok()?;
    let envelope = Record::parse(envelope).ok()?;
    let record = envelope.record(ENVELOPE)?;
    if record.soft_text("status")?.eq_ignore_ascii_case("OK") {
        return None;
    }
    match Complaint::read(&record).meaning() {
        Meaning::TooMany => Some(Trouble::TooMany),
        Meaning::Down => Some(Trouble::Failed),
        _ => None,
    }
}

/// The requests a minute that an answer says the account has.
fn limit(answer: &Answer) -> Option<u32> {
    let text = answer.headers.get(LIMIT_HEADER)?.to_str().ok()?;
    text.trim().parse().ok().filter(|limit| *limit < UNTOLD)
}

/// Our share of an account's limit: its other integrations ask too.
fn share_of(limit: u32) -> Limits {
    Limits {
        per_minute: (limit.saturating_mul(3) / 4).max(1),
        burst: (limit / 10).max(1),
        concurrency: 1,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use reqwest::header::HeaderMap;

    use super::*;

    fn answer(limit: Option<&str>, body: &str) -> Answer {
        let mut headers = HeaderMap::new();
        if let Some(limit) = limit {
            headers.insert(LIMIT_HEADER, limit.parse().unwrap());
        }
        Answer {
            status: StatusCode::OK,
            headers,
            body: body.to_owned(),
        }
    }

    fn error(code: &str, text: &str) -> String {
        format!(r#"{{"retorno":{{"status":"Erro","codigo_erro":{code},"erros":[{{"erro":"{text}"}}]}}}}"#)
    }

    fn meaning(body: &str) -> Meaning {
        let raw: &RawValue = serde_json::from_str(body).unwrap();
        let envelope = Record::parse(raw).unwrap();
        Complaint::read(&envelope.record(ENVELOPE).unwrap()).meaning()
    }

    #[test]
    fn an_error_is_known_by_its_code_and_else_by_its_words() {
        for (body, expected) in [
            (error("2", "token invalido"), Meaning::Token),
            (error("\"2\"", "token invalido"), Meaning::Token),
            (error("\"6\"", "Limite de acessos excedido"), Meaning::TooMany),
            (error("11", "x"), Meaning::TooMany),
            (
                error("null", "API Bloqueada momentaneamente - muitos acessos"),
                Meaning::TooMany,
            ),
            (error("20", "A consulta não retornou registros"), Meaning::Nothing),
            (error("77", "A Consulta não retornou registros."), Meaning::Nothing),
            (error("23", "x"), Meaning::Nothing),
            (error("32", "Registro não localizado"), Meaning::NotFound),
            (error("null", "Pedido não encontrado"), Meaning::NotFound),
            (error("8", "Empresa bloqueada"), Meaning::Blocked),
            (error("99", "Sistema em manutenção"), Meaning::Down),
            (error("31", "token? não"), Meaning::Refused),
            (
                r#"{"retorno":{"status":"Erro","erros":{"erro":"Token inválido"}}}"#.to_owned(),
                Meaning::Token,
            ),
            (
                r#"{"retorno":{"status":"Erro","erros":["nenhum registro"]}}"#.to_owned(),
                Meaning::Nothing,
            ),
        ] {
            assert_eq!(meaning(&body), expected, "{body}");
        }
    }

    #[test]
    fn troubles_are_seen_behind_a_status_of_success() {
        let limit = error("6", "Limite de acessos excedido");
        assert_eq!(trouble(&answer(Some("60"), &limit)), Some(Trouble::TooMany));
        assert_eq!(trouble(&answer(None, &limit)), Some(Trouble::TooMany));
        assert_eq!(trouble(&answer(Some("0"), &limit)), None, "waiting would not help");
        assert_eq!(trouble(&answer(None, &error("35", "x"))), Some(Trouble::Failed));
        let good = r#"{"retorno":{"status":"OK","codigo_erro":null,"erros":[]}}"#;
        assert_eq!(trouble(&answer(None, good)), None);
        assert_eq!(trouble(&answer(None, "<html>erro</html>")), None);
    }

    #[test]
    fn our_share_stays_below_every_plan() {
        for (limit, per_minute) in [(20, 15), (30, 22), (60, 45), (120, 90), (1, 1)] {
            let share = share_of(limit);
            assert_eq!(share.per_minute, per_minute);
            assert!(share.per_minute + share.burst <= limit.max(2), "{limit}");
        }
    }
}
