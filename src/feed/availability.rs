//! Whether a product can be had, in the words of the specification and in those that shops use instead.
//! A word that nobody knows is [`Availability::Unknown`], never "in stock".

use serde::Serialize;

/// Whether a product can be had now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// It can be bought and is sent at once.
    InStock,
    /// It cannot be bought.
    OutOfStock,
    /// It can be ordered and is not out yet.
    Preorder,
    /// It can be ordered and comes later.
    Backorder,
    /// The feed says nothing, or nothing that is understood.
    Unknown,
}

/// An availability as read, and whether it was a count of pieces.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) availability: Availability,
    pub(super) is_count: bool,
}

pub(super) fn parse(raw: &str) -> Reading {
    let raw = raw.trim();
    if !raw.is_empty() && raw.bytes().all(|byte| byte.is_ascii_digit()) {
        let has_any = raw.bytes().any(|byte| byte != b'0');
        let availability = if has_any {
            Availability::InStock
        } else {
            Availability::OutOfStock
        };
        return Reading {
            availability,
            is_count: true,
        };
    }
    Reading {
        availability: from_words(&letters(raw)),
        is_count: false,
    }
}

/// The letters alone, in lower case and without accents: `In Stock`, `in_stock` and `in-stock` become one.
fn letters(raw: &str) -> String {
    let word = raw.rsplit('/').next().unwrap_or(raw);
    word.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .map(|letter| match letter {
            'á' | 'ã' | 'â' => 'a',
            'é' | 'ê' => 'e',
            'í' => 'i',
            'ó' | 'õ' => 'o',
            'ç' => 'c',
            other => other,
        })
        .collect()
}

fn from_words(letters: &str) -> Availability {
    match letters {
        "instock"
        | "available"
        | "availablefororder"
        | "limitedavailability"
        | "onlineonly"
        | "emestoque"
        | "disponivel" => Availability::InStock,
        "outofstock" | "soldout" | "unavailable" | "discontinued" | "pending" | "markassold" | "indisponivel"
        | "esgotado" | "foradeestoque" | "semestoque" => Availability::OutOfStock,
        "preorder" | "presale" | "prevenda" => Availability::Preorder,
        "backorder" | "sobencomenda" => Availability::Backorder,
        _ => Availability::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_counts_are_understood() {
        let known = [
            ("in stock", Availability::InStock),
            ("In_Stock", Availability::InStock),
            ("http://schema.org/InStock", Availability::InStock),
            ("Em Estoque", Availability::InStock),
            ("disponível", Availability::InStock),
            ("02", Availability::InStock),
            ("out of stock", Availability::OutOfStock),
            ("Indisponivel", Availability::OutOfStock),
            ("esgotado", Availability::OutOfStock),
            ("00", Availability::OutOfStock),
            ("pre-order", Availability::Preorder),
            ("backorder", Availability::Backorder),
            ("talvez", Availability::Unknown),
            ("", Availability::Unknown),
        ];
        for (raw, availability) in known {
            assert_eq!(parse(raw).availability, availability, "{raw}");
        }
        assert!(parse("01").is_count);
        assert!(!parse("in stock").is_count);
    }
}
