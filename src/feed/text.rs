//! Text of shops to plain text: references that are left after XML decoding are decoded, HTML tags go, white space is
//! collapsed. Nothing here fails: text that merely looks odd is kept.

use std::borrow::Cow;

use super::entity;

/// No name of an HTML element is longer.
const LONGEST: usize = 10;

/// What an element of HTML does to the text around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Html {
    /// It ends a word.
    Breaking,
    /// It ends a word and has no end tag.
    BreakingVoid,
    /// It stands inside a word.
    Inline,
    /// It stands inside a word and has no end tag.
    InlineVoid,
    /// Its content is not text.
    Silent,
}

impl Html {
    fn of(name: &str) -> Option<Self> {
        let mut lower = [0; LONGEST];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name.as_bytes());
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"br" | b"hr" | b"img" => Self::BreakingVoid,
            b"address" | b"article" | b"blockquote" | b"body" | b"center" | b"dd" | b"div" | b"dl" | b"dt"
            | b"figure" | b"footer" | b"form" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"head" | b"header"
            | b"html" | b"iframe" | b"li" | b"ol" | b"p" | b"section" | b"table" | b"tbody" | b"td" | b"th"
            | b"thead" | b"title" | b"tr" | b"ul" => Self::Breaking,
            b"col" | b"input" | b"meta" | b"source" => Self::InlineVoid,
            b"a" | b"abbr" | b"b" | b"big" | b"button" | b"caption" | b"code" | b"colgroup" | b"em" | b"embed"
            | b"figcaption" | b"font" | b"i" | b"label" | b"main" | b"mark" | b"nav" | b"o:p" | b"object"
            | b"param" | b"pre" | b"s" | b"small" | b"span" | b"strong" | b"sub" | b"sup" | b"u" => Self::Inline,
            b"script" | b"style" => Self::Silent,
            _ => return None,
        })
    }

    fn breaks(self) -> bool {
        matches!(self, Self::Breaking | Self::BreakingVoid)
    }
}

/// Whether `name` is an element of HTML that has no end tag.
pub(super) fn is_void_html(name: &str) -> bool {
    matches!(Html::of(name), Some(Html::BreakingVoid | Html::InlineVoid))
}

/// Whether `name` is an element of HTML that ends a word.
pub(super) fn is_breaking_html(name: &str) -> bool {
    Html::of(name).is_some_and(Html::breaks)
}

/// Whether `name` is an element of HTML.
pub(super) fn is_html(name: &str) -> bool {
    Html::of(name).is_some()
}

/// A short text (title, brand, category): left-over references decoded, white space collapsed.
pub(super) fn plain(raw: &str) -> String {
    collapse(&entity::decode(raw))
}

/// A long text that may be HTML: tags removed, references decoded, white space collapsed.
pub(super) fn from_html(raw: &str) -> String {
    let stripped = strip_tags(raw);
    let was_html = matches!(stripped, Cow::Owned(_));
    let decoded = entity::decode(&stripped);
    // Escaped twice: the tags have only now come to light.
    if !was_html && let Cow::Owned(again) = strip_tags(&decoded) {
        return collapse(&entity::decode(&again));
    }
    collapse(&decoded)
}

/// One space for any run of white space (no-break spaces too), none at the ends.
pub(super) fn collapse(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    let mut rest = text.trim_start();
    loop {
        let words = rest.len() - after_words(rest).len();
        if words > 0 {
            if !collapsed.is_empty() {
                collapsed.push(' ');
            }
            collapsed.push_str(&rest[..words]);
        }
        rest = rest[words..].trim_start();
        if rest.is_empty() {
            return collapsed;
        }
    }
}

/// What follows the words that `text` starts with, as far as they stand one plain space apart.
fn after_words(text: &str) -> &str {
    let may_be_white = |byte: u8| byte <= b' ' || matches!(byte, 0xC2 | 0xE1..=0xE3);
    let mut from = 0;
    while let Some(length) = text.as_bytes()[from..].iter().position(|byte| may_be_white(*byte)) {
        let at = from + length;
        if let [b' ', next, ..] = text.as_bytes()[at..]
            && !may_be_white(next)
        {
            from = at + 2;
            continue;
        }
        let letter = text[at..].chars().next();
        if letter.is_none_or(char::is_whitespace) {
            return &text[at..];
        }
        from = at + letter.map_or(1, char::len_utf8);
    }
    ""
}

