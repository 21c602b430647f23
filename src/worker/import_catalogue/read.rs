//! The thread that reads a feed and sends its products on, page by page.

use std::io::Read;

use tokio::sync::mpsc;

use crate::feed::{self, FeedError, FeedItem, FeedLimits, FeedReport, SeenIds};
use crate::service::catalogue::{FeedPage, Reading};

/// Items written with one transaction.
const PAGE: usize = 500;
/// Items that could not be used and are kept with the run. Of more, only the number is.
const KEPT_REJECTIONS: u64 = 1_000;

/// What was found.
pub(super) struct Outcome {
    pub(super) report: FeedReport,
    /// Every product of the feed, also those before the place where the reading began.
    pub(super) seen: SeenIds,
    pub(super) end: Result<(), FeedError>,
}

/// Reads to the end, and sends on what comes after the items that were dealt with before.
pub(super) fn read(
    source: impl Read,
    currency: &str,
    limits: FeedLimits,
    reading: &Reading,
    pages: &mpsc::Sender<FeedPage>,
) -> Outcome {
    let mut reader = feed::read(source, currency, limits);
    let end = send(&mut reader, reading, pages);
    let (report, seen) = reader.into_parts();
    Outcome { report, seen, end }
}

fn send(
    items: impl Iterator<Item = Result<FeedItem, FeedError>>,
    reading: &Reading,
    pages: &mpsc::Sender<FeedPage>,
) -> Result<(), FeedError> {
    let empty = || FeedPage {
        rewards: reading.rewards(),
        ..FeedPage::default()
    };
    let (mut page, mut rejected, mut length) = (empty(), 0, 0);
    let mut place = 0;
    for item in items {
        let item = item?;
        place += 1;
        rejected += u64::from(matches!(item, FeedItem::Rejected(_)));
        if place <= reading.done() {
            continue;
        }
        length += 1;
        match item {
            FeedItem::Product(product) => page.products.push(*product),
            FeedItem::Rejected(rejection) if rejected <= KEPT_REJECTIONS => page.rejections.push(rejection),
            FeedItem::Rejected(_) => page.more_rejected += 1,
        }
        if length == PAGE {
            page.next = Some(reading.after(place));
            if pages.blocking_send(std::mem::replace(&mut page, empty())).is_err() {
                // The walk stopped: nobody wants the rest.
                return Ok(());
            }
            length = 0;
        }
    }
    if length > 0 {
        page.next = Some(reading.after(place));
        let _ = pages.blocking_send(page);
    }
    Ok(())
}
