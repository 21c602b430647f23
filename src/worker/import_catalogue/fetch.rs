//! From the merchant's address to a file without a name, which is gone with whoever holds it, and what happens to the
//! run when there is nothing to be had.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::platform::http::{Download, DownloadError, FetchError, StreamLimits, Validators};
use crate::service::catalogue::Version;
use crate::service::import::ImportContext;
use crate::worker::JobError;
use crate::worker::run_import::Stopped;

/// What came of asking for a feed.
pub(super) enum Fetched {
    /// It, and every byte of it.
    Whole(Feed),
    /// It is the one that was read last.
    NotModified,
    /// Nothing, which the merchant has to mend: a code, and words.
    Refused(&'static str, String),
}

/// A feed as it was sent.
pub(super) struct Feed {
    /// Its bytes, from the first on.
    pub(super) file: File,
    /// Hash of them.
    pub(super) digest: String,
    /// What the server calls this version of it.
    pub(super) version: Version,
}

/// Asks for the feed, unless it is still the version that is known.
pub(super) async fn fetch(app: &App, context: &ImportContext, known: Version) -> Result<Fetched, Stopped> {
    let url = context.integration.feed_url.as_deref().and_then(|url| url.parse().ok());
    let Some(url) = url else {
        let message = "the integration has no Google Shopping address";
        return Ok(Fetched::Refused("NO_FEED", message.to_owned()));
    };
    let limits = StreamLimits {
        max_bytes: app.config.feed.max_decompressed_bytes,
        max_time: Duration::from_secs(app.config.feed.timeout_seconds),
    };
    let known = Validators {
        etag: known.etag,
        last_modified: known.last_modified,
    };
    let mut file = tokio::fs::File::from_std(nameless(app).map_err(|error| disk(&error))?);
    let downloaded = match app.outbound.download(&url, &known, limits, &mut file).await {
        Ok(Download::Whole(downloaded)) => downloaded,
        Ok(Download::NotModified) => return Ok(Fetched::NotModified),
        Ok(Download::Refused(status)) if status.is_server_error() || status.as_u16() == 429 => {
            let problem = format!("the feed's address answered {status}");
            return Err(Stopped::Job(JobError::retry(problem)));
        }
        Ok(Download::Refused(status)) => {
            let message = format!("the feed's address answered {status}; check it in a browser");
            return Ok(Fetched::Refused("FEED_UNAVAILABLE", message));
        }
        Err(DownloadError::File(error)) => return Err(disk(&error)),
        Err(DownloadError::Fetch(error)) => return unavailable(error),
    };
    let file = file.into_std().await;
    let hashed = tokio::task::spawn_blocking(move || digest(file)).await;
    let (file, digest) = hashed
        .map_err(|error| Stopped::Job(JobError::fail(error)))?
        .map_err(|error| disk(&error))?;
    let version = Version {
        etag: downloaded.validators.etag,
        last_modified: downloaded.validators.last_modified,
    };
    Ok(Fetched::Whole(Feed { file, digest, version }))
}

fn unavailable(error: FetchError) -> Result<Fetched, Stopped> {
    match error {
        FetchError::Timeout { .. }
        | FetchError::Cut { .. }
        | FetchError::Server { .. }
        | FetchError::RateLimited { .. } => Err(Stopped::Job(JobError::retry(error))),
        FetchError::TooLarge { .. } => Ok(Fetched::Refused("FEED_TOO_LARGE", error.to_string())),
        error => Ok(Fetched::Refused("FEED_UNAVAILABLE", error.to_string())),
    }
}

/// A file in the data folder that has no name: a process that dies leaves nothing behind.
fn nameless(app: &App) -> io::Result<File> {
    let folder = &app.config.data.dir;
    std::fs::create_dir_all(folder)?;
    tempfile::tempfile_in(folder)
}

fn disk(error: &io::Error) -> Stopped {
    let problem = format!("the feed cannot be put down in the data folder; look whether its disk is full: {error}");
    Stopped::Job(JobError::retry(problem))
}

/// Hash of a file's content, and the file at its beginning again.
fn digest(mut file: File) -> io::Result<(File, String)> {
    file.rewind()?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0; 64 << 10]);
    loop {
        match file.read(&mut piece)? {
            0 => break,
            length => hash.update(&piece[..length]),
        }
    }
    file.rewind()?;
    let mut hex = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Ok((file, hex))
}
