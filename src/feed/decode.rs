//! Bytes of any encoding to clean UTF-8, as the buffered reader that `quick_xml` reads from. Invalid sequences become
//! U+FFFD and are counted, control characters that XML forbids are dropped and counted, prose before the XML
//! declaration is skipped. It works on windows of a fixed size, so the outcome does not depend on how the source
//! cuts its bytes. It also keeps a single event of the parser from growing without end.

use std::io::{self, BufRead, Read};

use encoding_rs::{DecoderResult, UTF_8, WINDOWS_1252};

use super::charset::{self, Evidence, Origin};
use super::error::{FeedError, FeedLimits};
use super::unpack::Unpacked;

const WINDOW: usize = 64 << 10;
const REPLACEMENT: &str = "\u{FFFD}";

/// What had to be mended on the way.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Invalid byte sequences that became U+FFFD.
    pub(super) replaced: u64,
    /// Control characters that were dropped.
    pub(super) controls: u64,
    /// The start of the text that stood before the XML declaration.
    pub(super) prose: Option<String>,
    /// The declared encoding that nobody knows.
    pub(super) unknown_label: Option<String>,
    /// The feed turned out not to be in the UTF-8 that was declared or assumed.
    pub(super) not_utf8: bool,
}

enum Charset {
    Utf8 { origin: Origin, evidence: Evidence },
    Other(Box<encoding_rs::Decoder>),
}

pub(super) struct Decoder<R> {
    source: Unpacked<R>,
    charset: Charset,
    raw: Vec<u8>,
    text: String,
    at: usize,
    event_bytes: u64,
    max_event_bytes: u64,
    /// Line ends before `counted`, which lags behind `at`.
    lines: u64,
    counted: usize,
    notes: Notes,
    failure: Option<FeedError>,
}

impl<R: Read> Decoder<R> {
    /// Reads the first window and refuses what cannot be XML at all.
    pub(super) fn open(source: R, limits: FeedLimits) -> Result<Self, FeedError> {
        let mut source = Unpacked::open(source, limits)?;
        let mut raw = Vec::with_capacity(WINDOW);
        source.fill(&mut raw, WINDOW)?;
        let found = charset::detect(&raw)?;
        raw.drain(..found.skip);
        let charset = if found.encoding == UTF_8 {
            Charset::Utf8 {
                origin: found.origin,
                evidence: Evidence::default(),
            }
        } else {
            Charset::Other(Box::new(found.encoding.new_decoder_without_bom_handling()))
        };
        let mut decoder = Self {
            source,
            charset,
            raw,
            text: String::with_capacity(WINDOW),
            at: 0,
            event_bytes: 0,
            max_event_bytes: limits.max_item_bytes,
            lines: 0,
            counted: 0,
            notes: Notes {
                unknown_label: found.unknown_label,
                ..Notes::default()
            },
            failure: None,
        };
        decoder.decode_window();
        decoder.skip_prose();
        decoder.refuse_what_is_not_xml()?;
        Ok(decoder)
    }

