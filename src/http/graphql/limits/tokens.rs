//! Counts the words and signs of a document before it is parsed.
//!
//! The parser takes time and stack in proportion to what it is given, so a document that is too
//! long or too nested is refused from its text alone. This is not a lexer: what is not GraphQL is
//! counted somehow and left to the parser to refuse.

use super::Excess;

/// Bytes of a name, a string or a comment that count as one token: the parser looks at every one.
const BYTES_PER_TOKEN: usize = 16;
/// A document with more bytes for each token allowed, however much of them is space, is not even counted.
const MOST_BYTES_PER_TOKEN: usize = 64;

/// Brackets inside brackets. The parser refuses more than 64 selection sets in each other, but
/// knows no such bound for lists and objects.
const MAX_NESTING: usize = 64;

pub(super) fn check(document: &str, max_tokens: usize) -> Result<(), Excess> {
    let bytes = document.as_bytes();
    if bytes.len() > max_tokens.saturating_mul(MOST_BYTES_PER_TOKEN) {
        return Err(Excess::Tokens { limit: max_tokens });
    }
    let (mut at, mut tokens, mut nesting) = (0, 0, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        let length = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                at += 1;
                continue;
            }
            b'#' => run(&bytes[at..], |byte| byte != b'\n' && byte != b'\r'),
            b'"' => string(&bytes[at..]),
            b'.' => run(&bytes[at..], |byte| byte == b'.').min(3),
            b'-' | b'0'..=b'9' => 1 + run(&bytes[at + 1..], |byte| byte.is_ascii_digit()),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => run(&bytes[at..], |byte| byte == b'_' || byte.is_ascii_alphanumeric()),
            _ => 1,
        };
        match byte {
            b'{' | b'[' | b'(' => nesting += 1,
            b'}' | b']' | b')' => nesting = nesting.saturating_sub(1),
            _ => {}
        }
        at += length;
        tokens += length.div_ceil(BYTES_PER_TOKEN);
        if tokens > max_tokens {
            return Err(Excess::Tokens { limit: max_tokens });
        }
        if nesting > MAX_NESTING {
            return Err(Excess::Nesting { limit: MAX_NESTING });
        }
    }
    Ok(())
}

fn run(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|&&byte| belongs(byte)).count()
}

/// The length of the string that begins here, quotes included; to the end where it is not closed.
fn string(bytes: &[u8]) -> usize {
    if bytes.starts_with(br#"""""#) {
        return block_string(bytes);
    }
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' | b'\n' | b'\r' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn block_string(bytes: &[u8]) -> usize {
    let mut at = 3;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(br#"\""""#) {
            at += 4;
        } else if rest.starts_with(br#"""""#) {
            return at + 3;
        } else {
            at += 1;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(document: &str) -> usize {
        (0..1000)
            .find(|&limit| check(document, limit).is_ok())
            .unwrap_or(usize::MAX)
    }

    #[test]
    fn words_signs_strings_and_comments_count_one_each_unless_they_are_long() {
        assert_eq!(tokens(""), 0);
        assert_eq!(
            tokens(&format!("{{{}a}}", " ".repeat(300))),
            5,
            "space is not free either"
        );
        assert_eq!(tokens("{ a, b\n c }"), 5);
        assert_eq!(tokens("{a(b:[1-2-3])...F@d}"), 16);
        assert_eq!(tokens("# { a b c\n{a}"), 4);
        assert_eq!(tokens(&format!("{{{}}}", "a".repeat(33))), 5);
        assert_eq!(tokens(&format!("#{}", "a".repeat(160))), 11);
        assert_eq!(tokens(r#"{a(b:"x \" y } { z")}"#), 8);
        assert_eq!(tokens(r#"{a(b:"""x " \""" y { """ c:"")}"#), 12);
    }

    #[test]
    fn strings_that_are_not_closed_end_the_document() {
        assert_eq!(tokens(r#"{ "abc"#), 2);
        assert_eq!(tokens(r#"{ "abc\"#), 2);
        assert_eq!(tokens(r#"{ """abc"#), 2);
    }

    #[test]
    fn nesting_counts_every_kind_of_bracket_and_none_in_strings() {
        assert_eq!(check(&"[".repeat(64), 1000), Ok(()));
        assert_eq!(check(&"({[".repeat(22), 1000), Err(Excess::Nesting { limit: 64 }));
        assert_eq!(check(&format!("\"{}\"", "[".repeat(100)), 1000), Ok(()));
        assert_eq!(check(&"[]".repeat(100), 1000), Ok(()));
    }
}
