//! The events of the XML parser, and its recovery: after markup that is no XML, or many elements that are never closed,
//! parsing goes on with a new parser on the same input. Whether elements match is not checked here; `assemble` keeps
//! its own account of them.

use std::io::{self, Read};

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

pub(super) struct Events<R> {
    /// Absent for an instant only, while the parser is being replaced.
    xml: Option<Reader<Decoder<R>>>,
    /// Bytes that earlier parsers read.
    before: u64,
    remembered: usize,
    broken: u64,
}

impl<R: Read> Events<R> {
    pub(super) fn new(input: Decoder<R>) -> Self {
        Self {
            xml: Some(parser(input)),
            before: 0,
            remembered: 0,
            broken: 0,
        }
    }

    pub(super) fn decoder(&self) -> Option<&Decoder<R>> {
        self.xml.as_ref().map(Reader::get_ref)
    }

    pub(super) fn decoder_mut(&mut self) -> Option<&mut Decoder<R>> {
        self.xml.as_mut().map(Reader::get_mut)
    }

    /// Bytes read so far, counted in decoded text.
    pub(super) fn position(&self) -> u64 {
        self.before + self.xml.as_ref().map_or(0, Reader::buffer_position)
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
        self.remembered = 0;
        self.xml = self.xml.take().map(|xml| parser(xml.into_inner()));
    }
}

fn parser<R: Read>(input: Decoder<R>) -> Reader<Decoder<R>> {
    let mut xml = Reader::from_reader(input);
    let config = xml.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    xml
}
