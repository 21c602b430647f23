//! The walk over a Google Shopping feed: bytes come from the merchant's address through the guarded
//! client, a blocking thread reads them as a stream, pieces of products are written as they come.

use std::io::Read;
use std::time::Duration;

use tokio::sync::mpsc;

use super::JobError;
use super::run_import::{Stopped, keep_hold};
use crate::app::App;
use crate::feed::{self, FeedError, FeedItem, FeedLimits};
use crate::platform::http::{FetchError, StreamLimits, StreamedBody};
use crate::service::catalogue::{self, FeedPage};
use crate::service::import::{self, ImportContext, Lease};

/// Items written with one transaction.
const PAGE: usize = 200;
/// Pieces of the body, and pages, that may wait: reading never runs far ahead of writing.
const AHEAD: usize = 4;

/// Reads a feed to its end. A run that resumes begins anew: a feed has no pages, and writing a
/// product again changes nothing.
pub(super) async fn walk(app: &App, mut context: ImportContext, lease: &Lease) -> Result<(), Stopped> {
    import::begin_phase(app, &mut context, lease).await?;
    let Some(body) = open(app, &context).await? else {
        return Ok(());
    };
    let (bytes, body_task) = forward(body);
    let (pages, mut received) = mpsc::channel::<FeedPage>(AHEAD);
    let limits = FeedLimits {
        max_decompressed_bytes: app.config.feed.max_decompressed_bytes,
        max_items: app.config.feed.max_items,
        ..FeedLimits::default()
    };
    let currency = context.store.currency.clone();
    let reader = tokio::task::spawn_blocking(move || read(bytes, &currency, limits, &pages));
    while let Some(page) = received.recv().await {
        keep_hold(app, &context, lease).await?;
        catalogue::import(app, &context, lease, page).await?;
    }
    body_task.abort();
    let whole = match reader.await {
        Ok(Ok(whole)) => whole,
        Ok(Err(FeedError::Io(error))) => return Err(Stopped::Job(JobError::retry(error))),
        Ok(Err(error)) => {
            import::fail(app, context.run.id, "NOT_A_PRODUCT_FEED", &error.to_string(), None).await?;
            return Ok(());
        }
        Err(error) => return Err(Stopped::Job(JobError::fail(error))),
    };
    // From a feed that was cut short nothing is withdrawn: what it lacks may only be missing today.
    if whole {
        catalogue::withdraw_missing(app, &context).await?;
    }
    import::finish_phase(app, &context, lease).await?;
    Ok(())
}

/// Asks for the feed. `None` when the run has ended with a reason for the merchant.
async fn open(app: &App, context: &ImportContext) -> Result<Option<StreamedBody>, Stopped> {
    let url = context.integration.feed_url.as_deref().and_then(|url| url.parse().ok());
    let Some(url) = url else {
        import::fail(
            app,
            context.run.id,
            "NO_FEED",
            "the integration has no Google Shopping address",
            None,
        )
        .await?;
        return Ok(None);
    };
    let limits = StreamLimits {
        max_bytes: app.config.feed.max_decompressed_bytes,
        max_time: Duration::from_secs(app.config.feed.timeout_seconds),
    };
    match app.outbound.get_stream(&url, limits).await {
        Ok(body) if body.status().is_success() => Ok(Some(body)),
        Ok(body) if body.status().is_server_error() || body.status().as_u16() == 429 => Err(Stopped::Job(
            JobError::retry(format!("the feed's address answered {}", body.status())),
        )),
        Ok(body) => {
            let message = format!("the feed's address answered {}; check it in a browser", body.status());
            import::fail(app, context.run.id, "FEED_UNAVAILABLE", &message, None).await?;
            Ok(None)
        }
        Err(error @ FetchError::Timeout { .. }) => Err(Stopped::Job(JobError::retry(error))),
        Err(error) => {
            import::fail(app, context.run.id, "FEED_UNAVAILABLE", &error.to_string(), None).await?;
            Ok(None)
        }
    }
}

type Piece = Result<Vec<u8>, std::io::Error>;

/// Moves the body's pieces into a channel that a blocking thread can read.
fn forward(mut body: StreamedBody) -> (mpsc::Receiver<Piece>, tokio::task::JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let task = tokio::spawn(async move {
        loop {
            let piece = match body.chunk().await {
                Ok(None) => return,
                Ok(Some(bytes)) => Ok(bytes.to_vec()),
                Err(error) => Err(std::io::Error::other(error.to_string())),
            };
            let last = piece.is_err();
            if sender.send(piece).await.is_err() || last {
                return;
            }
        }
    });
    (receiver, task)
}

/// Reads the items and sends them on, page by page; whether the feed was whole.
fn read(
    bytes: mpsc::Receiver<Piece>,
    currency: &str,
    limits: FeedLimits,
    pages: &mpsc::Sender<FeedPage>,
) -> Result<bool, FeedError> {
    let source = Pieces {
        receiver: bytes,
        piece: Vec::new(),
        at: 0,
    };
    let mut page = FeedPage::default();
    let mut reader = feed::read(source, currency, limits);
    for item in reader.by_ref() {
        match item? {
            FeedItem::Product(product) => page.products.push(*product),
            FeedItem::Rejected(rejection) => page.rejections.push(rejection),
        }
        if page.products.len() + page.rejections.len() >= PAGE
            && pages.blocking_send(std::mem::take(&mut page)).is_err()
        {
            // The walk stopped: nobody wants the rest.
            return Ok(false);
        }
    }
    let _ = pages.blocking_send(page);
    Ok(reader.report().is_complete)
}

/// A channel of pieces, read as one stream.
struct Pieces {
    receiver: mpsc::Receiver<Piece>,
    piece: Vec<u8>,
    at: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.piece.len() {
            match self.receiver.blocking_recv() {
                None => return Ok(0),
                Some(piece) => {
                    self.piece = piece?;
                    self.at = 0;
                }
            }
        }
        let rest = self.piece.get(self.at..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), rest.get(..length)) {
            to.copy_from_slice(from);
        }
        self.at += length;
        Ok(length)
    }
}
