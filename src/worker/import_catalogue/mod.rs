//! The walk over a Google Shopping feed: it is fetched whole into a file without a name, compared with what was read
//! last, and only if it differs read by a thread of its own, whose pages of products are written as they come.
//!
//! Fetching first means that a connection which breaks costs no product anything, that nothing is read at the pace of
//! the database, and that a feed which did not change is known before the first product is looked at.

mod fetch;
mod read;

use tokio::sync::mpsc;

use self::fetch::{Feed, Fetched};
use self::read::Outcome;
use super::JobError;
use super::run_import::{Stopped, keep_hold, with_signs_of_life};
use crate::app::App;
use crate::feed::{FeedError, FeedLimits, FeedReport};
use crate::service::catalogue::{self, Reading};
use crate::service::import::{self, ImportContext, Lease};

/// Pages that may wait: reading never runs far ahead of writing.
const AHEAD: usize = 4;

/// Brings the products up to date with their feed. A run that resumes fetches it again, and goes on after the items that
/// were written, unless the feed or what it is judged by has changed meanwhile: then it begins anew.
pub(super) async fn walk(app: &App, mut context: ImportContext, lease: &Lease) -> Result<(), Stopped> {
    import::begin_phase(app, &mut context, lease).await?;
    let last = catalogue::last_reading(app, &context).await?;
    let version = last.version(app.clock.now());
    let fetched = with_signs_of_life(app, &context, lease, fetch::fetch(app, &context, version)).await??;
    let feed = match fetched {
        Fetched::Whole(feed) => feed,
        Fetched::NotModified => return Ok(catalogue::unchanged(app, &context, lease, last, None).await?),
        Fetched::Refused(code, message) => {
            return Ok(import::fail(app, context.run.id, code, &message, None).await?);
        }
    };
    if last.is_of(&feed.digest) {
        return Ok(catalogue::unchanged(app, &context, lease, last, Some(feed.version)).await?);
    }
    let reading = catalogue::begin(app, &context, lease, &last, &feed.digest).await?;
    write(app, &context, lease, reading, feed).await
}

/// Reads the feed to its end and writes what it says.
async fn write(app: &App, context: &ImportContext, lease: &Lease, reading: Reading, feed: Feed) -> Result<(), Stopped> {
    let (pages, mut received) = mpsc::channel(AHEAD);
    let limits = FeedLimits {
        max_decompressed_bytes: app.config.feed.max_decompressed_bytes,
        max_items: app.config.feed.max_items,
        ..FeedLimits::default()
    };
    let (currency, place) = (context.store.currency.clone(), reading.clone());
    let reader = tokio::task::spawn_blocking(move || read::read(feed.file, &currency, limits, &place, &pages));
    while let Some(page) = with_signs_of_life(app, context, lease, received.recv()).await? {
        keep_hold(app, context, lease).await?;
        catalogue::import(app, context, lease, page).await?;
    }
    let Outcome { report, seen, end } = reader.await.map_err(|error| Stopped::Job(JobError::fail(error)))?;
    if let Err(error) = end {
        return refuse(app, context, error, &report).await;
    }
    if report.usable == 0 {
        let message = format!(
            "the feed is well-formed but none of its {} items is a usable product; the products known before stay as they are",
            report.items
        );
        catalogue::keep_report(app, context, &report).await?;
        return Ok(import::fail(app, context.run.id, "FEED_EMPTY", &message, None).await?);
    }
    // From a feed that was cut short nothing is withdrawn: what it lacks may only be missing today.
    if report.is_complete {
        let missing = catalogue::withdraw_missing(app, context, lease, &reading, &seen);
        with_signs_of_life(app, context, lease, missing).await??;
    }
    Ok(catalogue::finish(app, context, lease, reading, feed.version, &report).await?)
}

/// Ends a run whose feed cannot be read to its end. The products stay.
async fn refuse(app: &App, context: &ImportContext, error: FeedError, report: &FeedReport) -> Result<(), Stopped> {
    let code = match &error {
        FeedError::Io(error) => return Err(Stopped::Job(JobError::retry(error))),
        FeedError::NotAProductFeed { .. } => "NOT_A_PRODUCT_FEED",
        FeedError::TooLarge { .. } => "FEED_TOO_LARGE",
        FeedError::Malformed { .. } => "FEED_BROKEN",
    };
    catalogue::keep_report(app, context, report).await?;
    Ok(import::fail(app, context.run.id, code, &error.to_string(), None).await?)
}
