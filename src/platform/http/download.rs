//! A large answer to a file: conditional, and taken up again where it broke off.
//!
//! Whatever comes is put down as it was sent, packed or not, since pieces of an answer can only be joined before they
//! are unpacked. A piece is asked for by a validator that is strong (RFC 9110, 8.8.1 and 14), and joined only where
//! the answer says that it fits and its first bytes are those that are there already. Everything else begins anew.
//! Called for addresses that merchants typed.

use std::io::SeekFrom;

use reqwest::{
    Response, StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use tokio::time::Instant;
use url::Url;

use super::client::{Client, StreamLimits, host_of, is_followable, next_chunk};
use super::piece::{Piece, strong_validator};
use super::{ClientError, FetchError};

/// Requests for one download in all. What was cut so often is better asked for another time.
const MAX_REQUESTS: u32 = 8;
/// A piece begins with so many of the bytes that are there already, to see that it is of the same content.
const OVERLAP: usize = 1024;

/// What tells one version of a content from another: what a server said of it when it gave it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`, as it was sent.
    pub etag: Option<String>,
    /// `Last-Modified`, as it was sent.
    pub last_modified: Option<String>,
}

impl Validators {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Self {
            etag: text(header::ETAG),
            last_modified: text(header::LAST_MODIFIED),
        }
    }
}

/// What became of a download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Download {
    /// The whole content is in the file.
    Whole(Downloaded),
    /// The content is the one that the validators tell of. The file is empty.
    NotModified,
    /// The address answered otherwise. The file is empty.
    Refused(StatusCode),
}

/// A content that was put down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// Its bytes, as they were sent.
    pub bytes: u64,
    /// Pieces that it was joined from; one where nothing broke.
    pub pieces: u32,
    /// What the server said of it. None of what was joined from pieces: a server that is wrong about them would be
    /// believed ever after.
    pub validators: Validators,
}

/// Why a download did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The exchange failed.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The file cannot be written.
    #[error("what was fetched cannot be put down; look whether the disk is full: {0}")]
    File(#[from] std::io::Error),
}

/// What came so far.
#[derive(Default)]
struct Progress {
    received: u64,
    total: Option<u64>,
    pieces: u32,
    validators: Validators,
    /// What a piece of the same content is asked for by.
    strong: Option<HeaderValue>,
    /// The last bytes that came.
    tail: Vec<u8>,
}

/// Why a body came to an end.
enum Ended {
    /// It was the last.
    Whole,
    /// There is more.
    Early(FetchError),
    /// It is of something else than what is there.
    Foreign,
}

