//! The events of the XML parser, and its recovery: after markup that is no XML, or many elements that are never closed,
//! parsing goes on with a new parser on the same input. Whether elements match is not checked here; `assemble` keeps
//! its own account of them.
//!
//! Text between tags is most of a feed, and the parser makes an event of every reference in it. It is handed out before
//! the parser sees it, as it stands in the window, and so are tags of nothing but a name. The parser gets all other
//! markup, and what a window cuts in two.

use std::io::{self, BufRead, Read};

use quick_xml::events::Event;
use quick_xml::{Error, Reader};

use super::decode::Decoder;
use super::error::FeedError;

/// The parser remembers the name of every element that is open for it; beyond this many it is replaced.
const MAX_REMEMBERED: usize = 1_024;
/// With so much broken markup the rest is not worth reading.
const MAX_BROKEN: u64 = 10_000;

/// What came of something that is no event.
pub(super) enum Recovery {
    /// It is no XML, and was skipped.
    Skipped(String),
    /// It is the end, within markup.
    Cut,
}

/// What comes next in a feed, as it stands in the window.
pub(super) enum AtHand<'a> {
    /// Text, and whether a tag follows it. Otherwise more may follow.
    Text(&'a str, bool),
    /// A start tag of nothing but this name.
    Start(&'a str),
    /// An end tag of nothing but this name.
    End(&'a str),
}

pub(super) struct Events<R> {
    /// Absent for an instant only, while the parser is being replaced.
    xml: Option<Reader<Decoder<R>>>,
    /// Bytes that earlier parsers read, and those that no parser saw.
    before: u64,
    /// The parser gave out a part of a text, and has to be asked for what comes next.
    is_in_text: bool,
    remembered: usize,
    broken: u64,
}

impl<R: Read> Events<R> {
    pub(super) fn new(input: Decoder<R>) -> Self {
        Self {
            xml: Some(parser(input)),
            before: 0,
            is_in_text: false,
            remembered: 0,
            broken: 0,
        }
    }

    pub(super) fn decoder(&self) -> Option<&Decoder<R>> {
        self.xml.as_ref().map(Reader::get_ref)
    }

    /// The line that was come to, from 1.
    pub(super) fn line(&mut self) -> u64 {
        self.xml.as_mut().map_or(1, |xml| xml.get_mut().line())
    }

    /// Whether invalid bytes were replaced so far.
    pub(super) fn is_mended(&self) -> bool {
        self.decoder().is_some_and(|decoder| decoder.notes().replaced > 0)
    }

    /// Bytes read so far, counted in decoded text.
    pub(super) fn position(&self) -> u64 {
        self.before + self.xml.as_ref().map_or(0, Reader::buffer_position)
    }

    /// Brings the text that comes next within reach of [`at_hand`](Self::at_hand), unless the parser has to go on first.
    #[inline]
    pub(super) fn reach(&mut self) -> bool {
        let Some(xml) = self.xml.as_mut().filter(|_| !self.is_in_text) else {
            return false;
        };
        let decoder = xml.get_mut();
        decoder.start_event();
        decoder.fill_buf().is_ok()
    }

    /// What comes next, if it is within reach and so plain that it needs no parser.
    #[inline]
    pub(super) fn at_hand(&self) -> Option<AtHand<'_>> {
        let waiting = self.decoder()?.waiting();
        match memchr::memchr(b'<', waiting.as_bytes()) {
            Some(0) => plain_tag(waiting),
            Some(length) => Some(AtHand::Text(&waiting[..length], true)),
            None if waiting.is_empty() => None,
            None => Some(AtHand::Text(waiting, false)),
        }
    }

    /// Goes on behind `length` bytes of what is at hand.
    #[inline]
    pub(super) fn skip(&mut self, length: usize) {
        if let Some(xml) = &mut self.xml {
            xml.get_mut().skip(length);
            self.before += length as u64;
        }
    }

    /// What the parser finds next. Handed on as it is, for an event is large to move and there are many.
    #[inline]
    pub(super) fn next<'b>(&mut self, buf: &'b mut Vec<u8>) -> Result<Event<'b>, Error> {
        if self.remembered > MAX_REMEMBERED {
            self.renew();
        }
        let Some(xml) = &mut self.xml else {
            return Ok(Event::Eof);
        };
        xml.get_mut().start_event();
        let event = xml.read_event_into(buf);
        match &event {
            Ok(Event::Start(_)) => self.remembered += 1,
            Ok(Event::End(_)) => self.remembered = self.remembered.saturating_sub(1),
            _ => {}
        }
        self.is_in_text = matches!(event, Ok(Event::Text(_)));
        event
    }

    /// What to do about an error of the parser.
    #[cold]
    pub(super) fn recover(&mut self, error: &Error) -> Result<Recovery, FeedError> {
        if let (Error::Io(error), Some(xml)) = (error, &mut self.xml) {
            let failure = xml.get_mut().take_failure();
            return Err(failure.unwrap_or_else(|| FeedError::Io(io::Error::other(error.to_string()))));
        }
        if self.decoder().is_none_or(Decoder::is_drained) {
            return Ok(Recovery::Cut);
        }
        self.broken += 1;
        if self.broken > MAX_BROKEN {
            return Err(FeedError::Malformed {
                offset: self.position(),
                problem: error.to_string(),
            });
        }
        if !matches!(error, Error::IllFormed(_)) {
            self.renew();
        }
        Ok(Recovery::Skipped(error.to_string()))
    }

    fn renew(&mut self) {
        self.before = self.position();
        self.is_in_text = false;
        self.remembered = 0;
        self.xml = self.xml.take().map(|xml| parser(xml.into_inner()));
    }
}

/// The tag that `text` starts with, if it is a name alone.
#[inline]
fn plain_tag(text: &str) -> Option<AtHand<'_>> {
    let tag = text.strip_prefix('<')?;
    let name = tag.strip_prefix('/').unwrap_or(tag);
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return None;
    }
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-' | b'.');
    let length = name.bytes().position(|byte| !is_of_name(byte))?;
    let (name, rest) = name.split_at(length);
    rest.starts_with('>').then_some(if tag.starts_with('/') {
        AtHand::End(name)
    } else {
        AtHand::Start(name)
    })
}

fn parser<R: Read>(input: Decoder<R>) -> Reader<Decoder<R>> {
    let mut xml = Reader::from_reader(input);
    let config = xml.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    xml
}
