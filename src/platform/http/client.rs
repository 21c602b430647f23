//! The client: one guarded exchange at a time, with its limits of size, time and redirects.
//!
//! It never retries and never follows a redirect that it has not judged. Platform calls go through
//! [`super::Api`], which adds credentials, turns and retries.

use std::{sync::Arc, time::Duration};

use reqwest::{
    Method, RequestBuilder, Response, StatusCode,
    header::{self, HeaderMap},
    redirect,
};
use tokio::time::Instant;
use tokio_util::bytes::Bytes;
use url::Url;

use super::{
    Answer, ClientError, FetchError, HttpSettings, RetryPolicy,
    download::left_as_sent,
    guard::{Guard, GuardedResolver},
};

/// The outbound client. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct Client {
    inner: reqwest::Client,
    /// The same, but what is packed stays so.
    raw: reqwest::Client,
    guard: Guard,
    settings: HttpSettings,
}

/// How much of a streamed body is taken at most.
#[derive(Debug, Clone, Copy)]
pub struct StreamLimits {
    /// Bytes in all, after decompression.
    pub max_bytes: u64,
    /// Time in all, from the request to the last byte.
    pub max_time: Duration,
}

impl Default for StreamLimits {
    /// 512 MiB, ten minutes.
    fn default() -> Self {
        Self {
            max_bytes: 512 * 1024 * 1024,
            max_time: Duration::from_mins(10),
        }
    }
}

impl Client {
    /// A client with these settings.
    pub fn new(settings: HttpSettings) -> Result<Self, ClientError> {
        let guard = Guard {
            allow_private: settings.allow_private,
            trusted: None,
        };
        Self::with_guard(settings, guard)
    }

