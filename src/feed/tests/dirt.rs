//! What shops get wrong: encodings, entities, markup. The good items must come out, and the report must tell.

use super::*;
use crate::feed::{RejectReason, WarningKind as W};

/// A feed whose first title is not ASCII, with this declaration, in UTF-8.
fn accented(declaration: &str) -> String {
    let feed = rss("<item><g:id>1</g:id><g:title>Calção &amp; blusão</g:title><g:price>10 BRL</g:price></item>");
    feed.replacen("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", declaration, 1)
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap())
        .collect()
}

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

#[test]
fn every_encoding_gives_the_same_title() {
    let le = |text: &str| utf16(text, u16::to_le_bytes);
    let be = |text: &str| utf16(text, u16::to_be_bytes);
    let latin1_late = format!(
        "<!-- {} --><?xml version='1.0' encoding='ISO-8859-1'?>",
        "-x".repeat(150)
    );
    let cases: Vec<(&str, Vec<u8>, &[W])> = vec![
        ("utf-8", accented("<?xml version='1.0' encoding='utf-8'?>").into(), &[]),
        ("undeclared utf-8", accented("").into(), &[]),
        ("utf-8 with mark", ["\u{feff}", &accented("")].concat().into(), &[]),
        (
            "latin-1",
            latin1(&accented("<?xml version='1.0' encoding='ISO-8859-1'?>")),
            &[],
        ),
        ("latin-1 after a comment", latin1(&accented(&latin1_late)), &[]),
        ("undeclared latin-1", latin1(&accented("")), &[W::NotUtf8]),
        (
            "latin-1 declared as utf-8",
            latin1(&accented("<?xml version='1.0' encoding='UTF-8'?>")),
            &[W::NotUtf8],
        ),
        (
            "utf-8 declared as latin-1",
            accented("<?xml version='1.0' encoding='latin1'?>").into(),
            &[],
        ),
        (
            "utf-8 declared as utf-16",
            accented("<?xml version='1.0' encoding='UTF-16'?>").into(),
            &[],
        ),
        (
            "unknown declaration",
            accented("<?xml version='1.0' encoding='xyz'?>").into(),
            &[W::UnknownEncoding],
        ),
        ("utf-16le with mark", le(&["\u{feff}", &accented("")].concat()), &[]),
        (
            "utf-16be with mark",
            be(&accented("\u{feff}<?xml version='1.0' encoding='UTF-16'?>")),
            &[],
        ),
        (
            "utf-16le",
            le(&accented("<?xml version='1.0' encoding='UTF-16'?>")),
            &[],
        ),
        ("utf-16be", be(&accented("")), &[]),
    ];
    for (name, bytes, warnings) in cases {
        let (product, report) = only(&bytes);
        assert_eq!(product.title, "Calção & blusão", "{name}");
        let odd: Vec<_> = report
            .warnings
            .keys()
            .filter(|kind| **kind < W::MissingDescription)
            .collect();
        assert_eq!(odd, warnings.iter().collect::<Vec<_>>(), "{name}");
    }
    assert!(refusal([0xFF, 0xFE, 0, 0, b'<', 0, 0, 0]).contains("UTF-32"));
}

#[test]
fn a_broken_sequence_costs_one_letter() {
    for declaration in ["<?xml version='1.0' encoding='UTF-8'?>", ""] {
        let bytes = accented(declaration).replace("blusão", "blusão (+6@");
        let mut bytes = bytes.into_bytes();
        let at = bytes.iter().position(|byte| *byte == b'@').unwrap();
        bytes.splice(at..=at, [0xE2, 0x82]);
        let (product, report) = only(&bytes);
        assert_eq!(product.title, "Calção & blusão (+6\u{FFFD}");
        let warning = &report.warnings[&W::InvalidBytes];
        assert_eq!(warning.count, 1);
        let first = &warning.examples[0];
        assert_eq!((first.position, first.detail.as_str()), (Some(1), "title"));
    }
    let only_broken = rss(&item("1", "<g:brand>abc@def</g:brand>"))
        .replace('@', "\u{1}")
        .into_bytes();
    let only_broken: Vec<u8> = only_broken
        .into_iter()
        .map(|byte| if byte == 1 { 0xFF } else { byte })
        .collect();
    let (product, _) = only(only_broken);
    assert_eq!(product.brand.as_deref(), Some("abc\u{FFFD}def"));
}

