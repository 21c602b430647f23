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
/// Pages that may wait: reading never runs far ahead of writing.
const AHEAD: usize = 4;

/// Reads a feed to its end. A run that resumes begins anew: a feed has no pages, and writing a
/// product again changes nothing.
pub(super) async fn walk(app: &App, mut context: ImportContext, lease: &Lease) -> Result<(), Stopped> {
    import::begin_phase(app, &mut context, lease).await?;
    let Some(body) = open(app, &context).await? else {
        return Ok(());
    };
    let bytes = body.into_blocking();
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

/// Reads the items and sends them on, page by page; whether the feed was whole.
fn read(
    source: impl Read,
    currency: &str,
    limits: FeedLimits,
    pages: &mpsc::Sender<FeedPage>,
) -> Result<bool, FeedError> {
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