/// Removes HTML tags and comments; borrowed when there are none.
fn strip_tags(text: &str) -> Cow<'_, str> {
    let mut stripped = String::new();
    let mut copied = 0;
    let mut from = 0;
    // Behind the last `>` no tag can end. Looking for its end would take quadratic time in hostile text.
    let last = memchr::memrchr(b'>', text.as_bytes()).unwrap_or(0);
    while let Some(offset) = memchr::memchr(b'<', &text.as_bytes()[from..last.max(from)]) {
        let start = from + offset;
        let Some(tag) = Tag::at(&text[start..]) else {
            from = start + 1;
            continue;
        };
        stripped.push_str(&text[copied..start]);
        if tag.breaks {
            stripped.push(' ');
        }
        copied = start + tag.length;
        from = copied;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    stripped.push_str(&text[copied..]);
    Cow::Owned(stripped)
}

struct Tag {
    length: usize,
    breaks: bool,
}

impl Tag {
    /// The HTML tag or comment that `text` starts with.
    fn at(text: &str) -> Option<Self> {
        if text.starts_with("<!--") {
            let length = text.find("-->").map_or(text.len(), |end| end + 3);
            return Some(Self { length, breaks: false });
        }
        let inner = text[1..].strip_prefix('/').unwrap_or(&text[1..]);
        let end_of_name = inner.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != ':')?;
        let name = &inner[..end_of_name];
        let html = Html::of(name)?;
        if !inner[end_of_name..].starts_with(|next: char| next.is_whitespace() || matches!(next, '/' | '>')) {
            return None;
        }
        let mut length = end_of_tag(text)?;
        if html == Html::Silent && !text.starts_with("</") {
            let closing = format!("</{name}");
            length = text[length..]
                .find(&closing)
                .map_or(text.len(), |offset| length + offset);
        }
        Some(Self {
            length,
            breaks: html.breaks(),
        })
    }
}

/// The length of the tag that `text` starts with. A `>` within quotes does not end it, unless no other does.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    text.find('>').map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_html_are_known() {
        assert!(is_html("FigCaption") && is_void_html("BR") && !is_html("nothtmlatall") && !is_html("rss"));
    }

    #[test]
    fn html_becomes_text() {
        let html =
            "<p class=\"a>b\">Ol<b>á</b>,<br/>mundo&nbsp;&amp; cia</p><!-- x --><style>p { }</style><o:p></o:p>\n fim";
        assert_eq!(from_html(html), "Olá, mundo & cia fim");
        assert_eq!(
            from_html("&lt;div&gt;duas&lt;br&gt;vezes&amp;nbsp;&lt;/div&gt;"),
            "duas vezes"
        );
        assert_eq!(from_html("<p>a tag &lt;b&gt;</p>"), "a tag <b>");
    }

    #[test]
    fn white_space_is_collapsed() {
        for (text, collapsed) in [
            ("", ""),
            (" \t", ""),
            (" a", "a"),
            ("a b  c \n d ", "a b c d"),
            ("a\u{a0}b \u{2003}c\u{3000}", "a b c"),
            ("à â € ção\u{1680}x", "à â € ção x"),
        ] {
            assert_eq!(collapse(text), collapsed);
        }
    }

    #[test]
    fn what_only_looks_like_a_tag_stays() {
        for text in ["5 < 6 > 4", "a <desconhecido> b", "<3", "preço <", "x <p", "<bfoo>"] {
            assert_eq!(from_html(text), text);
        }
    }

    #[test]
    fn many_open_angles_take_linear_time() {
        for text in [
            "<p \"".repeat(400_000),
            "<".repeat(1_000_000) + ">",
            "<!-".repeat(400_000) + "<p>",
        ] {
            assert!(from_html(&text).len() > 100_000);
        }
    }
}
