//! Whole feeds through the whole reader. Small ones are written in place, one oddity each.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod dirt;
mod layouts;
mod limits;
mod samples;

use std::io::{self, Read, Write};

use super::{FeedError, FeedItem, FeedLimits, FeedProduct, FeedReport, Rejection, read};

/// A source that gives out at most `size` bytes at a time.
struct Chunks<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl Read for Chunks<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let size = self.size.min(buf.len());
        self.bytes.read(&mut buf[..size])
    }
}

/// Everything that came out of a feed.
#[derive(Debug, PartialEq)]
struct Outcome {
    products: Vec<FeedProduct>,
    rejected: Vec<Rejection>,
    report: FeedReport,
    error: Option<String>,
}

fn outcome_of(source: impl Read, limits: FeedLimits) -> Outcome {
    let mut reader = read(source, "BRL", limits);
    let (mut products, mut rejected, mut error) = (Vec::new(), Vec::new(), None);
    for item in &mut reader {
        match item {
            Ok(FeedItem::Product(product)) => products.push(*product),
            Ok(FeedItem::Rejected(rejection)) => rejected.push(rejection),
            Err(problem) => error = Some(problem.to_string()),
        }
    }
    assert!(reader.next().is_none(), "nothing comes after the end");
    Outcome {
        products,
        rejected,
        report: reader.into_report(),
        error,
    }
}

fn read_all(bytes: impl AsRef<[u8]>) -> Outcome {
    outcome_of(bytes.as_ref(), FeedLimits::default())
}

/// The one product of a feed that holds nothing else.
fn only(bytes: impl AsRef<[u8]>) -> (FeedProduct, FeedReport) {
    let mut outcome = read_all(bytes);
    assert_eq!(
        (outcome.products.len(), outcome.rejected.len(), outcome.error),
        (1, 0, None)
    );
    (outcome.products.remove(0), outcome.report)
}

fn refusal(bytes: impl AsRef<[u8]>) -> String {
    let error = read(bytes.as_ref(), "BRL", FeedLimits::default()).find_map(Result::err);
    match error {
        Some(FeedError::NotAProductFeed { found }) => found,
        other => panic!("not refused: {other:?}"),
    }
}

/// An RSS feed around these items.
fn rss(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:g=\"http://base.google.com/ns/1.0\">\
         <channel><title>Loja</title><link>https://loja.example</link>{items}</channel></rss>"
    )
}

/// An item with id, title and price, and `more`.
fn item(id: &str, more: &str) -> String {
    format!("<item><g:id>{id}</g:id><title>Produto {id}</title><g:price>10.00 BRL</g:price>{more}</item>")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
