//! A session with one account of a platform: address, credential, turns and retries.
//!
//! A read is tried again where that can help. A write is sent once: only a refusal for too many
//! requests, and a connection that never opened, are tried again, since nothing was applied.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{
    Method, StatusCode,
    header::{self, HeaderMap, HeaderValue},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use url::Url;

use super::{
    AccountKey, Answer, Auth, Client, FetchError, Held, Limits, Pacer, RetryPolicy, client::is_followable,
    retry::retry_after, snippet, turn::Turn,
};
use crate::platform::PlatformError;

/// A request as it is sent, and sent again.
#[derive(Clone, Copy)]
struct Call<'a> {
    method: &'a Method,
    url: &'a Url,
    /// The body and its content type.
    body: Option<(&'static str, &'a [u8])>,
    /// Whether a body that came with a 5xx is an answer all the same.
    is_answer: fn(&str) -> bool,
}

const JSON: &str = "application/json";
/// Fields of a form, as a body's type.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// What an answer means although its status says success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// One request too many: as a 429.
    TooMany,
    /// The platform failed: as a 5xx.
    Failed,
}

/// A session with one account. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    client: Client,
    pacer: Arc<dyn Pacer>,
    account: AccountKey,
    limits: Limits,
    base: Url,
    auth: Auth,
    /// Headers that every request has.
    always: &'static [(&'static str, &'static str)],
    retry: RetryPolicy,
    /// Trouble that comes with a status of success.
    trouble: fn(&Answer) -> Option<Trouble>,
    /// How long everybody who shares the account rests after an answer.
    rest: fn(&HeaderMap) -> Option<Duration>,
}

impl Api {
    /// A session with the account at `base`, which may have a path, with or without a final slash.
    pub fn new(
        client: Client,
        pacer: Arc<dyn Pacer>,
        account: AccountKey,
        limits: Limits,
        base: Url,
        auth: Auth,
    ) -> Self {
        let retry = client.retry();
        Self {
            client,
            pacer,
            account,
            limits,
            base,
            auth,
            always: &[],
            retry,
            trouble: |_| None,
            rest: |_| None,
        }
    }

    /// The same session, for someone who waits in front of a screen: at most this many tries.
    #[must_use]
    pub fn with_max_tries(mut self, max_tries: u32) -> Self {
        self.retry.max_tries = max_tries;
        self
    }

    /// The same session, showing who calls in another way: for platforms that are logged in to.
    #[must_use]
    pub fn with_auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// The same session, for a platform that tells its troubles with a status of success.
    #[must_use]
    pub fn with_trouble(mut self, trouble: fn(&Answer) -> Option<Trouble>) -> Self {
        self.trouble = trouble;
        self
    }

    /// The same session, for a platform whose answers tell when its requests are used up: everybody who shares the
    /// account then rests before one is refused.
    #[must_use]
    pub fn with_rest(mut self, rest: fn(&HeaderMap) -> Option<Duration>) -> Self {
        self.rest = rest;
        self
    }

    /// The same session under other limits, for a platform that tells them.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same session, with headers that the platform wants in every request.
    #[must_use]
    pub fn with_headers(mut self, always: &'static [(&'static str, &'static str)]) -> Self {
        self.always = always;
        self
    }

