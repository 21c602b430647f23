//! Reading files of codes: bytes in, codes and refused lines out, one after the other.
//!
//! Pure: it knows no database and does not wait. A file is plain text, a code on each line, or CSV with a column for the
//! codes and perhaps one that says when they end. Memory holds a line, and a hash for each code of the file.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::io::Read as Source;

use chrono_tz::Tz;
use csv_core::{Reader, ReaderBuilder};
use entity::Instant;
use entity::pool_code::NEVER;

use super::code::ending;
use crate::domain::coupon_code::PoolCode;
use crate::domain::expiry::end_of_day_after;
use crate::service::sale_file::{
    FileError, FileLimits, Judge, Lines, date, instant, is_blank, plain, separator_of, split,
};

/// What the column of the codes may be called, without case, accents and signs.
const CODE: [&str; 9] = [
    "code",
    "codigo",
    "cupom",
    "coupon",
    "couponcode",
    "codigodocupom",
    "codigocupom",
    "voucher",
    "cupomcodigo",
];
/// What the column of their ends may be called.
const END: [&str; 10] = [
    "validuntil",
    "validade",
    "validoate",
    "expira",
    "expiraem",
    "expires",
    "expiresat",
    "vencimento",
    "enddate",
    "datafim",
];

/// A code of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCode {
    /// The code.
    pub code: PoolCode,
    /// Until when it can be used.
    pub ends_at: Instant,
}

/// Why a line gives no code, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNot {
    /// It cannot be read.
    Malformed,
    /// It cannot be used any more.
    Ended,
    /// The file has it before.
    DuplicateInFile,
    /// A pool of the store has it.
    AlreadyKnown,
    /// It was handed out, or a coupon of the store has it.
    AlreadyUsed,
    /// It was withdrawn.
    Withdrawn,
}

impl WhyNot {
    /// Its name as programs read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Malformed => "MALFORMED",
            Self::Ended => "ENDED",
            Self::DuplicateInFile => "DUPLICATE_IN_FILE",
            Self::AlreadyKnown => "ALREADY_KNOWN",
            Self::AlreadyUsed => "ALREADY_USED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }
}

/// A line that gives no code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Why, for programs.
    pub why: WhyNot,
    /// The column at fault.
    pub column: &'static str,
    /// What is wrong and how to mend it.
    pub message: String,
    /// The end of the code, where there is one.
    pub ending: Option<String>,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Its number, from 1.
    pub line: u64,
    /// The code, or why there is none.
    pub code: Result<NewCode, Refused>,
}

/// A file that is read.
pub struct CodesReader {
    lines: Lines,
    csv: Reader,
    code: usize,
    end: Option<usize>,
    zone: Tz,
    now: Instant,
    seen: HashMap<u64, u64>,
    hashes: RandomState,
}

impl CodesReader {
    /// Opens a file. Its first line may be a header; without one, codes come first and their ends second.
    pub fn open(source: impl Source + Send + 'static, limits: FileLimits, judge: &Judge) -> Result<Self, FileError> {
        let mut lines = Lines::open(source, limits.bytes)?;
        let (separator, code, end) = form(&mut lines)?;
        Ok(Self {
            lines,
            csv: ReaderBuilder::new().delimiter(separator).build(),
            code,
            end,
            zone: judge.zone,
            now: judge.now,
            seen: HashMap::new(),
            hashes: RandomState::new(),
        })
    }

    /// The next line with something on it; none at the end.
    pub fn next_line(&mut self) -> Result<Option<Read>, FileError> {
        while let Some(line) = self.lines.next()? {
            let code = match line.text.as_deref() {
                None => Err(malformed(
                    "it is longer than a megabyte; is a line break missing?".to_owned(),
                )),
                Some(text) if is_blank(text) => continue,
                Some(text) => self.code_on(text, line.number),
            };
            return Ok(Some(Read {
                line: line.number,
                code,
            }));
        }
        Ok(None)
    }

    fn code_on(&mut self, text: &str, line: u64) -> Result<NewCode, Refused> {
        let (values, open) = split(&mut self.csv, text);
        if open {
            return Err(malformed("a quotation mark is opened and not closed".to_owned()));
        }
        let value = |place: usize| values.get(place).map_or("", |value| value.trim());
        let written = value(self.code);
        let code = PoolCode::parse(written).map_err(|error| malformed(error.to_string()))?;
        let refused = |why, column, message| Refused {
            why,
            column,
            message,
            ending: Some(ending(code.as_str())),
        };
        let ends_at = match self.end.map_or("", value) {
            "" => NEVER,
            text => self.end_of(text).ok_or_else(|| {
                let message = "it is not a date; write 2026-12-31 or 31/12/2026".to_owned();
                refused(WhyNot::Malformed, "validUntil", message)
            })?,
        };
        if ends_at <= self.now {
            let message = "the code cannot be used any more; leave it out".to_owned();
            return Err(refused(WhyNot::Ended, "validUntil", message));
        }
        let hash = self.hashes.hash_one(code.as_str());
        if let Some(before) = self.seen.get(&hash) {
            let message = format!("the code stands on line {before} already");
            return Err(refused(WhyNot::DuplicateInFile, "code", message));
        }
        self.seen.insert(hash, line);
        Ok(NewCode { code, ends_at })
    }

    /// A day's end, or the time that is told.
    fn end_of(&self, text: &str) -> Option<Instant> {
        match date(text) {
            Some(_) => Some(end_of_day_after(instant(text, self.zone)?, 0, self.zone)),
            None => instant(text, self.zone),
        }
    }
}

