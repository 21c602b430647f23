//! Addresses as shops write them: padded with line breaks, with spaces inside, with slashes escaped as in JSON, without
//! a scheme. Mends what can be mended and gives back http and https addresses only.

use super::report::WarningKind;

/// An address, and what was odd about it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct CleanUrl {
    /// The address, if it can be used.
    pub(super) value: Option<String>,
    pub(super) oddities: Vec<WarningKind>,
}

pub(super) fn clean(raw: &str) -> CleanUrl {
    let mut clean = CleanUrl::default();
    let mut text = raw.trim().to_owned();
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        mend(&mut text, &mut clean.oddities);
    }
    if text.contains('&') {
        text = text.replace("&amp;", "&");
    }
    if text.starts_with("//") {
        text.insert_str(0, "https:");
    }
    match strip_scheme(&text) {
        Some(host) if host.starts_with(|first: char| first.is_alphanumeric() || first == '[') => {
            clean.value = Some(text);
        }
        // Relative to a page that a feed does not name.
        None if !has_scheme(&text) => clean.oddities.push(WarningKind::RelativeUrl),
        _ => clean.oddities.push(WarningKind::UnusableUrl),
    }
    clean
}

fn mend(text: &mut String, oddities: &mut Vec<WarningKind>) {
    // Line breaks and tabs inside an address are dropped, as browsers do.
    text.retain(|letter| !letter.is_control());
    if text.contains("\\/") {
        oddities.push(WarningKind::EscapedSlashes);
        *text = text.replace("\\/", "/");
    }
    if text.contains(char::is_whitespace) {
        oddities.push(WarningKind::SpacesInUrl);
        *text = text.replace(char::is_whitespace, "%20");
    }
}

fn strip_scheme(text: &str) -> Option<&str> {
    ["https://", "http://"].into_iter().find_map(|scheme| {
        let start = text.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then(|| &text[scheme.len()..])
    })
}

fn has_scheme(text: &str) -> bool {
    let name_end = text
        .find(|letter: char| !letter.is_ascii_alphanumeric())
        .unwrap_or(text.len());
    name_end > 0 && text[name_end..].starts_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_mended_or_refused() {
        let value = |raw| clean(raw).value;
        assert_eq!(
            value("\n  https://loja.example/a?b=1&amp;c=2 \n").as_deref(),
            Some("https://loja.example/a?b=1&c=2")
        );
        assert_eq!(
            value("https:\\/\\/loja.example\\/f.jpg").as_deref(),
            Some("https://loja.example/f.jpg")
        );
        assert_eq!(
            value("//cdn.example/f.jpg").as_deref(),
            Some("https://cdn.example/f.jpg")
        );
        assert_eq!(
            value("HTTP://loja.example/a b").as_deref(),
            Some("HTTP://loja.example/a%20b")
        );
        assert_eq!(clean("/medias/f.jpg").oddities, [WarningKind::RelativeUrl]);
        assert_eq!(clean("medias/f.jpg").oddities, [WarningKind::RelativeUrl]);
        assert_eq!(clean("javascript:alert(1)").oddities, [WarningKind::UnusableUrl]);
        assert_eq!(clean("https:///x").oddities, [WarningKind::UnusableUrl]);
    }
}
