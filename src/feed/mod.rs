//! Google Shopping / Merchant Center product feeds (RSS 2.0, Atom and their plainer relatives) read as a stream.
//!
//! This module turns bytes into [`FeedProduct`]s and a [`FeedReport`], one item at a time, so that a feed of any size
//! takes the same little memory. It knows nothing of the database, of HTTP or of shops' settings, and it does no
//! asynchronous work: a job runs it on a blocking thread and feeds it from a file or from the body of a response.
//! What a shop got wrong is repaired where the meaning is clear, and always reported; what is not a product feed at
//! all is refused with [`FeedError::NotAProductFeed`].
//!
//! The way of a byte: `unpack` (gzip, limits) -> `decode` (any encoding to clean UTF-8) -> `events` (`quick_xml`) ->
//! `assemble` (elements to the fields of one `draft`) -> `item` (fields to a product).

mod assemble;
mod availability;
mod charset;
mod currency;
mod decode;
mod draft;
mod entity;
mod error;
mod events;
mod item;
mod names;
mod price;
mod product;
mod reader;
mod report;
mod sale_period;
mod text;
mod unpack;
mod url;

#[cfg(test)]
mod tests;

use std::io::Read;

pub use availability::Availability;
pub use error::{FeedError, FeedLimits};
pub use item::SeenIds;
pub use price::{FeedPrice, PriceProblem};
pub use product::{FeedItem, FeedProduct, Installment, RejectReason, Rejection};
pub use reader::FeedReader;
pub use report::{Example, FeedReport, Warning, WarningKind};
pub use sale_period::SalePeriod;

/// Reads the feed in `source`, plain or gzip, as an iterator over its items.
///
/// `default_currency` is the ISO 4217 code that applies to prices which name none. Nothing is read before the first
/// call to `next`. The iterator ends after the last item or after the first error; [`FeedReader::report`] then tells
/// what was found on the way.
pub fn read<R: Read>(source: R, default_currency: &str, limits: FeedLimits) -> FeedReader<R> {
    FeedReader::new(source, default_currency, limits)
}
