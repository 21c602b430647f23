//! What can stop a feed from being read, and the limits that protect the process from a hostile or runaway one.
//! A fault of a single item is never an error: it is a rejection or a warning in the report.

use std::io;

/// How much of a feed is read before it is refused. The defaults take any real feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedLimits {
    /// Bytes of the feed after unpacking.
    pub max_decompressed_bytes: u64,
    /// Bytes of one item; a larger one is rejected. A single tag, comment or CDATA section larger than this ends the feed.
    pub max_item_bytes: u64,
    /// Elements open at the same time; an item nested deeper is rejected.
    pub max_depth: usize,
    /// Items in the feed.
    pub max_items: u64,
    /// Unpacked bytes for each packed byte. Checked once the feed is large enough for it to matter.
    pub max_ratio: u64,
}

impl Default for FeedLimits {
    fn default() -> Self {
        Self {
            max_decompressed_bytes: 4 << 30,
            max_item_bytes: 2 << 20,
            max_depth: 64,
            max_items: 5_000_000,
            max_ratio: 500,
        }
    }
}

/// Why a feed could not be read to its end. Items that were given out before the error are good.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The bytes are something else than a product feed.
    #[error(
        "this is not a product feed: found {found}; expected Google Shopping XML, that is RSS 2.0 with <item> \
         elements or Atom with <entry> elements, plain or packed with gzip"
    )]
    NotAProductFeed {
        /// What the bytes seem to be, in words.
        found: String,
    },
    /// A limit was passed.
    #[error("the feed is too large: {what} passes the limit of {limit}")]
    TooLarge {
        /// What was counted.
        what: &'static str,
        /// The limit that was passed.
        limit: u64,
    },
    /// The bytes are so broken that no further item can be found.
    #[error("the feed is broken at byte {offset}: {problem}")]
    Malformed {
        /// Where, counted in bytes of the unpacked text.
        offset: u64,
        /// What is wrong.
        problem: String,
    },
    /// The source failed (a lost connection, an unreadable file). Trying again may help.
    #[error("the feed could not be fetched to its end: {0}")]
    Io(#[from] io::Error),
}

impl FeedError {
    pub(super) fn not_a_feed(found: impl Into<String>) -> Self {
        Self::NotAProductFeed { found: found.into() }
    }
}
