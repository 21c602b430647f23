//! Any bytes as a product feed: reading ends without a panic, within the limits, and with the same outcome whether the
//! bytes come whole, one by one or in pieces of any size.
//!
//! The feed's reader is compiled by itself, without the rest of the program, which would take long and is not looked at.

#![no_main]

#[allow(
    dead_code,
    unused_imports,
    reason = "the rest of the program uses what is not used here"
)]
#[path = "../../src/feed/mod.rs"]
mod feed;

use std::io::{self, Read};

use feed::{FeedError, FeedItem, FeedLimits, FeedReport};
use libfuzzer_sys::fuzz_target;

/// Small enough to be met by small inputs.
const LIMITS: FeedLimits = FeedLimits {
    max_decompressed_bytes: 1 << 20,
    max_item_bytes: 4 << 10,
    max_depth: 16,
    max_items: 64,
    max_ratio: 500,
};

/// Bytes that arrive in pieces.
struct Pieces<'a> {
    rest: &'a [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = buf.len().min(self.rest.len()).min(self.size);
        let (now, later) = self.rest.split_at(count);
        buf[..count].copy_from_slice(now);
        self.rest = later;
        Ok(count)
    }
}

/// What became of the bytes.
#[derive(Debug, PartialEq)]
struct Outcome {
    items: Vec<FeedItem>,
    report: FeedReport,
    ended: Option<String>,
}

fn read(bytes: &[u8], size: usize) -> Outcome {
    let mut reader = feed::read(Pieces { rest: bytes, size }, "BRL", LIMITS);
    let (mut items, mut ended) = (Vec::new(), None);
    for item in reader.by_ref() {
        match item {
            Ok(item) => items.push(item),
            Err(error) => ended = Some(told(&error)),
        }
    }
    assert!(items.len() as u64 <= LIMITS.max_items, "more items than the limit");
    Outcome {
        items,
        report: reader.into_report(),
        ended,
    }
}

fn told(error: &FeedError) -> String {
    let text = error.to_string();
    assert!(!text.is_empty());
    text
}

fuzz_target!(|data: &[u8]| {
    let Some((size, bytes)) = data.split_first() else {
        return;
    };
    let whole = read(bytes, usize::MAX);
    assert_eq!(whole, read(bytes, 1), "one by one");
    assert_eq!(
        whole,
        read(bytes, usize::from(*size) + 2),
        "in pieces of {}",
        usize::from(*size) + 2
    );
});
