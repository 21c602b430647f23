//! Elements and text to the fields of items. Knows the layouts (RSS, Atom, bare `<items>`), takes as fields only the
//! elements directly inside an item, so that the price of a shipping group never becomes the product's, and repairs
//! elements that are not closed or closed by another name. Driven by `reader`; what an item means is for `item`.

mod characters;

use quick_xml::events::BytesStart;

use super::draft::{Draft, Field};
use super::entity;
use super::error::FeedError;
use super::names::{Namespaces, OpenElements, Space};
use super::product::RejectReason;
use super::report::{FeedReport, WarningKind};
use super::text;

/// Attributes of one element that are looked at.
const MAX_ATTRIBUTES: usize = 32;

struct OpenItem {
    /// Boxed: it is handed from function to function for every tag.
    draft: Box<Draft>,
    /// Which of the open elements it is.
    index: usize,
}

#[derive(Clone, Copy)]
struct OpenField {
    field: Field,
    rank: u8,
    index: usize,
}

pub(super) struct Assembler {
    namespaces: Namespaces,
    open: OpenElements,
    item: Option<OpenItem>,
    field: Option<OpenField>,
    /// A part of the open field, if that is a group.
    part: Option<OpenField>,
    text: String,
    items: u64,
    has_root: bool,
    /// Invalid bytes were replaced, so U+FFFD in a field shows where.
    pub(super) expects_replacements: bool,
}

impl Assembler {
    pub(super) fn new(max_depth: usize) -> Self {
        Self {
            namespaces: Namespaces::default(),
            open: OpenElements::new(max_depth),
            item: None,
            field: None,
            part: None,
            text: String::new(),
            items: 0,
            has_root: false,
            expects_replacements: false,
        }
    }

    pub(super) fn has_root(&self) -> bool {
        self.has_root
    }

    /// Number of the item that is open, if one is.
    pub(super) fn position(&self) -> Option<u64> {
        self.item.as_ref().map(|item| item.draft.position)
    }

    /// Tells the line of the item that has just been opened.
    pub(super) fn set_line(&mut self, line: u64) {
        if let Some(item) = &mut self.item {
            item.draft.line = line;
        }
    }

    /// Gives up the contents of the open item, which is too large.
    pub(super) fn overflow(&mut self) {
        if let Some(item) = &mut self.item {
            item.draft.ruined = Some(RejectReason::TooLarge);
            self.text.clear();
        }
    }

    /// Takes in a start tag, or an empty element. Returns the item that this completes.
    pub(super) fn start(
        &mut self,
        tag: &BytesStart<'_>,
        is_empty: bool,
        report: &mut FeedReport,
    ) -> Result<Option<Box<Draft>>, FeedError> {
        let name = tag.name();
        let name = name.as_ref();
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        if !self.has_root {
            check_root(local)?;
            self.has_root = true;
        }
        self.namespaces.enter(tag, self.open.len());
        let resolved = self.namespaces.resolve(prefix);
        let starts_item = matches!(local, "item" | "entry") && resolved.space != Space::Foreign;
        let finished = if starts_item {
            self.close_unclosed_item(name, report)
        } else {
            None
        };
        if starts_item && self.item.is_none() {
            self.items += 1;
            self.item = Some(OpenItem {
                draft: Box::new(Draft::new(self.items)),
                index: self.open.len(),
            });
        } else if self.item.is_some() {
            if resolved.lenient {
                report.warn(WarningKind::NamespaceMissing, self.position(), name);
            }
            if self.field.is_some_and(|open| open.field.is_prose()) && text::is_void_html(local) {
                self.text.push(' ');
                return Ok(finished);
            }
            self.start_inside_item(tag, local, resolved.space, report);
        }
        self.open.push(name);
        if self.open.is_too_deep() {
            self.overflow();
        }
        let emptied = if is_empty { self.close_top() } else { None };
        Ok(finished.or(emptied))
    }

    /// An item that starts directly inside another one shows that the other was never closed.
    fn close_unclosed_item(&mut self, name: &str, report: &mut FeedReport) -> Option<Box<Draft>> {
        let index = self.item.as_ref()?.index;
        let is_direct = self.open.len() == index + 1 && self.open.name(index) == Some(name);
        if !is_direct {
            return None;
        }
        report.warn(WarningKind::UnclosedElement, self.position(), name);
        self.close_to(index)
    }

    fn start_inside_item(&mut self, tag: &BytesStart<'_>, local: &str, space: Space, report: &mut FeedReport) {
        self.close_unclosed_field(local, space, report);
        let Some(item) = &mut self.item else { return };
        item.draft.has_content = true;
        let index = self.open.len();
        if index == item.index + 1 {
            self.text.clear();
            self.field = Field::of(local, space).map(|(field, rank)| OpenField { field, rank, index });
            if let Some(OpenField {
                field: Field::Link,
                rank,
                ..
            }) = self.field
                && let Some(href) = href_of(tag)
            {
                item.draft.offer(Field::Link, rank + 1, &href);
            }
        } else if let Some(open) = self.field {
            if open.field.is_prose() && text::is_breaking_html(local) {
                self.text.push(' ');
            } else if let Some(field) = open.field.part(local) {
                self.text.clear();
                self.part = Some(OpenField { field, index, ..open });
            }
        }
    }

