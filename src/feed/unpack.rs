//! The bytes of a feed, unpacked: gzip (of one or many members) is recognised by its first two bytes, everything else
//! passes through. Counts bytes on both sides, so that a decompression bomb is stopped, and tells a failing source
//! from damaged gzip data. Called by `decode` only.

use std::io::{self, Chain, Cursor, Read};

use flate2::read::MultiGzDecoder;

use super::error::{FeedError, FeedLimits};

/// Below this many unpacked bytes the ratio is not looked at: small feeds of equal items pack very well.
const RATIO_MATTERS_FROM: u64 = 64 << 20;
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];

/// The source, counted, remembering whether it was the one that failed. It fills what it is given to the brim: how much
/// of damaged gzip data comes out depends on the pieces that go in.
struct Tap<R> {
    inner: R,
    bytes: u64,
    failed: bool,
    /// A failure behind bytes that were handed out first.
    failure: Option<io::Error>,
}

impl<R: Read> Read for Tap<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buf.len() && self.failure.is_none() {
            match self.inner.read(&mut buf[filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.failure = Some(error),
                Ok(0) => break,
                Ok(count) => filled += count,
            }
        }
        self.bytes += filled as u64;
        match self.failure.take_if(|_| filled == 0) {
            Some(error) => {
                self.failed = true;
                Err(error)
            }
            None => Ok(filled),
        }
    }
}

type Source<R> = Chain<Cursor<Vec<u8>>, Tap<R>>;

enum Packing<R> {
    Plain(Source<R>),
    Gzip(Box<MultiGzDecoder<Source<R>>>),
}

pub(super) struct Unpacked<R> {
    packing: Packing<R>,
    limits: FeedLimits,
    produced: u64,
    ended: bool,
    damage: Option<String>,
}

impl<R: Read> Unpacked<R> {
    pub(super) fn open(source: R, limits: FeedLimits) -> Result<Self, FeedError> {
        let mut tap = Tap {
            inner: source,
            bytes: 0,
            failed: false,
            failure: None,
        };
        let mut head = Vec::new();
        (&mut tap).take(4).read_to_end(&mut head)?;
        let is_gzip = head.starts_with(GZIP_MAGIC);
        if head.starts_with(b"PK\x03\x04") {
            return Err(FeedError::not_a_feed("a zip archive (gzip is unpacked, zip is not)"));
        }
        if head.starts_with(b"BZh") {
            return Err(FeedError::not_a_feed("a bzip2 file (gzip is unpacked, bzip2 is not)"));
        }
        let source = Cursor::new(head).chain(tap);
        let packing = if is_gzip {
            Packing::Gzip(Box::new(MultiGzDecoder::new(source)))
        } else {
            Packing::Plain(source)
        };
        Ok(Self {
            packing,
            limits,
            produced: 0,
            ended: false,
            damage: None,
        })
    }

    /// Appends to `window` until it is `size` bytes long or the feed ends. However the source cuts its bytes into
    /// pieces, the windows are the same.
    pub(super) fn fill(&mut self, window: &mut Vec<u8>, size: usize) -> Result<(), FeedError> {
        let mut filled = window.len();
        window.resize(size.max(filled), 0);
        while filled < window.len() && !self.ended {
            match self.read_some(&mut window[filled..]) {
                Ok(count) => filled += count,
                Err(error) => {
                    window.truncate(filled);
                    return Err(error);
                }
            }
        }
        window.truncate(filled);
        Ok(())
    }

    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// What is wrong with the gzip data, when they broke off or could not be read further.
    pub(super) fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }

    fn read_some(&mut self, buf: &mut [u8]) -> Result<usize, FeedError> {
        let read = match &mut self.packing {
            Packing::Plain(source) => source.read(buf),
            Packing::Gzip(gzip) => gzip.read(buf),
        };
        match read {
            Ok(0) => {
                self.ended = true;
                Ok(0)
            }
            Ok(count) => {
                self.produced += count as u64;
                self.check_limits()?;
                Ok(count)
            }
            Err(error) if self.tap().failed => Err(error.into()),
            // The packed data end too soon or are damaged. What came out before is good and is kept.
            Err(error) if self.produced > 0 => {
                self.ended = true;
                self.damage = Some(format!("the gzip data are damaged or cut short: {error}"));
                Ok(0)
            }
            Err(error) => Err(FeedError::Malformed {
                offset: 0,
                problem: format!("the gzip data cannot be unpacked: {error}"),
            }),
        }
    }

    fn tap(&self) -> &Tap<R> {
        match &self.packing {
            Packing::Plain(source) => source.get_ref().1,
            Packing::Gzip(gzip) => gzip.get_ref().get_ref().1,
        }
    }

    fn check_limits(&self) -> Result<(), FeedError> {
        let FeedLimits {
            max_decompressed_bytes,
            max_ratio,
            ..
        } = self.limits;
        if self.produced > max_decompressed_bytes {
            return Err(FeedError::TooLarge {
                what: "its unpacked size in bytes",
                limit: max_decompressed_bytes,
            });
        }
        let packed = self.tap().bytes;
        if self.produced > RATIO_MATTERS_FROM && self.produced / packed.max(1) > max_ratio {
            return Err(FeedError::TooLarge {
                what: "its compression ratio",
                limit: max_ratio,
            });
        }
        Ok(())
    }
}