#[test]
fn sequences_across_windows_are_not_torn() {
    // The decoder's windows are 64 KiB: shift a two-byte letter over their border.
    for shift in 0..4 {
        let text = format!("{}{}", "x".repeat(shift), "ã".repeat(70_000));
        let (product, report) = only(rss(&item("1", &format!("<g:color>{text}</g:color>"))));
        assert_eq!(product.color.as_deref(), Some(text.as_str()));
        assert_eq!(report.count(W::InvalidBytes), 0);
    }
}

#[test]
fn markup_across_windows_is_not_torn() {
    let more = "<g:brand>a&amp;b &eacute; & c &x; <![CDATA[<d>]]></g:brand><!-- > --><g:color\n x='>'>e</g:color>\
        <description>&lt;p&gt;f <b>g</b>&lt;/p&gt;</description><link href='https://loja.example/?a=1&amp;b=2'/>";
    let shifted = |shift: usize| {
        let padding = format!("<!--{}-->", "x".repeat((64 << 10) - shift));
        let (product, report) = only(rss(&format!("{padding}{}", item("1", more))));
        let counts: Vec<_> = report
            .warnings
            .into_iter()
            .map(|(kind, found)| (kind, found.count))
            .collect();
        (product, counts)
    };
    let whole = shifted(0);
    assert_eq!(whole.0.brand.as_deref(), Some("a&b é & c &x; <d>"));
    for shift in 1..900 {
        assert_eq!(shifted(shift), whole, "{shift} bytes before the edge");
    }
}

#[test]
fn entities_and_ampersands() {
    let title = |raw: &str| {
        let items = format!("<item><g:id>1</g:id><g:title>{raw}</g:title><g:price>10 BRL</g:price></item>");
        let (product, report) = only(rss(&items));
        let kinds: Vec<W> = report
            .warnings
            .into_keys()
            .filter(|kind| *kind < W::MissingDescription)
            .collect();
        (product.title, kinds)
    };
    let cases: [(&str, &str, &[W]); 11] = [
        ("caf&eacute;&nbsp;bom", "café bom", &[W::HtmlEntity]),
        ("a &nada; b", "a &nada; b", &[W::UnknownEntity]),
        ("Calção & blusão", "Calção & blusão", &[W::BareAmpersand]),
        ("a & b & c; d", "a & b & c; d", &[W::BareAmpersand]),
        ("fim &", "fim &", &[W::BareAmpersand]),
        ("<![CDATA[a & b &eacute;]]>", "a & b é", &[]),
        ("R&amp;amp;D &#233;&#xe9;", "R&D éé", &[]),
        ("1 <![CDATA[2]]> 3<!-- x --> 4", "1 2 3 4", &[]),
        ("a > b", "a > b", &[]),
        ("3 < 5", "3 < 5", &[W::BrokenMarkup]),
        ("a\u{1d}b&#x1f;c", "abc", &[W::ControlCharacters]),
    ];
    for (raw, expected, kinds) in cases {
        assert_eq!(title(raw), (expected.to_owned(), kinds.to_vec()), "{raw}");
    }
    let link = rss(&item("1", "<link>https://loja.example/?a=1&b=2&copy=3</link>"));
    assert_eq!(
        only(link).0.link.as_deref(),
        Some("https://loja.example/?a=1&b=2&copy=3")
    );
}

#[test]
fn custom_entities_are_never_expanded() {
    let bomb = rss(&item("1", "<g:brand>&lol2;</g:brand>")).replacen(
        "<rss",
        "<!DOCTYPE rss [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\">]><rss",
        1,
    );
    let (product, report) = only(bomb);
    assert_eq!(
        (product.brand.as_deref(), report.count(W::UnknownEntity)),
        (Some("&lol2;"), 1)
    );
}

#[test]
fn text_before_the_declaration_is_skipped() {
    for prose in ["Notice: aviso <b>x</b>\n", "\n\n", "\n\u{feff}", "aviso: "] {
        let (_, report) = only(prose.to_owned() + &rss(&item("1", "")));
        assert_eq!(
            report.count(W::TextBeforeXml),
            u64::from(prose.starts_with(char::is_alphabetic))
        );
    }
    let undeclared =
        "aviso <rss><channel><item><id>1</id><title>a <?xml ?></title><price>1</price></item></channel></rss>";
    assert_eq!(only(undeclared).1.count(W::TextBeforeXml), 1);
}