impl Client {
    /// Fetches an address into an empty file, following judged redirects. Does nothing more where the content is the
    /// one that `known` tells of. Where the connection breaks after the first byte, it goes on from there, or from
    /// the start; within the limits, which hold for all tries together.
    pub async fn download(
        &self,
        url: &Url,
        known: &Validators,
        limits: StreamLimits,
        file: &mut File,
    ) -> Result<Download, DownloadError> {
        let deadline = Instant::now() + limits.max_time;
        let mut progress = Progress::default();
        let mut last = None;
        for request in 1..=MAX_REQUESTS {
            if request > 1 {
                let pause = tokio::time::sleep(self.retry().pause_with_jitter(request - 1));
                let late = |_| FetchError::Timeout { host: host_of(url) };
                tokio::time::timeout_at(deadline, pause).await.map_err(late)?;
            }
            match self.one_try(url, known, (limits, deadline), file, &mut progress).await {
                Ok(Ok(done)) => return Ok(done),
                Ok(Err(broken)) => last = Some(broken),
                // Before anything came, whoever asked decides whether to ask again.
                Err(DownloadError::Fetch(error)) if progress.received > 0 && error.is_worth_another_try() => {
                    last = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or(FetchError::Cut { host: host_of(url) }).into())
    }

    /// One request and as much of its answer as comes; a failure that leaves something to go on from is inside.
    async fn one_try(
        &self,
        url: &Url,
        known: &Validators,
        (limits, deadline): (StreamLimits, Instant),
        file: &mut File,
        progress: &mut Progress,
    ) -> Result<Result<Download, FetchError>, DownloadError> {
        let headers = progress.headers(known);
        let (response, url) = self.raw_get(url, &headers, deadline).await?;
        let status = response.status();
        let overlap = match status {
            StatusCode::OK => {
                progress.start(&response);
                0
            }
            StatusCode::PARTIAL_CONTENT if headers.contains_key(header::RANGE) => match progress.fits(&response) {
                Some(overlap) => overlap,
                None => return begin_anew(file, progress, &url).await,
            },
            StatusCode::NOT_MODIFIED if progress.received == 0 && known != &Validators::default() => {
                return Ok(Ok(Download::NotModified));
            }
            _ if progress.received == 0 => return Ok(Ok(Download::Refused(status))),
            // There was something a moment ago. The server is in trouble, or the piece is not to be had.
            _ if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                let detail = String::new();
                return Ok(Err(FetchError::Server { status, detail }));
            }
            _ => return begin_anew(file, progress, &url).await,
        };
        if overlap == 0 {
            file.set_len(0).await?;
            file.seek(SeekFrom::Start(0)).await?;
        }
        let ended = self
            .put_down(response, &url, (limits, deadline), (overlap, file), progress)
            .await?;
        file.flush().await?;
        match ended {
            Ended::Whole => Ok(Ok(Download::Whole(progress.downloaded()))),
            Ended::Early(error) if error.is_worth_another_try() => Ok(Err(error)),
            Ended::Early(error) => Err(error.into()),
            Ended::Foreign => begin_anew(file, progress, &url).await,
        }
    }

    /// Writes what comes, the first `overlap` bytes of which have to be there already.
    async fn put_down(
        &self,
        mut response: Response,
        url: &Url,
        (limits, deadline): (StreamLimits, Instant),
        (overlap, file): (usize, &mut File),
        progress: &mut Progress,
    ) -> Result<Ended, DownloadError> {
        let mut expected = progress.tail[progress.tail.len() - overlap..].to_vec();
        loop {
            let chunk = tokio::time::timeout_at(deadline, next_chunk(&mut response, url)).await;
            let chunk = match chunk.unwrap_or_else(|_| Err(FetchError::Timeout { host: host_of(url) })) {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(error) => return Ok(Ended::Early(error)),
            };
            let again = expected.len().min(chunk.len());
            if !chunk.starts_with(&expected[..again]) {
                return Ok(Ended::Foreign);
            }
            expected.drain(..again);
            let new = &chunk[again..];
            progress.add(new);
            if progress.received > limits.max_bytes {
                let limit = limits.max_bytes;
                return Ok(Ended::Early(FetchError::TooLarge { limit }));
            }
            file.write_all(new).await?;
        }
        Ok(match progress.total {
            Some(total) if progress.received > total => Ended::Foreign,
            Some(total) if progress.received < total => Ended::Early(FetchError::Cut { host: host_of(url) }),
            _ if !expected.is_empty() => Ended::Foreign,
            _ => Ended::Whole,
        })
    }

    /// The head of an answer whose body is left as it is sent, and the address that gave it.
    async fn raw_get(&self, url: &Url, headers: &HeaderMap, deadline: Instant) -> Result<(Response, Url), FetchError> {
        let mut url = url.clone();
        for _ in 0..=self.settings().max_redirects {
            let exchange = self.exchange_raw(&url, headers.clone());
            let response = tokio::time::timeout_at(deadline, exchange)
                .await
                .unwrap_or_else(|_| Err(FetchError::Timeout { host: host_of(&url) }))?;
            if !is_followable(response.status()) {
                return Ok((response, url));
            }
            url = self.next_hop(&url, &response)?;
        }
        Err(FetchError::TooManyRedirects {
            limit: self.settings().max_redirects,
        })
    }
}

/// Forgets what came, which does not go together with what comes now.
async fn begin_anew(
    file: &mut File,
    progress: &mut Progress,
    url: &Url,
) -> Result<Result<Download, FetchError>, DownloadError> {
    file.set_len(0).await?;
    file.seek(SeekFrom::Start(0)).await?;
    // Still something to go on with: that there was an answer once. Only not from there.
    progress.strong = None;
    Ok(Err(FetchError::Cut { host: host_of(url) }))
}

impl Progress {
    fn headers(&self, known: &Validators) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        if let Some(strong) = self.strong.clone().filter(|_| self.received > 0) {
            let from = self.received - self.tail.len() as u64;
            if let Ok(range) = HeaderValue::try_from(format!("bytes={from}-")) {
                headers.insert(header::RANGE, range);
                headers.insert(header::IF_RANGE, strong);
            }
        } else if self.received == 0 {
            let conditions = [
                (header::IF_NONE_MATCH, &known.etag),
                (header::IF_MODIFIED_SINCE, &known.last_modified),
            ];
            for (name, value) in conditions {
                if let Some(value) = value.as_deref().and_then(|value| value.parse().ok()) {
                    headers.insert(name, value);
                }
            }
        }
        headers
    }

    /// A whole content begins.
    fn start(&mut self, response: &Response) {
        *self = Self {
            received: 0,
            total: response.content_length(),
            pieces: 1,
            validators: Validators::of(response.headers()),
            strong: strong_validator(response.headers()),
            tail: Vec::new(),
        };
    }

    /// How many of the bytes that are there a piece begins with; `None` when it is no piece of this content.
    fn fits(&mut self, response: &Response) -> Option<usize> {
        let piece = Piece::of(response.headers())?;
        let is_same = piece.begins_at(self.received - self.tail.len() as u64)
            && piece.is_of(&self.validators, self.strong.as_ref()?)
            && (self.total.is_none() || piece.total.is_none() || piece.total == self.total);
        if !is_same {
            return None;
        }
        self.total = self.total.or(piece.total);
        self.pieces += 1;
        Some(self.tail.len())
    }

    fn add(&mut self, bytes: &[u8]) {
        self.received += bytes.len() as u64;
        if bytes.len() >= OVERLAP {
            self.tail.clear();
        }
        self.tail
            .extend_from_slice(&bytes[bytes.len().saturating_sub(OVERLAP)..]);
        let more = self.tail.len().saturating_sub(OVERLAP);
        self.tail.drain(..more);
    }

    fn downloaded(&mut self) -> Downloaded {
        Downloaded {
            bytes: self.received,
            pieces: self.pieces,
            validators: if self.pieces == 1 {
                std::mem::take(&mut self.validators)
            } else {
                Validators::default()
            },
        }
    }
}

/// The client for bodies that are left as they are sent.
pub(super) fn left_as_sent(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, ClientError> {
    Ok(builder.no_gzip().build()?)
}
