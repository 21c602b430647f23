//! The reader that callers iterate over: it moves events from the parser to the assembler, completed items to their
//! judgement, and keeps the report. It decides when something is no product feed and when a limit ends the reading.

use std::io::Read;

use quick_xml::events::{BytesStart, Event};

use super::assemble::Assembler;
use super::decode::Decoder;
use super::draft::Draft;
use super::error::{FeedError, FeedLimits};
use super::events::{AtHand, Events, Recovery};
use super::item::{Judge, SeenIds};
use super::product::FeedItem;
use super::report::{FeedReport, WarningKind};

/// The items of one feed, read as they are asked for. See [`read`](super::read).
pub struct FeedReader<R> {
    input: Input<R>,
    limits: FeedLimits,
    assembler: Assembler,
    judge: Judge,
    buf: Vec<u8>,
    /// Where the open item starts.
    item_start: u64,
    is_finished: bool,
}

enum Input<R> {
    Unopened(R),
    Open(Box<Events<R>>),
    Closed,
}

impl<R: Read> FeedReader<R> {
    pub(super) fn new(source: R, default_currency: &str, limits: FeedLimits) -> Self {
        Self {
            input: Input::Unopened(source),
            limits,
            assembler: Assembler::new(limits.max_depth),
            judge: Judge::new(default_currency),
            buf: Vec::new(),
            item_start: 0,
            is_finished: false,
        }
    }

    /// What was found so far; complete once the iterator has ended.
    pub fn report(&self) -> &FeedReport {
        &self.judge.report
    }

    /// The report alone, when the items are no longer of interest.
    pub fn into_report(self) -> FeedReport {
        self.judge.report
    }

    /// The report, and the ids of all products that were given out.
    pub fn into_parts(self) -> (FeedReport, SeenIds) {
        (self.judge.report, self.judge.seen)
    }

    /// Bytes held for the parser's events.
    #[cfg(test)]
    pub(super) fn buffer_capacity(&self) -> usize {
        self.buf.capacity()
    }

    fn open(&mut self) -> Result<(), FeedError> {
        if let Input::Unopened(source) = std::mem::replace(&mut self.input, Input::Closed) {
            let decoder = Decoder::open(source, self.limits)?;
            self.judge.marks.scan(decoder.waiting());
            self.input = Input::Open(Box::new(Events::new(decoder)));
        }
        Ok(())
    }

    /// Reads on until an item is complete; `None` at the end of the feed.
    fn next_draft(&mut self) -> Result<Option<Box<Draft>>, FeedError> {
        if matches!(self.input, Input::Unopened(_)) {
            self.open()?;
        }
        let Input::Open(events) = &mut self.input else {
            return Ok(None);
        };
        let Self {
            assembler, judge, buf, ..
        } = self;
        let report = &mut judge.report;
        loop {
            let was_in_item = assembler.position();
            let step = match take_at_hand(events, assembler, report)? {
                Some(step) => step,
                None => take_next(events, assembler, report, buf)?,
            };
            let is_in_item = assembler.position();
            if report.asks_for_line() || is_in_item != was_in_item {
                let line = events.line();
                report.set_line(line);
                if is_in_item != was_in_item {
                    assembler.set_line(line);
                    self.item_start = events.position();
                }
            } else if is_in_item.is_some() && events.position() - self.item_start > self.limits.max_item_bytes {
                assembler.overflow();
            }
            match step {
                Step::On => {}
                Step::Item(draft) => return Ok(Some(draft)),
                Step::End(draft) => return Ok(draft),
            }
        }
    }

    /// Puts what the decoder had to mend into the report.
    fn add_notes(&mut self) {
        let Input::Open(events) = &mut self.input else { return };
        let line = events.line();
        let Some(decoder) = events.decoder() else { return };
        let report = &mut self.judge.report;
        let notes = decoder.notes();
        if let Some(prose) = &notes.prose {
            report.warn(WarningKind::TextBeforeXml, None, prose);
        }
        if let Some(label) = &notes.unknown_label {
            report.warn(WarningKind::UnknownEncoding, None, label);
        }
        if notes.not_utf8 {
            report.warn(WarningKind::NotUtf8, None, "");
        }
        report.set_count(WarningKind::InvalidBytes, notes.replaced);
        report.set_count(WarningKind::ControlCharacters, notes.controls);
        if let Some(damage) = decoder.damage() {
            report.warn(WarningKind::CutShort, None, damage);
            report.is_complete = false;
        }
        report.set_line(line);
    }

    /// Looks back on the whole feed, once it has ended.
    fn conclude(&mut self) -> Result<(), FeedError> {
        let report = &mut self.judge.report;
        report.is_complete = report.count(WarningKind::CutShort) == 0;
        self.add_notes();
        if !self.assembler.has_root() {
            return Err(FeedError::not_a_feed("text without any complete XML element"));
        }
        let FeedReport { items, is_complete, .. } = self.judge.report;
        if items > 0 && is_complete && !self.judge.saw_products {
            return Err(FeedError::NotAProductFeed {
                found: format!(
                    "a feed of {items} items, none of which has a price or any other attribute of a product"
                ),
            });
        }
        Ok(())
    }

    fn fail(&mut self, error: FeedError) -> FeedError {
        self.is_finished = true;
        self.judge.report.is_complete = false;
        self.input = Input::Closed;
        error
    }
}

