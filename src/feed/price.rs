//! Prices as shops write them: `15.00 BRL`, `R$ 1.299,90`, `BRL 10.00`, `50BRL`, `41.25`. Integer arithmetic only.
//! A lone separator with three digits behind it (`1.299`) is ambiguous; the other prices of the feed decide, and the
//! caller reports it. What cannot be read for certain is a [`PriceProblem`], never a guess.

use serde::Serialize;

use super::currency;

/// An amount of money as a feed gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedPrice {
    /// The amount in the minor units of the currency (for BRL: centavos). Never negative.
    pub cents: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// Whether the feed names the currency; if not, it is the one that the caller gave.
    pub currency_given: bool,
}

/// Why a price cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PriceProblem {
    /// There is no digit.
    #[error("no number")]
    NoNumber,
    /// It is below zero.
    #[error("below zero")]
    Negative,
    /// It is more than can be counted.
    #[error("too large")]
    TooLarge,
    /// The text beside the number is not a currency.
    #[error("unknown currency")]
    UnknownCurrency,
    /// Digits and separators do not form a number.
    #[error("not a number")]
    NotANumber,
}

/// A price, and what was odd about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) price: FeedPrice,
    /// The separator could have meant thousands or decimals.
    pub(super) is_ambiguous: bool,
    /// Decimals beyond the currency's were rounded away.
    pub(super) is_rounded: bool,
}

/// Which decimal mark the feed has used so far where there was no doubt.
#[derive(Debug, Default)]
pub(super) struct Marks {
    dots: u64,
    commas: u64,
}

impl Marks {
    /// Looks at the prices in the first piece of a feed, so that an ambiguous first price is read like the others.
    pub(super) fn scan(&mut self, text: &str) {
        for piece in text.split("price>").skip(1) {
            let piece = piece.strip_prefix("<![CDATA[").unwrap_or(piece);
            let end = piece.find(['<', ']']).unwrap_or(0);
            if end <= 40 {
                // Only the marks matter here; a price that cannot be read is reported with its item.
                let _read = parse(&piece[..end], "BRL", self);
            }
        }
    }

    fn note(&mut self, mark: char) {
        if mark == '.' {
            self.dots += 1;
        } else {
            self.commas += 1;
        }
    }
}

/// Reads a price. Blank text is `None`: a price that is not given.
pub(super) fn parse(raw: &str, default_currency: &str, marks: &mut Marks) -> Result<Option<Reading>, PriceProblem> {
    let text = raw.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let parts = Parts::of(text)?;
    let code = parts.currency.as_deref().unwrap_or(default_currency);
    let decimals = currency::decimals(code).unwrap_or(2);
    let number = Number::of(parts.number)?;
    let (whole, fraction, is_ambiguous) = match number {
        Number::Clear { whole, fraction, mark } => {
            if let Some(mark) = mark {
                marks.note(mark);
            }
            (whole, fraction, false)
        }
        Number::Ambiguous { head, mark, tail } => {
            if is_decimal(mark, decimals, &parts, marks) {
                (head, tail, true)
            } else {
                (format!("{head}{tail}"), String::new(), true)
            }
        }
    };
    let (cents, is_rounded) = minor_units(&whole, &fraction, decimals)?;
    let price = FeedPrice {
        cents,
        currency: code.to_owned(),
        currency_given: parts.currency.is_some(),
    };
    Ok(Some(Reading {
        price,
        is_ambiguous,
        is_rounded,
    }))
}

struct Parts<'a> {
    number: &'a str,
    currency: Option<String>,
    /// Written with `R$`, hence in the Brazilian way.
    is_local: bool,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Result<Self, PriceProblem> {
        let is_digit = |letter: char| letter.is_ascii_digit();
        let first = text.find(is_digit).ok_or(PriceProblem::NoNumber)?;
        let last = text.rfind(is_digit).ok_or(PriceProblem::NoNumber)?;
        if text.contains(['-', '\u{2212}']) {
            return Err(PriceProblem::Negative);
        }
        // `.99` has no digit before its mark.
        let first = if text[..first].ends_with(['.', ',']) {
            first - 1
        } else {
            first
        };
        let before = text[..first].trim();
        let after = text[last + 1..].trim_start_matches(['.', ',']).trim();
        let currency = match (currency_of(before)?, currency_of(after)?) {
            (Some(one), Some(other)) if one != other => return Err(PriceProblem::UnknownCurrency),
            (one, other) => one.or(other),
        };
        let is_local = before.eq_ignore_ascii_case("R$") || after.eq_ignore_ascii_case("R$");
        Ok(Self {
            number: &text[first..=last],
            currency,
            is_local,
        })
    }
}

