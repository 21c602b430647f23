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

/// What the parser found next.
pub(super) enum Next<'b> {
    Event(Event<'b>),
    /// Something that is no XML was skipped.
    Broken(String),
    /// The end, within markup or after it.
    End {
        is_cut: bool,
    },
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

    /// Bytes read so far, counted in decoded text.
    pub(super) fn position(&self) -> u64 {
        self.before + self.xml.as_ref().map_or(0, Reader::buffer_position)
    }

    pub(super) fn next<'b>(&mut self, buf: &'b mut Vec<u8>) -> Result<Next<'b>, FeedError> {
        if self.remembered > MAX_REMEMBERED {
            self.renew();
        }
        let Some(xml) = &mut self.xml else {
            return Ok(Next::End { is_cut: true });
        };
        xml.get_mut().start_event();
        match xml.read_event_into(buf) {
            Ok(Event::Eof) => Ok(Next::End { is_cut: false }),
            Ok(event) => {
                match &event {
                    Event::Start(_) => self.remembered += 1,
                    Event::End(_) => self.remembered = self.remembered.saturating_sub(1),
                    _ => {}
                }
                Ok(Next::Event(event))
            }
            Err(Error::Io(error)) => {
                let failure = xml.get_mut().take_failure();
                Err(failure.unwrap_or_else(|| FeedError::Io(io::Error::other(error.to_string()))))
            }
            Err(_) if xml.get_ref().is_drained() => Ok(Next::End { is_cut: true }),
            Err(error) => self.skip_broken(&error),
        }
    }

    fn skip_broken<'b>(&mut self, error: &Error) -> Result<Next<'b>, FeedError> {
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
        Ok(Next::Broken(error.to_string()))
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
