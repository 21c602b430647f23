use std::collections::BTreeMap;

use async_graphql::{Enum, SimpleObject};
use entity::feed_report;

use crate::service::catalogue::{self, Example, Warning};

/// How much of a feed a run had to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::feed_report::FeedOutcome")]
pub(in crate::graphql) enum FeedOutcome {
    /// All of it.
    Read,
    /// Nothing: the server said that it has not changed since it was read last.
    NotModified,
    /// Nothing: it was fetched, and is byte for byte what was read last.
    SameContent,
}

/// Something odd in a feed that was read all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::service::catalogue::WarningKind")]
pub(in crate::graphql) enum FeedWarningKind {
    /// The feed, or its packing, ends too soon.
    CutShort,
    /// Text before the XML declaration or before the first element.
    TextBeforeXml,
    /// The declared encoding is unknown; UTF-8 was assumed.
    UnknownEncoding,
    /// The feed is not in UTF-8, as declared or assumed; windows-1252 was assumed.
    NotUtf8,
    /// Invalid byte sequences were replaced by U+FFFD.
    InvalidBytes,
    /// Control characters were dropped.
    ControlCharacters,
    /// The prefix `g:` is not bound to Google's namespace.
    NamespaceMissing,
    /// An element is never closed.
    UnclosedElement,
    /// An end tag without its start tag.
    StrayEndTag,
    /// Markup that is not XML was skipped.
    BrokenMarkup,
    /// A bare `&` was taken literally.
    BareAmpersand,
    /// Entities of HTML that the feed does not declare were resolved.
    HtmlEntity,
    /// Unknown entities were left as they are.
    UnknownEntity,
    /// Items without description.
    MissingDescription,
    /// Items whose description holds no text, only markup.
    BlankDescription,
    /// Items without link.
    MissingLink,
    /// Items without image.
    MissingImage,
    /// Items that do not tell whether the product can be had.
    MissingAvailability,
    /// Items whose availability nobody understands.
    UnknownAvailability,
    /// Items whose availability is a number of pieces.
    NumericAvailability,
    /// Prices without currency.
    MissingCurrency,
    /// Prices such as `1.299`, whose separator could mean thousands or decimals.
    AmbiguousPrice,
    /// Prices with more decimals than their currency has.
    RoundedPrice,
    /// Prices of zero.
    ZeroPrice,
    /// Sale prices that are not below the price.
    SalePriceNotLower,
    /// Sale prices that were left out: not a price, zero, in another currency than the price, or for a time that cannot be
    /// read.
    UnusableSalePrice,
    /// Instalments that were left out.
    UnusableInstallment,
    /// Addresses without scheme and host, which were left out.
    RelativeUrl,
    /// Addresses with spaces, which were encoded.
    SpacesInUrl,
    /// Addresses with slashes escaped as in JSON, which were mended.
    EscapedSlashes,
    /// Addresses that are neither http nor https, which were left out.
    UnusableUrl,
}

/// What a run found in a Google Shopping feed. Of one that has not changed: what was found when it was read.
#[derive(SimpleObject)]
pub(in crate::graphql) struct FeedReport {
    /// How much had to be read.
    outcome: FeedOutcome,
    /// All items of the feed.
    items: i64,
    /// Items that are products which can be used.
    usable: i64,
    /// Items that are not; `ImportRun.rejects` has the first thousand of the run that read them, with the reasons.
    rejected: i64,
    /// The feed had a proper end. From one that has not, no product is taken to be gone.
    is_complete: bool,
    /// What was odd, a line for each kind.
    warnings: Vec<FeedWarning>,
}

/// How often something odd was found in a feed, and where.
#[derive(SimpleObject)]
pub(in crate::graphql) struct FeedWarning {
    /// What it is, for programs.
    kind: FeedWarningKind,
    /// What it is, in words.
    message: String,
    /// How often it was found.
    count: i64,
    /// Where it was found first, at most ten places.
    places: Vec<FeedPlace>,
}

/// A place in a feed where something odd was found.
#[derive(SimpleObject)]
pub(in crate::graphql) struct FeedPlace {
    /// Number of the item in the feed, from 1; none outside of items.
    item: Option<i64>,
    /// Line of the feed, from 1: where the item begins, or where within it.
    line: i64,
    /// What stands there, shortened.
    detail: String,
}

impl From<feed_report::Model> for FeedReport {
    fn from(row: feed_report::Model) -> Self {
        let warnings: BTreeMap<_, _> = catalogue::warnings(&row);
        Self {
            outcome: row.outcome.into(),
            items: row.items,
            usable: row.usable,
            rejected: row.rejected,
            is_complete: row.is_complete,
            warnings: warnings.into_iter().map(FeedWarning::from).collect(),
        }
    }
}

impl From<(catalogue::WarningKind, Warning)> for FeedWarning {
    fn from((kind, warning): (catalogue::WarningKind, Warning)) -> Self {
        Self {
            kind: kind.into(),
            message: kind.to_string(),
            count: whole(warning.count),
            places: warning.examples.into_iter().map(FeedPlace::from).collect(),
        }
    }
}

impl From<Example> for FeedPlace {
    fn from(example: Example) -> Self {
        Self {
            item: example.position.map(whole),
            line: whole(example.line),
            detail: example.detail,
        }
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
