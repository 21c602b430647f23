//! Any size of feed in little memory, the same outcome however the bytes arrive, and an end for hostile feeds.

use proptest::prelude::*;

use super::*;
use crate::feed::RejectReason;

/// A feed of many items that is never in memory as a whole.
struct Generated {
    next: u64,
    items: u64,
    piece: Vec<u8>,
    at: usize,
}

impl Generated {
    fn new(items: u64) -> Self {
        let head = rss("").replace("</channel></rss>", "");
        Self {
            next: 0,
            items,
            piece: head.into_bytes(),
            at: 0,
        }
    }
}

impl Read for Generated {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() && self.next <= self.items {
            self.piece = match self.next {
                last if last == self.items => b"</channel></rss>".to_vec(),
                id => item(
                    &id.to_string(),
                    &format!(
                        "<description>&lt;p&gt;{}&lt;/p&gt;</description>",
                        "Açaí &amp; cia ".repeat(60)
                    ),
                )
                .into_bytes(),
            };
            self.next += 1;
            self.at = 0;
        }
        let count = buf.len().min(self.piece.len() - self.at);
        buf[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[test]
fn pieces_of_any_size_give_the_same() {
    let items: String = (0..300)
        .map(|id| {
            item(
                &id.to_string(),
                "<g:brand>Açaí</g:brand><description>&ccedil; & <b>x</description>",
            )
        })
        .collect();
    let feed = rss(&items);
    let whole = read_all(&feed);
    assert_eq!(whole.products.len(), 300);
    for size in [1, 2, 3, 63, 64 << 10] {
        let plain = outcome_of(
            Chunks {
                bytes: feed.as_bytes(),
                size,
            },
            FeedLimits::default(),
        );
        assert_eq!(plain, whole, "{size}");
        let packed = gzip(feed.as_bytes());
        assert_eq!(
            outcome_of(Chunks { bytes: &packed, size }, FeedLimits::default()),
            whole,
            "packed, {size}"
        );
    }
}

#[test]
fn damaged_gzip_gives_the_same_in_pieces_of_any_size() {
    let feed = rss(&(0..2_000)
        .map(|id| item(&id.to_string(), "<g:brand>Açaí</g:brand>"))
        .collect::<String>());
    let mut packed = gzip(feed.as_bytes());
    for at in [40, 400, packed.len() / 2] {
        packed[at] ^= 0x55;
        let whole = read_all(&packed);
        for size in [1, 2, 63, 5_000] {
            let pieces = Chunks { bytes: &packed, size };
            assert_eq!(
                outcome_of(pieces, FeedLimits::default()),
                whole,
                "damaged at {at}, {size}"
            );
        }
        packed[at] ^= 0x55;
    }
}

/// What fuzzing begins with: the first byte of each is a size of pieces.
#[test]
fn the_seeds_of_the_fuzzer_give_the_same_in_pieces() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds/feed");
    let mut seen = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let (size, bytes) = bytes.split_first().unwrap();
        let whole = read_all(bytes);
        for size in [1, usize::from(*size) + 2] {
            assert_eq!(outcome_of(Chunks { bytes, size }, FeedLimits::default()), whole);
        }
        seen += 1;
    }
    assert_eq!(seen, 11);
}

#[test]
fn memory_stays_flat() {
    let mut reader = read(Generated::new(5_000), "BRL", FeedLimits::default());
    for item in &mut reader {
        assert!(matches!(item.unwrap(), FeedItem::Product(_)));
    }
    assert_eq!(reader.report().usable, 5_000);
    assert!(reader.buffer_capacity() < 16 << 10, "{}", reader.buffer_capacity());
}

/// By hand: `cargo test --release -- --ignored --nocapture a_huge_feed`.
#[test]
#[ignore = "takes a while; run it by hand with --release"]
fn a_huge_feed_takes_no_more_memory_than_a_small_one() {
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS"))
            .unwrap_or_default()
            .to_owned();
        line.split_whitespace()
            .nth(1)
            .and_then(|kilobytes| kilobytes.parse::<u64>().ok())
            .unwrap_or(0)
    };
    let mut reader = read(Generated::new(1_000_000), "BRL", FeedLimits::default());
    for (count, item) in (&mut reader).enumerate() {
        item.unwrap();
        if count % 100_000 == 0 {
            println!("{count} items: {} kB resident", resident());
        }
    }
    assert_eq!(reader.report().usable, 1_000_000);
    assert!(resident() < 64 << 10, "64 MB for a feed of more than 1 GB");
}

