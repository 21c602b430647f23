//! Texts as people compare them: without case, accents, or more white space than a space.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Lower case without accents, words with one space between them. Folding twice changes nothing more.
pub fn folded(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words
        .to_lowercase()
        .nfd()
        .filter(|letter| !is_combining_mark(*letter))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn what_people_take_for_the_same_is_the_same() {
        assert_eq!(folded("  JOÃO \t da  Conceição "), "joao da conceicao");
        assert_eq!(folded("Joa\u{303}o"), folded("João"));
        assert_eq!(folded(&folded("ÀÉÎ õ Ü")), folded("ÀÉÎ õ Ü"));
        assert_eq!(folded(""), "");
    }
}
