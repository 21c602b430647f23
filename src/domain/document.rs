//! The Brazilian tax numbers: CPF of a person, CNPJ of a company.
//!
//! Turns what shops and files send (punctuation, lost leading zeros, lower case) into one
//! normalised text, or says that it is neither. Pure values: this module knows no customer, no
//! platform and no table. Imports, look-ups and everything that shows a document call it.

use std::fmt;

/// A CPF or a CNPJ whose check digits are right.
///
/// It is personal data: there is no `Display`, and `Debug` shows the masked form only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Document {
    /// A person's number.
    Cpf(Cpf),
    /// A company's number.
    Cnpj(Cnpj),
}

/// A valid CPF: eleven digits, leading zeros included. Made by [`Document::parse`] only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Cpf(String);

/// A valid CNPJ: twelve digits or capital letters and two digits. Made by [`Document::parse`] only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Cnpj(String);

/// Which of the two numbers a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// A person's number.
    Cpf,
    /// A company's number.
    Cnpj,
}

/// What the source says about its customer. It may be wrong, so it only breaks ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// The source calls the customer a person ("F").
    Person,
    /// The source calls the customer a company ("J").
    Company,
}

impl Document {
    /// Reads a document as people, shops and spreadsheets write it. `None` means that it is neither
    /// a valid CPF nor a valid CNPJ.
    ///
    /// Zeros that a numeric import dropped are put back. Up to eleven digits may then be both, and
    /// are read as a CPF unless the hint says that the customer is a company.
    pub fn parse(input: &str, kind_hint: Option<Hint>) -> Option<Self> {
        let text = clean(input)?;
        let numeric = text.bytes().all(|byte| byte.is_ascii_digit());
        match (numeric, text.len()) {
            (false, 14) | (true, 12..=14) => cnpj(&text),
            (true, 1..=11) if kind_hint == Some(Hint::Company) => cnpj(&text).or_else(|| cpf(&text)),
            (true, 1..=11) => cpf(&text).or_else(|| cnpj(&text)),
            _ => None,
        }
    }

    /// The normalised text: 11 characters for a CPF, 14 for a CNPJ, without punctuation. This is
    /// what is stored, compared and hashed.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Cpf(Cpf(text)) | Self::Cnpj(Cnpj(text)) => text,
        }
    }

    /// Which of the two it is.
    pub fn kind(&self) -> DocumentKind {
        match self {
            Self::Cpf(_) => DocumentKind::Cpf,
            Self::Cnpj(_) => DocumentKind::Cnpj,
        }
    }

    /// With the usual punctuation, for the document's owner and for authorised staff:
    /// `123.456.789-09`, `11.222.333/0001-81`.
    pub fn formatted(&self) -> String {
        let text = self.as_str();
        match self {
            Self::Cpf(_) => format!("{}.{}.{}-{}", &text[..3], &text[3..6], &text[6..9], &text[9..]),
            Self::Cnpj(_) => {
                format!(
                    "{}.{}.{}/{}-{}",
                    &text[..2],
                    &text[2..5],
                    &text[5..8],
                    &text[8..12],
                    &text[12..]
                )
            }
        }
    }

    /// The form for screens and logs, from which the number cannot be rebuilt: `***.456.789-**`,
    /// `**.222.333/****-**`.
    pub fn mask(&self) -> String {
        let text = self.as_str();
        match self {
            Self::Cpf(_) => format!("***.{}.{}-**", &text[3..6], &text[6..9]),
            Self::Cnpj(_) => format!("**.{}.{}/****-**", &text[2..5], &text[5..8]),
        }
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}({})", self.kind(), self.mask())
    }
}

impl fmt::Debug for Cpf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Cpf(..)")
    }
}

impl fmt::Debug for Cnpj {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Cnpj(..)")
    }
}

/// Drops the punctuation and raises the letters; `None` when anything else is met. Letters are
/// never dropped, because new CNPJs contain them.
fn clean(input: &str) -> Option<String> {
    input
        .chars()
        .filter(|character| !matches!(character, '.' | '/' | '-') && !character.is_whitespace())
        .map(|character| {
            character
                .is_ascii_alphanumeric()
                .then(|| character.to_ascii_uppercase())
        })
        .collect()
}

fn cpf(digits: &str) -> Option<Document> {
    let text = format!("{digits:0>11}");
    // The ten numbers of one repeated digit pass the check digits and belong to nobody.
    let repeated = text.bytes().all(|byte| byte == text.as_bytes()[0]);
    let valid = !repeated && has_check_digits(&text, 11);
    valid.then_some(Document::Cpf(Cpf(text)))
}

fn cnpj(text: &str) -> Option<Document> {
    let text = format!("{text:0>14}");
    let zeros = text.bytes().all(|byte| byte == b'0');
    let valid = !zeros && has_check_digits(&text, 9);
    valid.then_some(Document::Cnpj(Cnpj(text)))
}