    pub(super) fn with_guard(settings: HttpSettings, guard: Guard) -> Result<Self, ClientError> {
        // Whoever came first has installed a provider just as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            reqwest::Client::builder()
                .user_agent(concat!("fidelidade/", env!("CARGO_PKG_VERSION")))
                .no_proxy()
                .redirect(redirect::Policy::none())
                .retry(reqwest::retry::never())
                .connect_timeout(settings.connect_timeout)
                .read_timeout(settings.timeout)
                // Shorter than servers keep idle connections: a write rarely meets one just closed.
                .pool_idle_timeout(Duration::from_secs(20))
                .dns_resolver(Arc::new(GuardedResolver(guard)))
        };
        Ok(Self {
            inner: builder().build()?,
            raw: left_as_sent(builder())?,
            guard,
            settings,
        })
    }

    /// The settings it was built with.
    pub fn settings(&self) -> &HttpSettings {
        &self.settings
    }

    pub(super) fn retry(&self) -> RetryPolicy {
        self.settings.retry
    }

    /// Judges an address without fetching it: scheme, port, user info and literal addresses. What
    /// its name leads to is judged when it is fetched.
    pub fn check(&self, url: &Url) -> Result<(), FetchError> {
        Ok(self.guard.check(url)?)
    }

    /// Fetches an address as a stream, following judged redirects. The answer is given whatever its
    /// status. Not tried again.
    pub async fn get_stream(&self, url: &Url, limits: StreamLimits) -> Result<StreamedBody, FetchError> {
        let deadline = Instant::now() + limits.max_time;
        let mut url = url.clone();
        for _ in 0..=self.settings.max_redirects {
            let exchange = self.exchange(Method::GET, &url, HeaderMap::new(), None, None);
            let response = tokio::time::timeout_at(deadline, exchange)
                .await
                .unwrap_or_else(|_| Err(FetchError::Timeout { host: host_of(&url) }))?;
            if is_followable(response.status()) {
                url = self.next_hop(&url, &response)?;
                continue;
            }
            return Ok(StreamedBody {
                response,
                url,
                left: limits.max_bytes,
                limits,
                deadline,
            });
        }
        Err(FetchError::TooManyRedirects {
            limit: self.settings.max_redirects,
        })
    }

    /// Sends a body to an address once: no redirects, no second try. The answer is given whatever
    /// its status.
    pub async fn post_once(&self, url: &Url, headers: HeaderMap, body: Vec<u8>) -> Result<Answer, FetchError> {
        let timeout = Some(self.settings.timeout);
        let response = self.exchange(Method::POST, url, headers, Some(body), timeout).await?;
        self.read(response, url).await
    }

    /// Sends a text with headers to an address once: no redirects, no second try. The status and the text of the
    /// answer are given whatever its status.
    pub async fn post_text(
        &self,
        url: &Url,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<(u16, String), FetchError> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let value = value.parse().map_err(|_| FetchError::Credential)?;
            map.insert(*name, value);
        }
        let answer = self.post_once(url, map, body.into_bytes()).await?;
        Ok((answer.status.as_u16(), answer.body))
    }

    /// One exchange up to the answer's head.
    pub(super) async fn exchange(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Option<Vec<u8>>,
        timeout: Option<Duration>,
    ) -> Result<Response, FetchError> {
        let mut request = self.inner.request(method, url.clone()).headers(headers);
        if let Some(timeout) = timeout {
            request = request.timeout(timeout);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        self.send(request, url).await
    }

    /// The same for a read whose body is left as it is sent.
    pub(super) async fn exchange_raw(&self, url: &Url, headers: HeaderMap) -> Result<Response, FetchError> {
        self.send(self.raw.get(url.clone()).headers(headers), url).await
    }

    async fn send(&self, request: RequestBuilder, url: &Url) -> Result<Response, FetchError> {
        self.guard.check(url)?;
        request
            .send()
            .await
            .map_err(|error| FetchError::from_reqwest(&error, &host_of(url)))
    }

    /// Reads a whole body within the limit.
    pub(super) async fn read(&self, mut response: Response, url: &Url) -> Result<Answer, FetchError> {
        let limit = self.settings.max_body_bytes;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = next_chunk(&mut response, url).await? {
            if body.len() + chunk.len() > limit {
                return Err(FetchError::TooLarge { limit: limit as u64 });
            }
            body.extend_from_slice(&chunk);
        }
        let text = String::from_utf8_lossy(&body);
        let body = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
        Ok(Answer { status, headers, body })
    }

    /// The address that a redirect leads to, judged.
    pub(super) fn next_hop(&self, from: &Url, response: &Response) -> Result<Url, FetchError> {
        let target = response
            .headers()
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok());
        let next = target
            .and_then(|target| from.join(target).ok())
            .ok_or(FetchError::Redirected {
                status: response.status(),
            })?;
        self.guard.check(&next)?;
        Ok(next)
    }
}

/// A body that comes in pieces, within its limits.
#[derive(Debug)]
pub struct StreamedBody {
    response: Response,
    url: Url,
    left: u64,
    limits: StreamLimits,
    deadline: Instant,
}

impl StreamedBody {
    /// The answer's status.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The answer's headers.
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The address that answered, after redirects.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The next piece, decompressed, or `None` at the end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, FetchError> {
        let chunk = tokio::time::timeout_at(self.deadline, next_chunk(&mut self.response, &self.url))
            .await
            .unwrap_or_else(|_| {
                Err(FetchError::Timeout {
                    host: host_of(&self.url),
                })
            })?;
        if let Some(chunk) = &chunk {
            let limit = self.limits.max_bytes;
            self.left = self
                .left
                .checked_sub(chunk.len() as u64)
                .ok_or(FetchError::TooLarge { limit })?;
        }
        Ok(chunk)
    }
}

pub(super) async fn next_chunk(response: &mut Response, url: &Url) -> Result<Option<Bytes>, FetchError> {
    response
        .chunk()
        .await
        .map_err(|error| FetchError::from_reqwest(&error, &host_of(url)))
}

pub(super) fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

/// Whether a status is a redirect that a read may follow.
pub(super) fn is_followable(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}