    /// One of Google's attributes directly inside another shows that the other was never closed.
    fn close_unclosed_field(&mut self, local: &str, space: Space, report: &mut FeedReport) {
        let Some(open) = self.field else { return };
        let is_attribute = space == Space::Product && Field::of(local, space).is_some();
        if is_attribute && open.field != Field::Installment && self.open.len() == open.index + 1 {
            report.warn(WarningKind::UnclosedElement, self.position(), open.field.name());
            self.close_to(open.index);
        }
    }

    /// Takes in an end tag. Returns the item that this completes.
    pub(super) fn end(&mut self, name: &str, report: &mut FeedReport) -> Option<Box<Draft>> {
        if self.open.is_too_deep() {
            return self.end_beyond(name);
        }
        let top = self.open.len().checked_sub(1)?;
        if self.open.name(top) == Some(name) {
            return self.close_to(top);
        }
        if let Some(index) = self.open.innermost(name) {
            if index < top {
                let unclosed = self.open.name(top).unwrap_or_default();
                report.warn(WarningKind::UnclosedElement, self.position(), unclosed);
            }
            return self.close_to(index);
        }
        report.warn(WarningKind::StrayEndTag, self.position(), name);
        // Probably a misspelt end tag of the open field; a stray tag of HTML closes nothing.
        let local = name.rsplit(':').next().unwrap_or(name);
        let is_in_field = self.item.as_ref().is_some_and(|item| top > item.index);
        if is_in_field && !text::is_html(local) {
            self.close_to(top)
        } else {
            None
        }
    }

    /// Too deep to know what the end tag belongs to, unless it closes the item or something around it.
    fn end_beyond(&mut self, name: &str) -> Option<Box<Draft>> {
        let outermost = self.item.as_ref().map_or(usize::MAX, |item| item.index);
        match self.open.innermost(name) {
            Some(index) if index <= outermost => self.close_to(index),
            _ => {
                self.open.pop_beyond();
                None
            }
        }
    }

    fn close_top(&mut self) -> Option<Box<Draft>> {
        if self.open.pop_beyond() {
            None
        } else {
            self.close_to(self.open.len().checked_sub(1)?)
        }
    }

    /// Closes the open element at `index` and all inside it.
    fn close_to(&mut self, index: usize) -> Option<Box<Draft>> {
        if self.part.is_some_and(|part| part.index >= index) {
            let part = self.part.take();
            self.finish(part);
        }
        if self.field.is_some_and(|field| field.index >= index) {
            let field = self.field.take();
            self.finish(field);
        }
        self.open.truncate(index);
        self.namespaces.leave(index);
        self.item.take_if(|item| item.index >= index).map(|item| item.draft)
    }

    fn finish(&mut self, closed: Option<OpenField>) {
        if let (Some(OpenField { field, rank, .. }), Some(item)) = (closed, &mut self.item) {
            item.draft.offer(field, rank, &self.text);
        }
        self.text.clear();
    }

    /// The feed has ended. Returns the item that is still open, and whether anything is.
    pub(super) fn end_of_feed(&mut self) -> (Option<Box<Draft>>, bool) {
        let is_cut = self.open.len() > 0;
        let mut draft = self.close_to(0);
        if let Some(draft) = &mut draft {
            draft.ruined = Some(RejectReason::CutShort);
        }
        (draft, is_cut)
    }
}

fn check_root(local: &str) -> Result<(), FeedError> {
    let found = match local.to_ascii_lowercase().as_str() {
        "rss" | "feed" | "rdf" | "items" | "channel" => return Ok(()),
        "html" | "head" | "body" => "an HTML page".to_owned(),
        "urlset" | "sitemapindex" => format!("a sitemap (root element <{local}>)"),
        "listings" => "a list of vehicles, hotels or homes (root element <listings>)".to_owned(),
        _ => {
            let local: String = local.chars().take(60).collect();
            format!("an XML document whose root element is <{local}>")
        }
    };
    Err(FeedError::NotAProductFeed { found })
}

/// The address of an Atom link to the product's page; links to images or to the feed itself are others.
fn href_of(tag: &BytesStart<'_>) -> Option<String> {
    let mut href = None;
    for attribute in tag.attributes().with_checks(false).take(MAX_ATTRIBUTES).flatten() {
        match attribute.key.as_ref() {
            "href" => href = Some(entity::decode(&attribute.value).into_owned()),
            "rel" if attribute.value.as_ref() != "alternate" => return None,
            _ => {}
        }
    }
    href
}