fn currency_of(text: &str) -> Result<Option<String>, PriceProblem> {
    let code = match text {
        // A bare dollar sign stands for a dozen currencies: the shop's own is meant.
        "" | "$" => return Ok(None),
        "€" => "EUR",
        "£" => "GBP",
        _ if text.eq_ignore_ascii_case("R$") => "BRL",
        _ if text.eq_ignore_ascii_case("US$") => "USD",
        _ => {
            let code = text.to_ascii_uppercase();
            return currency::decimals(&code)
                .map(|_| Some(code))
                .ok_or(PriceProblem::UnknownCurrency);
        }
    };
    Ok(Some(code.to_owned()))
}

enum Number {
    Clear {
        whole: String,
        fraction: String,
        mark: Option<char>,
    },
    Ambiguous {
        head: String,
        mark: char,
        tail: String,
    },
}

impl Number {
    fn of(text: &str) -> Result<Self, PriceProblem> {
        let text = without_spaces(text)?;
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b',')
        {
            return Err(PriceProblem::NotANumber);
        }
        let Some(at) = text.rfind(['.', ',']) else {
            return Ok(Self::Clear {
                whole: text,
                fraction: String::new(),
                mark: None,
            });
        };
        let (head, tail) = (&text[..at], &text[at + 1..]);
        let mark = if text[at..].starts_with('.') { '.' } else { ',' };
        let other = if mark == '.' { ',' } else { '.' };
        if head.contains(mark) {
            // Several equal separators are thousands; with another kind among them, it is no number.
            let whole = ungroup(&text, mark).ok_or(PriceProblem::NotANumber)?;
            return Ok(Self::Clear {
                whole,
                fraction: String::new(),
                mark: None,
            });
        }
        if head.contains(other) {
            let whole = ungroup(head, other).ok_or(PriceProblem::NotANumber)?;
            return Ok(Self::Clear {
                whole,
                fraction: tail.to_owned(),
                mark: Some(mark),
            });
        }
        let could_be_thousands = tail.len() == 3 && (1..=3).contains(&head.len()) && !head.starts_with('0');
        if could_be_thousands {
            return Ok(Self::Ambiguous {
                head: head.to_owned(),
                mark,
                tail: tail.to_owned(),
            });
        }
        Ok(Self::Clear {
            whole: head.to_owned(),
            fraction: tail.to_owned(),
            mark: Some(mark),
        })
    }
}

/// Drops the spaces and apostrophes of `1 299,90`, which group digits by three.
fn without_spaces(text: &str) -> Result<String, PriceProblem> {
    let is_space = |letter: char| letter.is_whitespace() || letter == '\'';
    let mut groups = text.split(is_space);
    let mut joined = groups.next().unwrap_or_default().to_owned();
    for group in groups {
        let digits = group
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(group.len());
        if digits != 3 || joined.contains(['.', ',']) {
            return Err(PriceProblem::NotANumber);
        }
        joined.push_str(group);
    }
    Ok(joined)
}

/// The digits of a whole number whose groups of three are set apart by `separator`.
fn ungroup(text: &str, separator: char) -> Option<String> {
    let mut groups = text.split(separator);
    let first = groups.next()?;
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let well_grouped = (1..=3).contains(&first.len()) && is_digits(first);
    (well_grouped && groups.all(|group| group.len() == 3 && is_digits(group))).then(|| text.replace(separator, ""))
}

/// Whether the lone separator of an ambiguous number sets off decimals: as in the rest of the feed; else as the
/// currency suggests; else as people of the place write; else, for a bare number out of a program, the dot does.
fn is_decimal(mark: char, decimals: u8, parts: &Parts<'_>, marks: &Marks) -> bool {
    match marks.dots.cmp(&marks.commas) {
        std::cmp::Ordering::Greater => mark == '.',
        std::cmp::Ordering::Less => mark == ',',
        std::cmp::Ordering::Equal if decimals == 3 => mark == '.',
        std::cmp::Ordering::Equal if parts.is_local => mark == ',',
        std::cmp::Ordering::Equal => parts.currency.is_none() && mark == '.',
    }
}

/// The amount in minor units, rounded half up, and whether anything was rounded away.
fn minor_units(whole: &str, fraction: &str, decimals: u8) -> Result<(i64, bool), PriceProblem> {
    let mut amount: i64 = 0;
    let mut push = |digit: u8| {
        amount = amount.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
        Some(())
    };
    let kept = usize::from(decimals);
    let padding = std::iter::repeat(b'0');
    let digits = whole.bytes().chain(fraction.bytes().chain(padding).take(kept));
    for digit in digits {
        push(digit).ok_or(PriceProblem::TooLarge)?;
    }
    let rest = fraction.get(kept..).unwrap_or_default();
    if rest.bytes().next().is_some_and(|digit| digit >= b'5') {
        amount = amount.checked_add(1).ok_or(PriceProblem::TooLarge)?;
    }
    Ok((amount, rest.bytes().any(|digit| digit != b'0')))
}

#[cfg(test)]
#[path = "price_tests.rs"]
mod tests;