    /// The decoded text that is at hand; right after `open`, the start of the feed.
    pub(super) fn waiting(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The line of the decoded text that was come to, from 1.
    pub(super) fn line(&mut self) -> u64 {
        self.count_lines();
        self.lines + 1
    }

    fn count_lines(&mut self) {
        self.lines += memchr::memchr_iter(b'\n', &self.text.as_bytes()[self.counted..self.at]).count() as u64;
        self.counted = self.at;
    }

    pub(super) fn notes(&self) -> &Notes {
        &self.notes
    }

    /// What is wrong with the packed data, if they broke off.
    pub(super) fn damage(&self) -> Option<&str> {
        self.source.damage()
    }

    /// The reason behind an input error that `fill_buf` returned.
    pub(super) fn take_failure(&mut self) -> Option<FeedError> {
        self.failure.take()
    }

    /// Whether every byte was handed out.
    pub(super) fn is_drained(&self) -> bool {
        self.at == self.text.len() && self.raw.is_empty() && self.source.ended()
    }

    /// Starts counting the bytes of the parser's next event.
    pub(super) fn start_event(&mut self) {
        self.event_bytes = 0;
    }

    /// Goes on behind `amount` bytes of what is waiting, which are part of no event.
    pub(super) fn skip(&mut self, amount: usize) {
        self.at += amount;
    }

    fn refill(&mut self) -> Result<(), FeedError> {
        self.count_lines();
        (self.at, self.counted) = (0, 0);
        self.text.clear();
        // A window may come out empty without being the last: it held nothing but dropped characters.
        while self.text.is_empty() && !(self.source.ended() && self.raw.is_empty()) {
            self.source.fill(&mut self.raw, WINDOW)?;
            self.decode_window();
        }
        Ok(())
    }

    fn decode_window(&mut self) {
        self.decode();
        self.notes.controls += drop_controls(&mut self.text);
    }

    fn decode(&mut self) {
        match &mut self.charset {
            Charset::Utf8 { .. } => self.decode_utf8(),
            Charset::Other(decoder) => {
                self.notes.replaced += transcode(decoder, &self.raw, self.source.ended(), &mut self.text);
                self.raw.clear();
            }
        }
    }

    fn decode_utf8(&mut self) {
        let Charset::Utf8 { origin, evidence } = &mut self.charset else {
            return;
        };
        match simdutf8::compat::from_utf8(&self.raw) {
            Ok(text) => {
                evidence.add_valid(text.as_bytes());
                self.text.push_str(text);
                self.raw.clear();
                return;
            }
            Err(error) if error.error_len().is_none() && !self.source.ended() => {
                evidence.add_valid(&self.raw[..error.valid_up_to()]);
            }
            Err(_) => {
                evidence.weigh(&self.raw);
                if evidence.contradicts_utf8(*origin) {
                    self.notes.not_utf8 = true;
                    self.charset = Charset::Other(Box::new(WINDOWS_1252.new_decoder_without_bom_handling()));
                    return self.decode();
                }
            }
        }
        self.decode_broken_utf8();
    }

    /// Replaces each invalid sequence by U+FFFD, and keeps the first bytes of a sequence that the window cut in two.
    fn decode_broken_utf8(&mut self) {
        let mut kept = 0;
        let mut chunks = self.raw.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            self.text.push_str(chunk.valid());
            let invalid = chunk.invalid();
            if invalid.is_empty() {
                break;
            }
            let may_go_on = std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            if may_go_on && chunks.peek().is_none() && !self.source.ended() {
                kept = invalid.len();
            } else {
                self.text.push_str(REPLACEMENT);
                self.notes.replaced += 1;
            }
        }
        self.raw.drain(..self.raw.len() - kept);
    }

    fn skip_prose(&mut self) {
        let Some(start) = charset::declaration_start(self.text.as_bytes()) else {
            return;
        };
        let before = self.text[..start].trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
        if before.starts_with("<!--") {
            return;
        }
        if !before.is_empty() {
            self.notes.prose = Some(before.chars().take(80).collect());
        }
        self.consume(start);
    }

    fn refuse_what_is_not_xml(&self) -> Result<(), FeedError> {
        let start = self.waiting().trim_start();
        if start.is_empty() && self.raw.is_empty() && self.source.ended() {
            return Err(FeedError::not_a_feed("an empty file"));
        }
        if start.starts_with(['{', '[']) {
            return Err(FeedError::not_a_feed("JSON"));
        }
        if !start.is_empty() && !start.contains('<') {
            return Err(FeedError::not_a_feed("text without any XML element"));
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(buf.len());
        buf[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Decoder<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.failure.is_some() {
            return Err(io::Error::other("failed before"));
        }
        if self.event_bytes > self.max_event_bytes {
            let limit = self.max_event_bytes;
            self.failure = Some(FeedError::TooLarge {
                what: "a single text or tag, in bytes,",
                limit,
            });
            return Err(io::Error::other("event too large"));
        }
        if self.at == self.text.len()
            && let Err(error) = self.refill()
        {
            self.failure = Some(error);
            return Err(io::Error::other("source failed"));
        }
        Ok(&self.text.as_bytes()[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
        self.event_bytes += amount as u64;
    }
}

/// Decodes `raw` onto the end of `text` and returns how many sequences were invalid.
fn transcode(decoder: &mut encoding_rs::Decoder, raw: &[u8], last: bool, text: &mut String) -> u64 {
    let mut replaced = 0;
    let mut rest = raw;
    loop {
        let room = decoder
            .max_utf8_buffer_length_without_replacement(rest.len())
            .unwrap_or(WINDOW);
        text.reserve(room);
        let (result, read) = decoder.decode_to_string_without_replacement(rest, text, last);
        rest = &rest[read..];
        match result {
            DecoderResult::InputEmpty => return replaced,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                replaced += 1;
                text.push_str(REPLACEMENT);
            }
        }
    }
}

/// Removes the control characters that no XML document may hold and returns how many there were.
fn drop_controls(text: &mut String) -> u64 {
    let forbidden = |byte: u8| byte < 0x20 && byte != b'\t' && byte != b'\n' && byte != b'\r';
    // Without early exit inside a block, so that the compiler can look at many bytes at once.
    let holds_any = |block: &[u8]| block.iter().fold(false, |found, byte| found | forbidden(*byte));
    if !text.as_bytes().chunks(1 << 10).any(holds_any) {
        return 0;
    }
    let before = text.len();
    text.retain(|letter| !u8::try_from(letter).is_ok_and(forbidden));
    (before - text.len()) as u64
}
