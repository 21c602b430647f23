//! Character and entity references: the five of XML, the names of HTML (which shops use without declaring them) and
//! numbers. References are never expanded more than once, and custom entities never at all.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use quick_xml::escape::resolve_html5_entity;

/// No reference to a character is longer than this.
const MAX_REFERENCE: usize = 40;

/// What the reference `&name;` stands for, or `None` if nobody knows the name.
pub(super) fn resolve(name: &str) -> Option<Cow<'static, str>> {
    let Some(number) = name.strip_prefix('#') else {
        return resolve_html5_entity(name).map(Cow::Borrowed);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    Some(character(code.ok()?))
}

/// The reference that the text behind a `&` starts with, of the five that XML knows without a declaration, which are
/// nearly all that feeds hold: its character, and its length with the semicolon.
#[inline]
pub(super) fn predefined_at(after: &str) -> Option<(char, usize)> {
    Some(match after.as_bytes() {
        [b'l', b't', b';', ..] => ('<', 3),
        [b'g', b't', b';', ..] => ('>', 3),
        [b'a', b'm', b'p', b';', ..] => ('&', 4),
        [b'q', b'u', b'o', b't', b';', ..] => ('"', 5),
        [b'a', b'p', b'o', b's', b';', ..] => ('\'', 5),
        _ => return None,
    })
}

/// Whether XML knows the reference `&name;` without a declaration.
pub(super) fn is_predefined(name: &str) -> bool {
    matches!(name, "lt" | "gt" | "amp" | "quot" | "apos")
}

/// Whether this could be the name of an entity at all, as opposed to text between a bare `&` and a `;`.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_REFERENCE
        && name
            .chars()
            .all(|letter| letter.is_alphanumeric() || matches!(letter, '#' | '_' | '.' | '-'))
}

fn character(code: u32) -> Cow<'static, str> {
    match code {
        0x09 | 0x0A | 0x0D => Cow::Borrowed(" "),
        // Control characters are dropped like their raw forms.
        0..=0x1F => Cow::Borrowed(""),
        // HTML reads these as windows-1252, and so do those who write `&#150;` for a dash.
        0x80..=0x9F => {
            let byte = [u8::try_from(code).unwrap_or(b' ')];
            Cow::Owned(WINDOWS_1252.decode_without_bom_handling(&byte).0.into_owned())
        }
        _ => Cow::Owned(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER).to_string()),
    }
}

/// Replaces the references in `text` once. What is not a known reference stays as it is.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    let next = |rest: &str| memchr::memchr(b'&', rest.as_bytes());
    if next(text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = next(rest) {
        decoded.push_str(&rest[..start]);
        let after = &rest[start + 1..];
        let end = after.bytes().take(MAX_REFERENCE).position(|byte| byte == b';');
        if let Some((end, value)) = end.and_then(|end| Some((end, resolve(&after[..end])?))) {
            decoded.push_str(&value);
            rest = &after[end + 1..];
        } else {
            // The one reference that is commonly cut short, as browsers know too.
            let cut = after.strip_prefix("nbsp");
            decoded.push(if cut.is_some() { ' ' } else { '&' });
            rest = cut.unwrap_or(after);
        }
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_decoded_once_and_unknown_ones_kept() {
        assert_eq!(
            decode("Pi&egrave;ce&nbsp;&amp;nbsp; &#233;&#xE9; &#150;"),
            "Pièce\u{a0}&nbsp; éé –"
        );
        assert_eq!(
            decode("a & b; &nope; &#xFFFFFFFFF; &#; &"),
            "a & b; &nope; &#xFFFFFFFFF; &#; &"
        );
        assert_eq!(decode("a&nbsp&nbspb"), "a  b");
        assert_eq!(decode("&#0;a&#x1F;&#55296;&#xFFFFFFFF;"), "a\u{FFFD}\u{FFFD}");
    }
}