impl<R: Read> Iterator for FeedReader<R> {
    type Item = Result<FeedItem, FeedError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_finished {
            return None;
        }
        match self.next_draft() {
            Ok(Some(draft)) if draft.position > self.limits.max_items => {
                let error = FeedError::TooLarge {
                    what: "its number of items",
                    limit: self.limits.max_items,
                };
                Some(Err(self.fail(error)))
            }
            Ok(Some(draft)) => Some(Ok(self.judge.judge(draft))),
            Ok(None) => {
                self.is_finished = true;
                let concluded = self.conclude();
                concluded.err().map(|error| Err(self.fail(error)))
            }
            Err(error) => {
                self.add_notes();
                Some(Err(self.fail(error)))
            }
        }
    }
}

/// What a piece of the feed brought about.
enum Step {
    On,
    Item(Box<Draft>),
    /// The feed has ended, perhaps within an item.
    End(Option<Box<Draft>>),
}

/// Takes in what needs no parser; `None` if something else comes next.
#[inline]
fn take_at_hand<R: Read>(
    events: &mut Events<R>,
    assembler: &mut Assembler,
    report: &mut FeedReport,
) -> Result<Option<Step>, FeedError> {
    if !events.reach() {
        return Ok(None);
    }
    assembler.expects_replacements = events.is_mended();
    let (length, finished) = match events.at_hand() {
        None => return Ok(None),
        Some(AtHand::Text(text, is_whole)) => {
            let length = assembler.text(text, is_whole, report);
            warn_before_root(assembler, &text[..length], report);
            (length, None)
        }
        Some(AtHand::Start(name)) => {
            let tag = BytesStart::from_content(name, name.len());
            (name.len() + "<>".len(), assembler.start(&tag, false, report)?)
        }
        Some(AtHand::End(name)) => (name.len() + "</>".len(), assembler.end(name, report)),
    };
    events.skip(length);
    Ok((length > 0).then(|| finished.map_or(Step::On, Step::Item)))
}

/// Takes in what the parser finds next.
fn take_next<R: Read>(
    events: &mut Events<R>,
    assembler: &mut Assembler,
    report: &mut FeedReport,
    buf: &mut Vec<u8>,
) -> Result<Step, FeedError> {
    buf.clear();
    let next = events.next(buf);
    assembler.expects_replacements = events.is_mended();
    match &next {
        Ok(Event::Eof) => Ok(Step::End(end_of_feed(assembler, report, false))),
        Ok(event) => Ok(take_event(assembler, event, report)?.map_or(Step::On, Step::Item)),
        Err(error) => match events.recover(error)? {
            Recovery::Cut => Ok(Step::End(end_of_feed(assembler, report, true))),
            Recovery::Skipped(problem) => {
                report.warn(WarningKind::BrokenMarkup, assembler.position(), &problem);
                Ok(Step::On)
            }
        },
    }
}

fn warn_before_root(assembler: &Assembler, text: &str, report: &mut FeedReport) {
    if !assembler.has_root() && !text.trim().is_empty() {
        report.warn(WarningKind::TextBeforeXml, None, text.trim());
    }
}

fn take_event(
    assembler: &mut Assembler,
    event: &Event<'_>,
    report: &mut FeedReport,
) -> Result<Option<Box<Draft>>, FeedError> {
    match event {
        Event::Start(tag) => take_tag(assembler, tag, false, report),
        Event::Empty(tag) => take_tag(assembler, tag, true, report),
        Event::End(tag) => Ok(assembler.end(tag.name().as_ref(), report)),
        Event::Text(text) => {
            warn_before_root(assembler, text, report);
            assembler.parsed_text(text, report);
            Ok(None)
        }
        Event::CData(text) => {
            assembler.literal(text, report);
            Ok(None)
        }
        Event::GeneralRef(reference) => {
            assembler.parsed_reference(reference, report);
            Ok(None)
        }
        Event::DocType(doctype) if doctype.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("html")) => {
            Err(FeedError::not_a_feed("an HTML page"))
        }
        Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Eof => Ok(None),
    }
}

/// A tag, unless its `<` is only an unescaped "less than": then the text up to the next `<`, and the tag that follows.
fn take_tag(
    assembler: &mut Assembler,
    tag: &BytesStart<'_>,
    is_empty: bool,
    report: &mut FeedReport,
) -> Result<Option<Box<Draft>>, FeedError> {
    let name = tag.name();
    let name = name.as_ref();
    if name.starts_with(|first: char| first.is_alphabetic() || first == '_') && !name.contains('<') {
        return assembler.start(tag, is_empty, report);
    }
    report.warn(WarningKind::BrokenMarkup, assembler.position(), tag);
    assembler.literal("<", report);
    let Some((text, tag)) = tag.split_once('<') else {
        assembler.literal(tag, report);
        assembler.literal(if is_empty { "/>" } else { ">" }, report);
        return Ok(None);
    };
    assembler.literal(text, report);
    if let Some(name) = tag.strip_prefix('/') {
        return Ok(assembler.end(name.trim(), report));
    }
    let name_length = tag.find(char::is_whitespace).unwrap_or(tag.len());
    assembler.start(&BytesStart::from_content(tag, name_length), is_empty, report)
}

fn end_of_feed(assembler: &mut Assembler, report: &mut FeedReport, is_cut: bool) -> Option<Box<Draft>> {
    let position = assembler.position();
    let (draft, is_open) = assembler.end_of_feed();
    if (is_cut || is_open) && report.count(WarningKind::CutShort) == 0 {
        report.warn(WarningKind::CutShort, position, "");
    }
    draft
}
