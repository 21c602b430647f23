//! The bytes of a file as lines of text: gzip is unpacked, UTF-8 and Windows-1252 are read, and what is
//! too large for anybody's memory is refused.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use encoding_rs::WINDOWS_1252;
use flate2::read::MultiGzDecoder;

use super::FileError;

/// The longest line, in bytes. A sale of 500 lines in JSON has a tenth of it.
const LONGEST: u64 = 1 << 20;
/// How much of a file's beginning is looked at.
const HEAD: usize = 8;
const GZIP: &[u8] = &[0x1f, 0x8b];
const MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// A line of a file.
#[derive(Debug, Clone)]
pub(in crate::service) struct Line {
    /// Its number, from 1.
    pub(in crate::service) number: u64,
    /// What is on it; none when it is too long.
    pub(in crate::service) text: Option<String>,
}

/// What a file is that is neither CSV nor JSON Lines, by its beginning.
pub(crate) fn foreign(head: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 7] = [
        (b"PK\x03\x04", "an Excel workbook or a zip archive"),
        (&[0xd0, 0xcf, 0x11, 0xe0], "an old Excel workbook"),
        (b"%PDF", "a PDF"),
        (b"<", "a page or XML"),
        (&[0xff, 0xfe], "text in UTF-16"),
        (&[0xfe, 0xff], "text in UTF-16"),
        (b"[", "a JSON list; write one object on each line"),
    ];
    known
        .iter()
        .find(|(first, _)| head.starts_with(first))
        .map(|(_, what)| *what)
}

/// Lines, one after the other.
pub(in crate::service) struct Lines {
    source: Box<dyn BufRead + Send>,
    packed: bool,
    most: u64,
    bytes: u64,
    number: u64,
    /// Lines that were looked at and not used.
    again: VecDeque<Line>,
}

impl Lines {
    /// Opens a file of which at most so many bytes are read, unpacked.
    pub(in crate::service) fn open(mut source: impl Read + Send + 'static, most: u64) -> Result<Self, FileError> {
        let mut head = Vec::with_capacity(HEAD);
        (&mut source)
            .take(HEAD as u64)
            .read_to_end(&mut head)
            .map_err(FileError::Io)?;
        let packed = head.starts_with(GZIP);
        let whole = Cursor::new(head).chain(source);
        let mut opened = Self {
            source: if packed {
                Box::new(BufReader::new(MultiGzDecoder::new(whole)))
            } else {
                Box::new(BufReader::new(whole))
            },
            packed,
            most,
            bytes: 0,
            number: 0,
            again: VecDeque::new(),
        };
        let head = opened.source.fill_buf().map_err(|error| told(packed, error))?;
        if let Some(what) = foreign(head) {
            return Err(FileError::Foreign(what));
        }
        if head.starts_with(MARK) {
            opened.source.consume(MARK.len());
        }
        Ok(opened)
    }

    /// The next line; none at the end.
    pub(in crate::service) fn next(&mut self) -> Result<Option<Line>, FileError> {
        if let Some(line) = self.again.pop_front() {
            return Ok(Some(line));
        }
        let mut bytes = Vec::new();
        let read = (&mut self.source).take(LONGEST).read_until(b'\n', &mut bytes);
        let read = read.map_err(|error| told(self.packed, error))?;
        if read == 0 {
            return Ok(None);
        }
        self.count(read)?;
        self.number += 1;
        let whole = bytes.last() == Some(&b'\n') || (read as u64) < LONGEST || self.skip_rest()?;
        while matches!(bytes.last(), Some(b'\n' | b'\r')) {
            bytes.pop();
        }
        Ok(Some(Line {
            number: self.number,
            text: whole.then(|| text(bytes)),
        }))
    }

    /// Gives lines back, which come again.
    pub(in crate::service) fn give_back(&mut self, lines: Vec<Line>) {
        for line in lines.into_iter().rev() {
            self.again.push_front(line);
        }
    }

    /// Goes to the end of a line that is too long; true when it was at its end already.
    fn skip_rest(&mut self) -> Result<bool, FileError> {
        let mut skipped = 0;
        loop {
            let buffer = self.source.fill_buf();
            let (length, ended) = match buffer {
                Ok(buffer) => match buffer.iter().position(|byte| *byte == b'\n') {
                    Some(end) => (end + 1, true),
                    None => (buffer.len(), buffer.is_empty()),
                },
                Err(error) => return Err(told(self.packed, error)),
            };
            self.source.consume(length);
            self.count(length)?;
            skipped += length;
            if ended {
                return Ok(skipped == 0);
            }
        }
    }

    fn count(&mut self, read: usize) -> Result<(), FileError> {
        self.bytes += read as u64;
        if self.bytes > self.most {
            return Err(FileError::TooLarge(self.most));
        }
        Ok(())
    }
}

/// What a failure to read means: what is packed may be damaged.
fn told(packed: bool, error: io::Error) -> FileError {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    if packed && matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof) {
        FileError::Damaged
    } else {
        FileError::Io(error)
    }
}

/// Each line by itself: what is not UTF-8 is what spreadsheets of Windows write.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| WINDOWS_1252.decode(error.as_bytes()).0.into_owned())
}

/// Whether nothing is on a line, in either format: spreadsheets end with rows of separators.
pub(in crate::service) fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|sign| sign.is_whitespace() || matches!(sign, ';' | ',' | '"'))
}
