//! Text and references to the value of the open field: most of a feed, so it is taken in by the run, not by the piece.

use super::super::entity;
use super::super::report::{FeedReport, WarningKind};
use super::Assembler;

impl Assembler {
    /// Whether text that comes now belongs to a field.
    fn wants_text(&self) -> bool {
        let Some(open) = self.part.or(self.field) else {
            return false;
        };
        let Some(item) = &self.item else { return false };
        item.draft.ruined.is_none() && (open.field.is_prose() || open.index + 1 == self.open.len())
    }

    /// Takes in text with its references, up to something whose line has to be told, or to a reference that `text` does
    /// not hold whole (`is_whole`: a tag follows). Returns how many bytes that is.
    pub(in super::super) fn text(&mut self, text: &str, is_whole: bool, report: &mut FeedReport) -> usize {
        let is_wanted = self.wants_text();
        let mut at = 0;
        while let Some(length) = memchr::memchr(b'&', &text.as_bytes()[at..]) {
            if length > 0 {
                self.piece(&text[at..at + length], is_wanted, report);
                at += length;
                if report.asks_for_line() {
                    return at;
                }
            }
            let after = &text[at + 1..];
            if let Some((letter, length)) = entity::predefined_at(after) {
                if is_wanted {
                    self.text.push(letter);
                }
                at += 1 + length;
                continue;
            }
            match memchr::memchr2(b';', b'&', after.as_bytes()) {
                Some(end) if after.as_bytes()[end] == b';' => {
                    if is_wanted {
                        self.reference(&after[..end], report);
                    }
                    at += end + 2;
                }
                None if !is_whole => return at,
                end => {
                    let bare = &text[at..at + 1 + end.unwrap_or(after.len())];
                    self.bare(bare, is_wanted, report);
                    at += bare.len();
                }
            }
            if report.asks_for_line() {
                return at;
            }
        }
        if at < text.len() {
            self.piece(&text[at..], is_wanted, report);
        }
        text.len()
    }

    /// Takes in text that the parser gives: a window cut it in two. It has no references.
    pub(in super::super) fn parsed_text(&mut self, text: &str, report: &mut FeedReport) {
        if text.starts_with('&') {
            self.bare(text, self.wants_text(), report);
        } else {
            self.literal(text, report);
        }
    }

    /// Takes in text that begins with a bare `&`.
    fn bare(&mut self, text: &str, is_wanted: bool, report: &mut FeedReport) {
        report.warn(WarningKind::BareAmpersand, self.position(), text);
        self.piece(text, is_wanted, report);
    }

    /// Takes in text in which `&` has no meaning.
    pub(in super::super) fn literal(&mut self, text: &str, report: &mut FeedReport) {
        self.piece(text, self.wants_text(), report);
    }

    #[inline]
    fn piece(&mut self, text: &str, is_wanted: bool, report: &mut FeedReport) {
        if !is_wanted {
            return;
        }
        self.text.push_str(text);
        if self.expects_replacements
            && text.contains(char::REPLACEMENT_CHARACTER)
            && let (Some(open), Some(position)) = (self.field, self.position())
        {
            report.place(WarningKind::InvalidBytes, Some(position), open.field.name());
        }
    }

    /// Takes in the reference `&name;` that the parser gives.
    pub(in super::super) fn parsed_reference(&mut self, name: &str, report: &mut FeedReport) {
        if self.wants_text() {
            self.reference(name, report);
        }
    }

    fn reference(&mut self, name: &str, report: &mut FeedReport) {
        let resolved = if entity::is_name(name) {
            entity::resolve(name)
        } else {
            None
        };
        if let Some(value) = resolved {
            if !name.starts_with('#') && !entity::is_predefined(name) {
                report.warn(WarningKind::HtmlEntity, self.position(), name);
            }
            self.text.push_str(&value);
            return;
        }
        let kind = if entity::is_name(name) {
            WarningKind::UnknownEntity
        } else {
            WarningKind::BareAmpersand
        };
        report.warn(kind, self.position(), name);
        self.text.push('&');
        self.text.push_str(name);
        self.text.push(';');
    }
}
