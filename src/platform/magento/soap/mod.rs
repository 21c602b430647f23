//! Magento 1's door: SOAP in two styles, with sessions that expire and lists without pages.

mod envelope;
mod walk;
mod xml;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};
use tokio::sync::Mutex;

use envelope::{Argument, Filter, Style};
use xml::Said;

use super::{ORDERS, Resource, not_there};
use crate::platform::{
    PlatformError, RefusalReason,
    http::{Answer, Api, FetchError, snippet},
};

/// Where shops answer: with and without the front controller.
const ENDPOINTS: [&str; 2] = ["/api/v2_soap/", "/index.php/api/v2_soap/"];
const TEXT_XML: &str = "text/xml; charset=utf-8";
/// A detail that fails may be one that always fails: fewer tries than a list, whose failure stops everything.
const DETAIL_TRIES: u32 = 3;

/// The numbers of Magento's faults.
const ACCESS_DENIED: &str = "2";
const SESSION_EXPIRED: &str = "5";

/// A session with a shop of the first generation. It logs in when it is first needed.
pub(super) struct Soap {
    api: Api,
    user: SecretString,
    key: SecretString,
    page_size: usize,
    session: Mutex<Option<Session>>,
    /// Somebody waits for the verdict on what was typed.
    is_check: bool,
}

/// What logging in brought.
#[derive(Clone)]
struct Session {
    endpoint: &'static str,
    style: Style,
    id: SecretString,
    /// The shop's own clock when it was asked, where it tells it.
    now: Option<DateTime<Utc>>,
}

/// What a call came to.
enum Outcome {
    Done(Value),
    Expired,
}

impl Soap {
    pub(super) fn new(api: Api, user: SecretString, key: SecretString, page_size: u32) -> Self {
        Self {
            api,
            user,
            key,
            page_size: page_size as usize,
            session: Mutex::default(),
            is_check: false,
        }
    }

    /// The same, not yet logged in, for somebody who waits in front of a screen.
    pub(super) fn for_check(&self, tries: u32) -> Self {
        Self {
            api: self.api.clone().with_max_tries(tries),
            user: self.user.clone(),
            key: self.key.clone(),
            page_size: self.page_size,
            session: Mutex::default(),
            is_check: true,
        }
    }