#[test]
fn an_item_that_is_too_large_or_too_deep_is_rejected_alone() {
    let limits = FeedLimits {
        max_item_bytes: 10_000,
        max_depth: 10,
        ..FeedLimits::default()
    };
    let large = item("1", &"<g:size>x</g:size>".repeat(1_000));
    let deep = item("2", &("<a>".repeat(50) + &"</a>".repeat(50)));
    let unclosed = item("3", &"<description><li></description>".repeat(40));
    let never_closed = item("4", &"<a>".repeat(5_000));
    let feed = rss(&[large, deep, unclosed, never_closed, item("5", "")].concat());
    let outcome = outcome_of(feed.as_bytes(), limits);
    let ids: Vec<_> = outcome.products.iter().map(|product| product.id.as_str()).collect();
    assert_eq!((ids, outcome.error), (vec!["3", "5"], None));
    assert_eq!(
        outcome.rejected.iter().map(|one| one.position).collect::<Vec<_>>(),
        [1, 2, 4]
    );
    assert!(
        outcome
            .rejected
            .iter()
            .all(|one| one.reasons == [RejectReason::TooLarge])
    );
    assert!(outcome.report.is_complete);
}

#[test]
fn a_feed_beyond_the_limits_ends_with_an_error() {
    let base = FeedLimits {
        max_item_bytes: 1 << 20,
        ..FeedLimits::default()
    };
    let feed = rss(&(0..50).map(|id| item(&id.to_string(), "")).collect::<String>());
    let error = |bytes: &[u8], limits| outcome_of(bytes, limits).error.unwrap_or_default();
    let few = FeedLimits { max_items: 10, ..base };
    let outcome = outcome_of(feed.as_bytes(), few);
    assert_eq!((outcome.products.len(), outcome.report.is_complete), (10, false));
    assert_eq!(
        outcome.error.unwrap(),
        "the feed is too large: its number of items passes the limit of 10"
    );
    let small = FeedLimits {
        max_decompressed_bytes: 1_000,
        ..base
    };
    assert!(error(feed.as_bytes(), small).contains("unpacked size"));
    assert!(error(&gzip(feed.as_bytes()), small).contains("unpacked size"));
    let endless = rss(&format!("<!-- {} -->", "x".repeat(2 << 20)));
    assert!(error(endless.as_bytes(), base).contains("a single text or tag"));
    let bomb = gzip(&rss(&" ".repeat(80 << 20)).into_bytes());
    assert!(
        error(
            &bomb,
            FeedLimits {
                max_item_bytes: u64::MAX,
                max_ratio: 50,
                ..base
            }
        )
        .contains("compression ratio")
    );
}

#[test]
fn a_failing_source_is_not_the_end_of_the_feed() {
    struct Failing(u32);
    impl Read for Failing {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            let head = rss(&item("1", "")).replace("</channel></rss>", "");
            match self.0 {
                1 => Err(io::ErrorKind::Interrupted.into()),
                2 => head.as_bytes().read(buf),
                _ => Err(io::ErrorKind::ConnectionReset.into()),
            }
        }
    }
    let mut reader = read(Failing(0), "BRL", FeedLimits::default());
    let error = reader.find_map(Result::err);
    assert!(matches!(error, Some(FeedError::Io(error)) if error.kind() == io::ErrorKind::ConnectionReset));
    assert!(!reader.report().is_complete);
}

#[test]
fn the_reader_can_move_to_another_thread() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&read(io::empty(), "BRL", FeedLimits::default()));
}

proptest! {
    #[test]
    fn damaged_feeds_end_in_order(damage in proptest::collection::vec((0usize..2_000, any::<u8>()), 0..12), size in 1usize..100) {
        let more = "<description><![CDATA[<p>Açaí &nbsp; & cia</p>]]></description><link href='x'/><g:shipping><g:price/></g:shipping>";
        let mut bytes = rss(&["1", "2", "3", "4", "5", "6"].map(|id| item(id, more)).concat()).into_bytes();
        for (at, byte) in damage {
            let at = at % bytes.len();
            bytes[at] = if byte % 2 == 0 { byte } else { b"<>&;/\"']!"[usize::from(byte) % 9] };
        }
        let whole = read_all(&bytes);
        prop_assert_eq!(whole.report.items, whole.report.usable + whole.report.rejected);
        prop_assert_eq!(outcome_of(Chunks { bytes: &bytes, size }, FeedLimits::default()), whole);
    }
}
