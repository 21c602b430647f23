//! Reading files of sales: bytes in, sales and refused lines out, one after the other.
//!
//! Pure: it knows no database and does not wait. A line that cannot be used is told with its number, the column at
//! fault and how to mend it, and stops no other. Memory holds a line, and a hash for each sale of the file, by which
//! one that stands twice is found.

mod columns;
mod lines;
mod object;
mod sale;
mod table;
#[cfg(test)]
mod tests;
mod values;

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::io::{self, Read};

use chrono_tz::Tz;
use entity::Instant;
use serde_json::Value;

pub(in crate::service) use columns::plain;
pub(super) use lines::foreign;
pub(in crate::service) use lines::{Lines, is_blank};
pub(in crate::service) use table::{separator_of, split};
pub(in crate::service) use values::{date, instant};

use crate::service::order::PushedSale;
use table::Table;

/// Why a file cannot be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is something else.
    #[error("the file is {0}; send CSV or JSON Lines in UTF-8 or Windows-1252, as it is or packed with gzip")]
    Foreign(&'static str),
    /// There is nothing in it.
    #[error("the file is empty; its first line must have the names of the columns, or be a sale in JSON")]
    Empty,
    /// Its header cannot be used.
    #[error("{}", .0.join("; "))]
    Header(Vec<String>),
    /// It cannot be unpacked.
    #[error("the packed file is damaged or cut short; pack and send it again")]
    Damaged,
    /// It is too large.
    #[error("unpacked, the file has more than {0} bytes; send it in several")]
    TooLarge(u64),
    /// It has too many lines.
    #[error("the file has more than {0} lines; send it in several")]
    TooMany(u64),
    /// It could not be read now.
    #[error("the file could not be read: {0}")]
    Io(io::Error),
}

/// How much of a file is read.
#[derive(Debug, Clone, Copy)]
pub struct FileLimits {
    /// Bytes, unpacked.
    pub bytes: u64,
    /// Lines with something on them.
    pub lines: u64,
}

/// What the sales of a file are judged by.
#[derive(Debug, Clone)]
pub struct Judge {
    /// The store's time zone.
    pub zone: Tz,
    /// The store's currency.
    pub currency: String,
    /// When the import began: what was in the future then is refused.
    pub now: Instant,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Problem {
    column: Option<String>,
    message: String,
}

impl Problem {
    fn of_line(message: &str) -> Self {
        Self {
            column: None,
            message: message.to_owned(),
        }
    }
}

/// A record of a file.
#[derive(Debug, Clone)]
pub struct Told {
    /// The line that it begins on, from 1.
    pub line: u64,
    /// The line that it ends on.
    pub until: u64,
    /// The sale, or why there is none.
    pub sale: Result<PushedSale, Box<Refused>>,
}

/// A record that cannot be used.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The sale's key, where it could be read.
    pub external_id: Option<String>,
    /// The column at fault, as the file calls it; the first of several.
    pub column: Option<String>,
    /// What is wrong and how to mend it, without personal data.
    pub message: String,
    /// The record's values, personal data masked.
    pub record: Value,
}

enum Form {
    Table(Box<Table>),
    Objects,
}

/// A file that is read.
pub struct Reader {
    lines: Lines,
    form: Form,
    judge: Judge,
    seen: HashMap<u64, u64>,
    hashes: RandomState,
}

impl Reader {
    /// Opens a file and reads its header.
    pub fn open(source: impl Read + Send + 'static, limits: FileLimits, judge: Judge) -> Result<Self, FileError> {
        let mut lines = Lines::open(source, limits.bytes)?;
        let form = form(&mut lines)?;
        Ok(Self {
            lines,
            form,
            judge,
            seen: HashMap::new(),
            hashes: RandomState::new(),
        })
    }

    /// The next record; none at the end.
    pub fn next_record(&mut self) -> Result<Option<Told>, FileError> {
        while let Some(line) = self.lines.next()? {
            let Some(text) = &line.text else {
                let problem = Problem::of_line("it is longer than a megabyte; is a line break missing?");
                return Ok(Some(self.told(line.number, line.number, Err(vec![problem]))));
            };
            if is_blank(text) {
                continue;
            }
            let (until, found) = match &mut self.form {
                Form::Objects => (line.number, object::sale(text)),
                Form::Table(table) => {
                    let row = table.row(&line, text, &mut self.lines)?;
                    let found = row.told.map(|cells| (cells, Vec::new()));
                    (row.until, found.map_err(|problem| vec![problem]))
                }
            };
            return Ok(Some(self.told(line.number, until, found)));
        }
        Ok(None)
    }

    /// The line on which a sale stands already; this one is noted where there is none.
    fn before(&mut self, external_id: &str, line: u64) -> Option<u64> {
        let hash = self.hashes.hash_one(external_id);
        let before = self.seen.get(&hash).copied();
        if before.is_none() {
            self.seen.insert(hash, line);
        }
        before
    }
}

/// What the first line with something on it says of a file's form.
fn form(lines: &mut Lines) -> Result<Form, FileError> {
    let mut separator = None;
    while let Some(line) = lines.next()? {
        let Some(text) = line.text.as_deref() else {
            return Err(FileError::Header(vec![
                "the first line is longer than a megabyte".to_owned(),
            ]));
        };
        if text.contains('\0') {
            return Err(FileError::Foreign("not text"));
        }
        // So spreadsheets name the separator.
        if let Some(sign) = text.trim().strip_prefix("sep=") {
            separator = sign.bytes().next().filter(u8::is_ascii_punctuation);
            continue;
        }
        if is_blank(text) {
            continue;
        }
        if text.trim_start().starts_with('{') {
            lines.give_back(vec![line]);
            return Ok(Form::Objects);
        }
        return Table::of_header(text, separator).map(|table| Form::Table(Box::new(table)));
    }
    Err(FileError::Empty)
}

/// Reads a file to its end without looking at its sales: whether it is whole, and how many lines have something
/// on them, its header left out.
pub fn survey(source: impl Read + Send + 'static, limits: FileLimits) -> Result<u64, FileError> {
    let mut lines = Lines::open(source, limits.bytes)?;
    form(&mut lines)?;
    let mut count = 0;
    while let Some(line) = lines.next()? {
        if line.text.as_deref().is_none_or(|text| !is_blank(text)) {
            count += 1;
        }
        if count > limits.lines {
            return Err(FileError::TooMany(limits.lines));
        }
    }
    Ok(count)
}