    /// An order's detail, or none where it cannot be had now. Trouble with the credentials, the limit or the network
    /// is an error: the list would fail too.
    pub(super) async fn order(&self, number: &str) -> Result<Option<Box<RawValue>>, PlatformError> {
        let session = self.log_in().await?;
        let api = self.api.clone().with_max_tries(DETAIL_TRIES);
        let arguments = [Argument::Text("orderIncrementId", number)];
        let told = self.call_in(&api, session, ("salesOrderInfo", ORDERS.name), &arguments);
        match told.await {
            Ok(value @ Value::Object(_)) if value["increment_id"].as_str().is_none_or(|found| found == number) => {
                Ok(to_raw_value(&value).ok())
            }
            // A detail of some other order is no detail of this one.
            Ok(_)
            | Err(
                Failed::Fetch(FetchError::Server { .. })
                | Failed::Platform(
                    PlatformError::NotFound { .. } | PlatformError::Malformed { .. } | PlatformError::Refused { .. },
                ),
            ) => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// The rows of a list under these filters.
    async fn list(&self, api: &Api, resource: Resource, filters: &[Filter<'_>]) -> Result<Vec<Value>, Failed> {
        let session = self.log_in().await.map_err(Failed::Platform)?;
        let arguments = [Argument::Filters(filters)];
        let told = self.call_in(api, session, (resource.call, resource.name), &arguments);
        match told.await? {
            Value::Array(rows) => Ok(rows),
            Value::Null => Ok(Vec::new()),
            Value::String(text) if text.is_empty() => Ok(Vec::new()),
            _ => Err(Failed::Platform(PlatformError::Malformed {
                detail: format!("the answer on '{}' is not a list", resource.name),
            })),
        }
    }

    /// Whether this resource may be read: asks for a row that nobody has.
    pub(super) async fn probe(&self, resource: Resource) -> Result<(), PlatformError> {
        let filters = [Filter {
            field: resource.soap_id,
            condition: "eq",
            value: "0",
        }];
        let rows = self.list(&self.api, resource, &filters).await;
        rows.map(drop).map_err(|error| self.failed(error))
    }

    /// Calls in a session. One that has expired is replaced once.
    async fn call_in(
        &self,
        api: &Api,
        session: Session,
        call: (&str, &str),
        arguments: &[Argument<'_>],
    ) -> Result<Value, Failed> {
        if let Outcome::Done(value) = send(api, &session, call, arguments).await? {
            return Ok(value);
        }
        tracing::debug!("the shop's session has expired; logging in again");
        self.session.lock().await.take();
        let session = self.log_in().await.map_err(Failed::Platform)?;
        match send(api, &session, call, arguments).await? {
            Outcome::Done(value) => Ok(value),
            Outcome::Expired => Err(Failed::Platform(PlatformError::Malformed {
                detail: "the shop ends every session at once".into(),
            })),
        }
    }

    /// The session that is open, else a new one.
    async fn log_in(&self) -> Result<Session, PlatformError> {
        let mut held = self.session.lock().await;
        if let Some(session) = &*held {
            return Ok(session.clone());
        }
        let (endpoint, style) = self.find().await?;
        let arguments = [
            Argument::Text("username", self.user.expose_secret()),
            Argument::Text("apiKey", self.key.expose_secret()),
        ];
        let body = style.envelope("login", &arguments);
        let asked = self.api.try_ask(endpoint, (TEXT_XML, &body), xml::is_envelope).await;
        let answer = asked.map_err(|error| self.failed(Failed::Fetch(error)))?;
        let id = match xml::read(&answer.body) {
            Some(Said::Result(Value::String(id))) if !id.is_empty() => id,
            Some(Said::Fault { code, text }) if code == ACCESS_DENIED => {
                return Err(PlatformError::Unauthorized { detail: snippet(&text) });
            }
            Some(Said::Fault { code, text }) => {
                return Err(PlatformError::Malformed {
                    detail: snippet(&format!("the log-in ended with fault {code}: {text}")),
                });
            }
            _ => return Err(strange(&answer, "login")),
        };
        let session = Session {
            endpoint,
            style,
            id: id.into(),
            now: answer.date(),
        };
        *held = Some(session.clone());
        Ok(session)
    }

    /// Where the shop answers and which style it speaks.
    async fn find(&self) -> Result<(&'static str, Style), PlatformError> {
        let mut met = None;
        for endpoint in ENDPOINTS {
            let asked = self.api.try_get(endpoint, &[("wsdl", "1")]).await;
            let answer = asked.map_err(|error| self.failed(Failed::Fetch(error)))?;
            if let Some(style) = Style::of_wsdl(&answer.body).filter(|_| answer.status.is_success()) {
                return Ok((endpoint, style));
            }
            met = met.or(Some(answer));
        }
        Err(match met {
            Some(answer) if self.is_check => not_there(&answer),
            Some(answer) => strange(&answer, "wsdl"),
            None => PlatformError::Unreachable {
                detail: "nothing was asked".into(),
            },
        })
    }

    /// What a failed exchange means. Only a check says that the address is wrong: later the name may be gone for a
    /// moment.
    fn failed(&self, error: Failed) -> PlatformError {
        match error {
            Failed::Fetch(error @ (FetchError::NameNotFound { .. } | FetchError::Redirected { .. }))
                if self.is_check =>
            {
                PlatformError::WrongAddress {
                    detail: error.to_string(),
                }
            }
            Failed::Fetch(error) => error.of_read(),
            Failed::Platform(error) => error,
        }
    }
}

/// Why a call brought nothing: told apart since a list that is too long fails in its own ways.
enum Failed {
    Fetch(FetchError),
    Platform(PlatformError),
}

/// One call.
async fn send(
    api: &Api,
    session: &Session,
    (call, resource): (&str, &str),
    arguments: &[Argument<'_>],
) -> Result<Outcome, Failed> {
    let mut all = vec![Argument::Text("sessionId", session.id.expose_secret())];
    all.extend_from_slice(arguments);
    let body = session.style.envelope(call, &all);
    let asked = api.try_ask(session.endpoint, (TEXT_XML, &body), xml::is_envelope).await;
    let answer = asked.map_err(Failed::Fetch)?;
    let error = match xml::read(&answer.body) {
        Some(Said::Result(value)) if answer.status.is_success() => return Ok(Outcome::Done(value)),
        Some(Said::Fault { code, .. }) if code == SESSION_EXPIRED => return Ok(Outcome::Expired),
        Some(Said::Fault { code, text }) if code == ACCESS_DENIED => PlatformError::Forbidden {
            resource: resource.to_owned(),
            detail: snippet(&text),
        },
        Some(Said::Fault { code, text }) => PlatformError::Refused {
            reason: RefusalReason::Other,
            detail: snippet(&format!("fault {code}: {text}")),
        },
        _ => strange(&answer, call),
    };
    Err(Failed::Platform(error))
}

/// An answer that is none.
fn strange(answer: &Answer, call: &str) -> PlatformError {
    PlatformError::Malformed {
        detail: format!("answered {} without an envelope on '{call}'", answer.status),
    }
}

/// Whether a WSDL stands there.
pub(super) async fn speaks_soap(api: &Api) -> bool {
    for endpoint in ENDPOINTS {
        let asked = api.try_get(endpoint, &[("wsdl", "1")]).await;
        if asked.is_ok_and(|answer| answer.status.is_success() && Style::of_wsdl(&answer.body).is_some()) {
            return true;
        }
    }
    false
}