    /// Reads. Tried again after 429, 5xx, timeouts, failed connections and cut bodies; redirects
    /// are followed within the same host. Any other status is given as it is.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, PlatformError> {
        self.try_get(path, query).await.map_err(FetchError::of_read)
    }

    /// [`Api::get`] with the failure told exactly.
    pub async fn try_get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, FetchError> {
        let url = self.url(path, query);
        self.read(Call {
            method: &Method::GET,
            url: &url,
            body: None,
            is_answer: |_| false,
        })
        .await
    }

    /// Reads by sending a body of this type, as SOAP and forms do: tried again as [`Api::get`] is. A 5xx is given as it is
    /// when `is_answer` knows its body.
    pub async fn try_ask(
        &self,
        path: &str,
        (kind, body): (&'static str, &str),
        is_answer: fn(&str) -> bool,
    ) -> Result<Answer, FetchError> {
        let url = self.url(path, &[]);
        self.read(Call {
            method: &Method::POST,
            url: &url,
            body: Some((kind, body.as_bytes())),
            is_answer,
        })
        .await
    }

    /// Reads, or whatever else may be done twice.
    async fn read(&self, call: Call<'_>) -> Result<Answer, FetchError> {
        let mut tries = 1;
        loop {
            match self.exchange(call, tries).await {
                Err(error) if error.is_worth_another_try() => self.pause(error, tries).await?,
                other => return other,
            }
            tries += 1;
        }
    }

    /// Writes, once: see the module's description. A 5xx, a timeout and a cut connection are
    /// [`PlatformError::Unknown`]; a redirect is never followed.
    pub async fn send_once<B>(&self, method: Method, path: &str, body: &B) -> Result<Answer, PlatformError>
    where
        B: Serialize + ?Sized + Sync,
    {
        self.try_send_once(method, path, body)
            .await
            .map_err(FetchError::of_write)
    }

    /// [`Api::send_once`] with the failure told exactly.
    pub async fn try_send_once<B>(&self, method: Method, path: &str, body: &B) -> Result<Answer, FetchError>
    where
        B: Serialize + ?Sized + Sync,
    {
        let url = self.url(path, &[]);
        // Bodies are our own structs: only a map with odd keys could fail here.
        let body = serde_json::to_vec(body).map_err(|_| FetchError::Credential)?;
        let call = Call {
            method: &method,
            url: &url,
            body: Some((JSON, &body)),
            is_answer: |_| false,
        };
        let mut tries = 1;
        loop {
            match self.exchange(call, tries).await {
                Err(error @ (FetchError::RateLimited { .. } | FetchError::Connect { .. })) => {
                    self.pause(error, tries).await?;
                }
                other => return other,
            }
            tries += 1;
        }
    }

    /// Sends something that does no more when it is done twice, such as a log-in or a deletion. Tried again
    /// like a read; a redirect is never followed.
    pub async fn send_repeatable<B>(&self, method: Method, path: &str, body: &B) -> Result<Answer, PlatformError>
    where
        B: Serialize + ?Sized + Sync,
    {
        let url = self.url(path, &[]);
        // Bodies are our own structs: only a map with odd keys could fail here.
        let body = serde_json::to_vec(body).map_err(|_| FetchError::Credential.of_read())?;
        let call = Call {
            method: &method,
            url: &url,
            body: Some((JSON, &body)),
            is_answer: |_| false,
        };
        self.read(call).await.map_err(FetchError::of_read)
    }

    /// Waits before the next try, or gives the error back when there is none. After a 429 the
    /// pacer does the waiting, for everyone who shares the account.
    async fn pause(&self, error: FetchError, tries: u32) -> Result<(), FetchError> {
        if tries >= self.retry.max_tries {
            return Err(error);
        }
        let pause = match &error {
            FetchError::RateLimited {
                retry_after: Some(asked),
            } if *asked > self.retry.patience => return Err(error),
            FetchError::RateLimited { .. } => return Ok(()),
            _ => self.retry.pause_with_jitter(tries),
        };
        let wait = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(host = self.base.host_str(), tries, wait_ms = wait, reason = %error, "platform call is tried again");
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// One exchange, with the token that is good now where tokens are shown. One that is refused was not used for
    /// anything: once, another one is asked for.
    async fn exchange(&self, call: Call<'_>, tries: u32) -> Result<Answer, FetchError> {
        let Auth::Consent(Held(tokens)) = &self.auth else {
            return self.exchange_in_turn(call, tries, None).await;
        };
        let no_token = |error| FetchError::NoToken(Box::new(error));
        let token = tokens.access(None).await.map_err(no_token)?;
        let answer = self.exchange_in_turn(call, tries, Some(&token)).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let token = tokens.access(Some(&token)).await.map_err(no_token)?;
        self.exchange_in_turn(call, tries, Some(&token)).await
    }

    /// One exchange in its turn, body included. 429 and 5xx are errors here.
    async fn exchange_in_turn(
        &self,
        call: Call<'_>,
        tries: u32,
        token: Option<&SecretString>,
    ) -> Result<Answer, FetchError> {
        let permit = self.pacer.acquire(&self.account, &self.limits).await?;
        let turn = Turn {
            pacer: Arc::clone(&self.pacer),
            account: self.account.clone(),
            permit: Some(permit),
        };
        let answer = self.exchange_now(call, token).await;
        turn.give_back().await;
        let answer = answer?;
        let trouble = (self.trouble)(&answer);
        if answer.status == StatusCode::TOO_MANY_REQUESTS || trouble == Some(Trouble::TooMany) {
            let retry_after = retry_after(&answer.headers);
            let delay = retry_after.unwrap_or_else(|| self.retry.pause_with_jitter(tries));
            self.pacer.penalize(&self.account, delay).await;
            return Err(FetchError::RateLimited { retry_after });
        }
        if let Some(rest) = (self.rest)(&answer.headers) {
            self.pacer.penalize(&self.account, rest).await;
        }
        let failed = answer.status.is_server_error() && !(call.is_answer)(&answer.body);
        if failed || trouble == Some(Trouble::Failed) {
            return Err(FetchError::Server {
                status: answer.status,
                detail: snippet(&answer.body),
            });
        }
        Ok(answer)
    }

    async fn exchange_now(&self, call: Call<'_>, token: Option<&SecretString>) -> Result<Answer, FetchError> {
        let max_redirects = self.client.settings().max_redirects;
        let mut url = call.url.clone();
        for _ in 0..=max_redirects {
            let mut headers = self.headers(call, &url)?;
            if let Some(token) = token {
                let text = format!("Bearer {}", token.expose_secret());
                let mut value = HeaderValue::from_str(&text).map_err(|_| FetchError::Credential)?;
                value.set_sensitive(true);
                headers.insert(header::AUTHORIZATION, value);
            }
            let timeout = Some(self.client.settings().timeout);
            let body = call.body.map(|(_, body)| body.to_vec());
            let response = self
                .client
                .exchange(call.method.clone(), &url, headers, body, timeout)
                .await?;
            let status = response.status();
            if !is_followable(status) {
                return self.client.read(response, &url).await;
            }
            if *call.method != Method::GET {
                return Err(FetchError::Redirected { status });
            }
            let next = self.client.next_hop(&url, &response)?;
            // The credential goes to the platform's own host and nowhere else.
            if next.origin() != self.base.origin() {
                return Err(FetchError::Redirected { status });
            }
            url = next;
        }
        Err(FetchError::TooManyRedirects { limit: max_redirects })
    }

    fn headers(&self, call: Call<'_>, url: &Url) -> Result<HeaderMap, FetchError> {
        let mut headers = HeaderMap::new();
        let kind = call.body.map(|(kind, _)| kind);
        // Whoever is asked by a form answers with something else.
        let accepted = kind.filter(|kind| *kind != FORM).unwrap_or(JSON);
        let accepted = accepted.split(';').next().unwrap_or(accepted);
        headers.insert(header::ACCEPT, HeaderValue::from_static(accepted));
        if let Some(kind) = kind {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        for (name, value) in self.always {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        if let Some((name, value)) = self.auth.header(call.method, url)? {
            headers.insert(name, value);
        }
        Ok(headers)
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!(
            "{}/{}",
            self.base.path().trim_end_matches('/'),
            path.trim_start_matches('/')
        ));
        let secrets: &[(String, SecretString)] = match &self.auth {
            Auth::Query(pairs) | Auth::HeaderAndQuery { query: pairs, .. } => pairs,
            _ => &[],
        };
        if !query.is_empty() || !secrets.is_empty() {
            let mut pairs = url.query_pairs_mut();
            pairs.extend_pairs(query);
            pairs.extend_pairs(secrets.iter().map(|(name, value)| (name, value.expose_secret())));
        }
        url
    }
}
