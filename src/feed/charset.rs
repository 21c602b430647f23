//! Which encoding a feed is written in: byte-order mark, the zero bytes of UTF-16, the XML declaration wherever it
//! stands near the start, and the evidence of the bytes themselves against a false or missing declaration.
//! Pure functions over a window of bytes; `decode` acts on the answers.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::error::FeedError;

/// The declaration is looked for in this many bytes, for some feeds have prose or a comment before it.
const DECLARATION_WITHIN: usize = 8 << 10;

/// What the first window says about the encoding.
#[derive(Debug)]
pub(super) struct Detected {
    pub(super) encoding: &'static Encoding,
    /// Length of the byte-order mark.
    pub(super) skip: usize,
    pub(super) origin: Origin,
    /// The declared name, when nobody knows it.
    pub(super) unknown_label: Option<String>,
}

/// How sure an encoding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A byte-order mark or the zero bytes of UTF-16: beyond doubt.
    Bytes,
    /// Declared by the feed, which may be wrong.
    Declared,
    /// XML's default.
    Assumed,
}

pub(super) fn detect(head: &[u8]) -> Result<Detected, FeedError> {
    if head.starts_with(&[0xFF, 0xFE, 0, 0]) || head.starts_with(&[0, 0, 0xFE, 0xFF]) {
        return Err(FeedError::not_a_feed(
            "text in UTF-32, which is not read; write the feed in UTF-8",
        ));
    }
    let found = |encoding, skip, origin| Detected {
        encoding,
        skip,
        origin,
        unknown_label: None,
    };
    if let Some((encoding, skip)) = Encoding::for_bom(head) {
        return Ok(found(encoding, skip, Origin::Bytes));
    }
    match head {
        // XML begins with a character of ASCII, and no other encoding writes it with a zero byte.
        [1..=0x7F, 0, ..] => return Ok(found(UTF_16LE, 0, Origin::Bytes)),
        [0, 1..=0x7F, ..] => return Ok(found(UTF_16BE, 0, Origin::Bytes)),
        _ => {}
    }
    let Some(label) = declared_label(head) else {
        return Ok(found(UTF_8, 0, Origin::Assumed));
    };
    Ok(match Encoding::for_label(label) {
        // A declaration that can be read byte by byte is not in UTF-16, whatever it says.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => found(UTF_8, 0, Origin::Assumed),
        // Valid UTF-8 with letters beyond ASCII does not come about by chance in another encoding.
        Some(encoding) if encoding.is_single_byte() && is_surely_utf8(head) => found(UTF_8, 0, Origin::Assumed),
        Some(encoding) => found(encoding, 0, Origin::Declared),
        None => {
            let label = String::from_utf8_lossy(label).into_owned();
            Detected {
                unknown_label: Some(label),
                ..found(UTF_8, 0, Origin::Assumed)
            }
        }
    })
}

/// Where `<?xml ` stands, if the document has a declaration before its first element.
pub(super) fn declaration_start(head: &[u8]) -> Option<usize> {
    let head = &head[..head.len().min(DECLARATION_WITHIN)];
    let start = head
        .windows(6)
        .position(|six| six.starts_with(b"<?xml") && six[5].is_ascii_whitespace())?;
    let is_root = |tag: &[u8]| {
        head[..start]
            .windows(tag.len())
            .any(|part| part.eq_ignore_ascii_case(tag))
    };
    // Inside a feed it would be somebody's text.
    let roots: [&[u8]; 5] = [b"<rss", b"<feed", b"<items", b"<channel", b"<rdf:"];
    (!roots.into_iter().any(is_root)).then_some(start)
}

fn declared_label(head: &[u8]) -> Option<&[u8]> {
    let declaration = &head[declaration_start(head)?..];
    let end = declaration.windows(2).position(|two| two == b"?>")?;
    let declaration = &declaration[..end];
    let name = b"encoding";
    let after = declaration.windows(name.len()).position(|part| part == name)? + name.len();
    let value = declaration[after..]
        .trim_ascii_start()
        .strip_prefix(b"=")?
        .trim_ascii_start();
    let (quote, value) = value.split_first()?;
    let end = value.iter().position(|byte| byte == quote)?;
    matches!(quote, b'"' | b'\'').then(|| &value[..end])
}

fn is_surely_utf8(head: &[u8]) -> bool {
    let mut evidence = Evidence::default();
    evidence.weigh(head);
    evidence.single == 0 && evidence.multi >= 2
}

/// Signs for and against UTF-8, over all windows so far.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// Sequences of UTF-8, whole or cut off after their second byte.
    multi: u64,
    /// Bytes that stand alone where UTF-8 has sequences, as accented letters of Latin-1 do.
    single: u64,
}

impl Evidence {
    pub(super) fn weigh(&mut self, window: &[u8]) {
        let mut rest = window;
        while let Err(error) = std::str::from_utf8(rest) {
            let (valid, after) = rest.split_at(error.valid_up_to());
            self.add_valid(valid);
            let Some(length) = error.error_len() else { return };
            if length >= 2 {
                self.multi += 1;
            } else {
                self.single += 1;
            }
            rest = &after[length..];
        }
        self.add_valid(rest);
    }

    /// Weighs bytes that are known to be valid UTF-8.
    pub(super) fn add_valid(&mut self, text: &[u8]) {
        // Counted in single bytes, so that the compiler can count many at once.
        for block in text.chunks(255) {
            self.multi += u64::from(block.iter().map(|byte| u8::from(*byte >= 0xC0)).sum::<u8>());
        }
    }

    /// Whether the feed is rather in windows-1252 than in the UTF-8 that it declares or that XML assumes. Against a
    /// declaration it takes more than one stray byte.
    pub(super) fn contradicts_utf8(&self, origin: Origin) -> bool {
        let enough = match origin {
            Origin::Bytes => return false,
            Origin::Declared => 3,
            Origin::Assumed => 1,
        };
        self.single >= enough && self.single > self.multi
    }
}