/// Whether the last two characters are the check digits of the rest. Both numbers use the same
/// sum; the weights run 2, 3, 4, ... from the right and begin again after `highest_weight`.
fn has_check_digits(text: &str, highest_weight: u32) -> bool {
    let bytes = text.as_bytes();
    [bytes.len() - 2, bytes.len() - 1].into_iter().all(|position| {
        let weights = (2..=highest_weight).cycle();
        let sum: u32 = bytes[..position]
            .iter()
            .rev()
            .zip(weights)
            .map(|(byte, weight)| u32::from(byte - b'0') * weight)
            .sum();
        let expected = match sum % 11 {
            0 | 1 => 0,
            rest => 11 - rest,
        };
        u32::from(bytes[position]) == u32::from(b'0') + expected
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;

    fn parse(input: &str) -> Option<Document> {
        Document::parse(input, None)
    }

    #[test]
    fn valid_documents_are_normalised() {
        let cases = [
            ("123.456.789-09", DocumentKind::Cpf, "12345678909"),
            ("12345678909", DocumentKind::Cpf, "12345678909"),
            ("00123456010", DocumentKind::Cpf, "00123456010"),
            ("123456010", DocumentKind::Cpf, "00123456010"),
            (" 111.444.777-35 ", DocumentKind::Cpf, "11144477735"),
            ("11.222.333/0001-81", DocumentKind::Cnpj, "11222333000181"),
            ("11222333000181", DocumentKind::Cnpj, "11222333000181"),
            ("00123456000149", DocumentKind::Cnpj, "00123456000149"),
            ("123456000149", DocumentKind::Cnpj, "00123456000149"),
            ("12345000165", DocumentKind::Cnpj, "00012345000165"),
            ("12ABC34501DE35", DocumentKind::Cnpj, "12ABC34501DE35"),
            ("12.abc.345/01de-35", DocumentKind::Cnpj, "12ABC34501DE35"),
            ("IOQF1234000199", DocumentKind::Cnpj, "IOQF1234000199"),
            ("0A1B2C3D4E5F23", DocumentKind::Cnpj, "0A1B2C3D4E5F23"),
            ("ZZZZZZZZZZZZ62", DocumentKind::Cnpj, "ZZZZZZZZZZZZ62"),
        ];
        for (input, kind, normalised) in cases {
            let document = parse(input).unwrap_or_else(|| panic!("{input} is valid"));
            assert_eq!((document.kind(), document.as_str()), (kind, normalised), "{input}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let wrong_check_digits = ["12345678900", "11222333000180"];
        let repeated = ["11111111111", "00000000000", "99999999999", "00000000000000", "0"];
        let wrong_shape = [
            "",
            " . ",
            "12ABC34501DE3A",
            "123456789012345",
            "ABC",
            "123_456_789_09",
            "１２３４５６７８９０９",
            "123.456.789-09;",
        ];
        for input in wrong_check_digits.into_iter().chain(repeated).chain(wrong_shape) {
            assert_eq!(parse(input), None, "{input:?}");
        }
    }

    #[test]
    fn the_hint_decides_only_where_both_readings_are_valid() {
        let both = "00123456010";
        assert_eq!(Document::parse(both, Some(Hint::Person)).unwrap().as_str(), both);
        assert_eq!(
            Document::parse(both, Some(Hint::Company)).unwrap().as_str(),
            "00000123456010"
        );

        let person_only = Document::parse("12345678909", Some(Hint::Company)).unwrap();
        assert_eq!(person_only.kind(), DocumentKind::Cpf);
        let company_only = Document::parse("12345000165", Some(Hint::Person)).unwrap();
        assert_eq!(company_only.kind(), DocumentKind::Cnpj);
        assert_eq!(Document::parse("12345678900", Some(Hint::Company)), None);
    }

    #[test]
    fn fourteen_digits_are_a_cnpj_whatever_the_hint() {
        let document = Document::parse("00000123456010", Some(Hint::Person)).unwrap();
        assert_eq!(
            (document.kind(), document.as_str()),
            (DocumentKind::Cnpj, "00000123456010")
        );
    }

    #[test]
    fn formatted_and_masked() {
        let person = parse("12345678909").unwrap();
        assert_eq!(
            (person.formatted().as_str(), person.mask().as_str()),
            ("123.456.789-09", "***.456.789-**")
        );
        let company = parse("12ABC34501DE35").unwrap();
        assert_eq!(
            (company.formatted().as_str(), company.mask().as_str()),
            ("12.ABC.345/01DE-35", "**.ABC.345/****-**")
        );
        assert_eq!(
            format!("{person:?} {company:?}"),
            "Cpf(***.456.789-**) Cnpj(**.ABC.345/****-**)"
        );
        let inner = (Cpf("12345678909".to_owned()), Cnpj("12ABC34501DE35".to_owned()));
        assert_eq!(format!("{inner:?}"), "(Cpf(..), Cnpj(..))");
    }

    proptest! {
        #[test]
        fn any_text_is_survived_and_what_is_accepted_is_stable(input in "\\PC{0,20}|[0-9./ -]{0,20}|[0-9]{9,14}") {
            if let Some(document) = parse(&input) {
                prop_assert_eq!(parse(document.as_str()), Some(document.clone()));
                prop_assert_eq!(parse(&document.formatted()), Some(document));
            }
        }

        #[test]
        fn nine_digits_have_one_cpf(base in 0_u64..1_000_000_000) {
            let valid = (0..100).filter(|check| cpf(&format!("{base:09}{check:02}")).is_some()).count();
            // Nine repeated digits are completed to eleven repeated ones, which are refused.
            prop_assert_eq!(valid, usize::from(base % 111_111_111 != 0));
        }
    }
}