fn malformed(message: String) -> Refused {
    Refused {
        why: WhyNot::Malformed,
        column: "code",
        message,
        ending: None,
    }
}

/// What the first line with something on it says: the separator, and the places of the codes and of their ends.
fn form(lines: &mut Lines) -> Result<(u8, usize, Option<usize>), FileError> {
    let mut named = None;
    while let Some(line) = lines.next()? {
        let text = line.text.clone().unwrap_or_default();
        if text.contains('\0') {
            return Err(FileError::Foreign("not text"));
        }
        if let Some(sign) = text.trim().strip_prefix("sep=") {
            named = sign.bytes().next().filter(u8::is_ascii_punctuation);
            continue;
        }
        if line.text.is_some() && is_blank(&text) {
            continue;
        }
        let separator = named.unwrap_or_else(|| separator_of(&text));
        let (columns, _) = split(&mut ReaderBuilder::new().delimiter(separator).build(), &text);
        let place = |known: &[&str]| columns.iter().position(|name| known.contains(&plain(name).as_str()));
        if let Some(code) = place(&CODE) {
            return Ok((separator, code, place(&END)));
        }
        lines.give_back(vec![line]);
        return Ok((separator, 0, Some(1)));
    }
    Err(FileError::Empty)
}

/// Reads a file to its end without looking at its codes: whether it is whole, and how many lines have something on
/// them, its header left out.
pub fn survey(source: impl Source + Send + 'static, limits: FileLimits) -> Result<u64, FileError> {
    let mut lines = Lines::open(source, limits.bytes)?;
    form(&mut lines)?;
    let mut count = 0;
    while let Some(line) = lines.next()? {
        count += u64::from(line.text.as_deref().is_none_or(|text| !is_blank(text)));
        if count > limits.lines {
            return Err(FileError::TooMany(limits.lines));
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::io::Cursor;

    use super::*;

    const LIMITS: FileLimits = FileLimits {
        bytes: 1 << 20,
        lines: 100,
    };

    /// What a file says: line, code and end, or line, reason and column.
    fn read(file: &str) -> Vec<(u64, String, String)> {
        let judge = Judge {
            zone: chrono_tz::America::Sao_Paulo,
            currency: "BRL".to_owned(),
            now: "2026-06-01T12:00:00Z".parse().unwrap(),
        };
        let mut reader = CodesReader::open(Cursor::new(file.to_owned().into_bytes()), LIMITS, &judge).unwrap();
        let mut told = Vec::new();
        while let Some(read) = reader.next_line().unwrap() {
            told.push(match read.code {
                Ok(code) if code.ends_at == NEVER => (read.line, code.code.as_str().to_owned(), String::new()),
                Ok(code) => (read.line, code.code.as_str().to_owned(), code.ends_at.to_rfc3339()),
                Err(refused) => (read.line, refused.why.name().to_owned(), refused.column.to_owned()),
            });
        }
        told
    }

    fn told(line: u64, one: &str, other: &str) -> (u64, String, String) {
        (line, one.to_owned(), other.to_owned())
    }

    #[test]
    fn plain_text_has_a_code_on_each_line() {
        let lines = "abc-1\r\n\n  ABC-2 \nabc-1\nJOÃO\nA B\n";
        assert_eq!(
            read(lines),
            [
                told(1, "ABC-1", ""),
                told(3, "ABC-2", ""),
                told(4, "DUPLICATE_IN_FILE", "code"),
                told(5, "MALFORMED", "code"),
                told(6, "MALFORMED", "code"),
            ]
        );
        assert_eq!(survey(Cursor::new(lines.as_bytes()), LIMITS).unwrap(), 5);
    }

    #[test]
    fn tables_name_their_columns_or_have_codes_first() {
        let named = "Nome;Código do cupom;Validade\nverão;V-1;31/12/2026\n;V-2;\n;;\nx;V-3;ontem\ny;V-4;2026-05-31\n";
        let end = "2027-01-01T02:59:59+00:00";
        let expected = [
            told(2, "V-1", end),
            told(3, "V-2", ""),
            told(5, "MALFORMED", "validUntil"),
            told(6, "ENDED", "validUntil"),
        ];
        assert_eq!(read(named), expected);
        assert_eq!(survey(Cursor::new(named.as_bytes()), LIMITS).unwrap(), 4);
        assert_eq!(read("V-1,2026-12-31\n"), [told(1, "V-1", end)]);
        assert_eq!(
            read("sep=|\ncupom|validade\nV-1|2026-12-31T10:00:00Z\n\"V-2\n"),
            [
                told(3, "V-1", "2026-12-31T10:00:00+00:00"),
                told(4, "MALFORMED", "code")
            ]
        );
    }

    #[test]
    fn what_is_no_list_of_codes_is_refused_as_a_whole() {
        let judge = || Judge {
            zone: chrono_tz::UTC,
            currency: "BRL".to_owned(),
            now: Instant::UNIX_EPOCH,
        };
        let open = |file: &str| CodesReader::open(Cursor::new(file.to_owned().into_bytes()), LIMITS, &judge());
        assert!(matches!(open(" \n;\n"), Err(FileError::Empty)));
        assert!(matches!(open("<html>"), Err(FileError::Foreign(_))));
        assert!(matches!(open("a\0b"), Err(FileError::Foreign(_))));
        let many = "x\n".repeat(102);
        let counted = survey(Cursor::new(many.into_bytes()), LIMITS);
        assert!(matches!(counted, Err(FileError::TooMany(100))));
    }
}