#[test]
fn an_undeclared_prefix_still_means_google() {
    for wrong in ["", "xmlns:g=\"http://example.org/g\""] {
        let feed = rss(&item("1", "")).replace("xmlns:g=\"http://base.google.com/ns/1.0\"", wrong);
        assert_eq!(only(feed).1.count(W::NamespaceMissing), 2);
    }
}

#[test]
fn elements_closed_wrongly_or_not_at_all() {
    let fields = "<g:id>1</g:id><g:title>Um</g:title><g:price>10.00 BRL</g:price>";
    let cases = [
        (
            "misspelt end tag",
            fields.replace("</g:title>", "</g:titel>"),
            W::StrayEndTag,
        ),
        (
            "end tag in other case",
            fields.replace("</g:title>", "</G:Title>"),
            W::MissingLink,
        ),
        ("end tag missing", fields.replace("</g:title>", ""), W::UnclosedElement),
        (
            "stray end tag",
            fields.replace("<g:price>", "</p><g:price>"),
            W::StrayEndTag,
        ),
        ("stray tag in text", fields.replace("Um", "Um</p>"), W::StrayEndTag),
        (
            "unescaped HTML",
            format!("{fields}<description><p>a<br>b<li>c</p></description>"),
            W::UnclosedElement,
        ),
        (
            "unclosed group",
            format!("{fields}<shipping><g:price>1.00 BRL</g:price><shipping>"),
            W::UnclosedElement,
        ),
        (
            "broken markup",
            fields.replace("<g:price>", "<!x><g:price>"),
            W::BrokenMarkup,
        ),
    ];
    for (name, fields, kind) in cases {
        let outcome = read_all(rss(&format!("<item>{fields}</item>{}", item("2", ""))));
        let got: Vec<_> = outcome
            .products
            .iter()
            .map(|one| (one.title.as_str(), one.price.cents))
            .collect();
        assert_eq!(
            got,
            [("Um", 1000), ("Produto 2", 1000)],
            "{name}: {:?}",
            outcome.rejected
        );
        assert!(outcome.report.count(kind) > 0, "{name}: {:?}", outcome.report.warnings);
        assert!(outcome.report.is_complete, "{name}");
    }
    let unclosed_item = read_all(rss(&(item("1", "").replace("</item>", "") + &item("2", ""))));
    assert_eq!(
        (
            unclosed_item.products.len(),
            unclosed_item.report.count(W::UnclosedElement)
        ),
        (2, 1)
    );
}

#[test]
fn a_feed_cut_anywhere_gives_the_items_before_the_cut() {
    let tail = "<item><g:id>3</g:id><g:title><![CDATA[Três]]></g:title><g:price>1 BRL</g:price></item>";
    let feed = rss(&(item("1", "") + &item("2", "") + tail));
    let third = feed.find(tail).unwrap();
    let end = third + tail.len();
    for cut in third..feed.len() {
        let outcome = read_all(&feed.as_bytes()[..cut]);
        assert_eq!(outcome.products.len(), if cut < end { 2 } else { 3 }, "{cut}");
        assert_eq!(
            (outcome.report.count(W::CutShort), outcome.report.is_complete),
            (1, false),
            "{cut}"
        );
        let is_inside = cut >= third + "<item>".len() && cut < end;
        let reasons: Vec<_> = outcome.rejected.iter().flat_map(|one| one.reasons.clone()).collect();
        assert_eq!(reasons, vec![RejectReason::CutShort; usize::from(is_inside)], "{cut}");
    }
}

#[test]
fn gzip_of_many_members_and_gzip_cut_short() {
    let feed = rss(&(1..200).map(|id| item(&id.to_string(), "")).collect::<String>());
    let (first, second) = feed.as_bytes().split_at(feed.len() / 2);
    assert_eq!(read_all([gzip(first), gzip(second)].concat()), read_all(&feed));
    let packed = gzip(feed.as_bytes());
    let cut = read_all(&packed[..packed.len() / 2]);
    assert!(!cut.products.is_empty() && !cut.report.is_complete);
    let no_trailer = read_all(&packed[..packed.len() - 4]);
    assert_eq!((no_trailer.products.len(), no_trailer.report.is_complete), (199, false));
    let garbage = read_all([0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert!(garbage.error.unwrap().contains("gzip"));
}
