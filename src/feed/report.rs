//! What was found while reading a feed, in a form that can be stored and shown to the shop: counts, the first
//! rejected items with their reasons, and one line per kind of warning. Its size does not grow with the feed.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::product::Rejection;

/// How many rejected items the report keeps.
const KEPT_REJECTIONS: usize = 100;
/// How many occurrences of a kind of warning the report keeps.
const KEPT_EXAMPLES: usize = 10;
/// Details are kept up to this many characters.
const DETAIL: usize = 120;

/// What was found in a feed. Complete once the reader has come to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FeedReport {
    /// All items of the feed, empty and rejected ones included.
    pub items: u64,
    /// Items that became products.
    pub usable: u64,
    /// Items that did not.
    pub rejected: u64,
    /// The first hundred of those, with their reasons.
    pub rejections: Vec<Rejection>,
    /// What was odd, by kind.
    pub warnings: BTreeMap<WarningKind, Warning>,
    /// Whether the feed was read to a proper end. If not, products that were not seen may still exist.
    pub is_complete: bool,
    /// Examples whose line is not known yet: lines are counted only when somebody has to be told one.
    #[serde(skip)]
    unplaced: Vec<(WarningKind, usize)>,
}

/// How often something odd was found, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Number of occurrences.
    pub count: u64,
    /// The first ten occurrences.
    pub examples: Vec<Example>,
}

/// One occurrence of something odd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Number of the item in the feed, from 1; absent outside items.
    pub position: Option<u64>,
    /// Line of the feed, from 1: where the item begins, or where within it.
    pub line: u64,
    /// What was found there, shortened.
    pub detail: String,
}

impl FeedReport {
    pub(super) fn reject(&mut self, rejection: &Rejection) {
        self.rejected += 1;
        if self.rejections.len() < KEPT_REJECTIONS {
            self.rejections.push(rejection.clone());
        }
    }

    /// Counts an oddity of the item at `position`; `detail` is only kept for the first ones.
    pub(super) fn warn(&mut self, kind: WarningKind, position: Option<u64>, detail: &str) {
        self.place(kind, position, detail);
        self.warnings.entry(kind).or_default().count += 1;
    }

    /// Notes where an oddity was seen that is counted elsewhere.
    pub(super) fn place(&mut self, kind: WarningKind, position: Option<u64>, detail: &str) {
        let warning = self.warnings.entry(kind).or_default();
        if warning.examples.len() < KEPT_EXAMPLES {
            self.unplaced.push((kind, warning.examples.len()));
            warning.examples.push(Example {
                position,
                line: 0,
                detail: shorten(detail),
            });
        }
    }

    /// Whether something was found whose line is to be told with [`set_line`](Self::set_line).
    pub(super) fn asks_for_line(&self) -> bool {
        !self.unplaced.is_empty()
    }

    /// Tells the line of all that was found since it was last told.
    pub(super) fn set_line(&mut self, line: u64) {
        for (kind, index) in self.unplaced.drain(..) {
            let examples = self.warnings.get_mut(&kind).map(|warning| &mut warning.examples);
            if let Some(example) = examples.and_then(|examples| examples.get_mut(index)) {
                example.line = line;
            }
        }
    }

    /// Sets the count of an oddity that is counted elsewhere.
    pub(super) fn set_count(&mut self, kind: WarningKind, count: u64) {
        if count > 0 {
            self.warnings.entry(kind).or_default().count = count;
        }
    }

    /// How often something odd was found.
    pub fn count(&self, kind: WarningKind) -> u64 {
        self.warnings.get(&kind).map_or(0, |warning| warning.count)
    }
}

pub(super) fn shorten(text: &str) -> String {
    text.chars().take(DETAIL).collect()
}

/// Something odd in a feed that was read all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
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

impl fmt::Display for WarningKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::CutShort => "the feed ends too soon",
            Self::TextBeforeXml => "text before the XML declaration",
            Self::UnknownEncoding => "unknown encoding declared, read as UTF-8",
            Self::NotUtf8 => "not in UTF-8, read as windows-1252",
            Self::InvalidBytes => "invalid bytes replaced",
            Self::ControlCharacters => "control characters dropped",
            Self::NamespaceMissing => "the prefix g: is not bound to http://base.google.com/ns/1.0",
            Self::UnclosedElement => "element not closed",
            Self::StrayEndTag => "end tag without start tag",
            Self::BrokenMarkup => "markup that is not XML skipped",
            Self::BareAmpersand => "bare & taken literally (write &amp;)",
            Self::HtmlEntity => "undeclared HTML entity resolved",
            Self::UnknownEntity => "unknown entity left as it is",
            Self::MissingDescription => "no description",
            Self::BlankDescription => "description without any text",
            Self::MissingLink => "no link",
            Self::MissingImage => "no image",
            Self::MissingAvailability => "no availability",
            Self::UnknownAvailability => "availability not understood",
            Self::NumericAvailability => "availability given as a number",
            Self::MissingCurrency => "price without currency, the shop's own was assumed",
            Self::AmbiguousPrice => "price whose separator may mean thousands or decimals",
            Self::RoundedPrice => "price with too many decimals, rounded",
            Self::ZeroPrice => "price of zero",
            Self::SalePriceNotLower => "sale price not below the price",
            Self::UnusableSalePrice => "sale price left out",
            Self::UnusableInstallment => "instalment left out",
            Self::RelativeUrl => "relative address left out",
            Self::SpacesInUrl => "spaces in an address",
            Self::EscapedSlashes => "address with escaped slashes mended",
            Self::UnusableUrl => "address that is neither http nor https left out",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::product::RejectReason;
    use super::*;

    #[test]
    fn the_report_stays_small() {
        let mut report = FeedReport::default();
        for position in 1..=1_000 {
            report.reject(&Rejection {
                position,
                line: position,
                id: None,
                reasons: vec![RejectReason::NoId],
            });
            report.warn(WarningKind::MissingLink, Some(position), &"é".repeat(5_000));
        }
        assert_eq!((report.rejected, report.rejections.len()), (1_000, KEPT_REJECTIONS));
        let warning = &report.warnings[&WarningKind::MissingLink];
        assert_eq!(warning.count, 1_000);
        let examples: Vec<_> = warning
            .examples
            .iter()
            .map(|one| (one.position, one.detail.chars().count()))
            .collect();
        assert_eq!(
            examples,
            (1..=10).map(|position| (Some(position), DETAIL)).collect::<Vec<_>>()
        );
    }
}
