//! Invented people: valid CPF and CNPJ, Brazilian names, mail addresses that reach nobody.
//! Deterministic for a generator's state; knows no platform.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use rand::{RngExt, rngs::StdRng};

const FIRST: [&str; 16] = [
    "Ana", "Bruno", "Cecília", "Davi", "Érica", "Fábio", "Gabriela", "Heitor", "Íris", "João", "Karina", "Luís",
    "Mônica", "Nélson", "Olívia", "Paulo",
];
const LAST: [&str; 12] = [
    "Almeida",
    "Barros",
    "Conceição",
    "Dias",
    "Esteves",
    "Ferreira",
    "Gonçalves",
    "Lima",
    "Moraes",
    "Nogueira",
    "Pereira",
    "Vasconcelos",
];
/// Real area codes, in front of numbers that belong to nobody.
const AREA_CODES: [&str; 5] = ["11", "21", "41", "47", "85"];
const DOMAINS: [&str; 2] = ["example.com", "loja-exemplo.invalid"];

/// A customer of an imitated shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The customer's id on the platform.
    pub external_id: u64,
    /// Full name, or the company's legal name.
    pub name: String,
    /// Whether this is a company.
    pub company: bool,
    /// CPF or CNPJ without punctuation; letters in capitals. A walk-in customer has none.
    pub document: Option<String>,
    /// Mail address, of mixed case for some, absent for a few.
    pub email: Option<String>,
    /// Mobile phone with area code, digits only.
    pub phone: String,
    /// Birth date; companies have none.
    pub birth_date: Option<NaiveDate>,
    /// True for female, false for male, `None` where the platform does not say.
    pub female: Option<bool>,
    /// When the person signed up.
    pub registered_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Person {
    /// The document with the usual points, dashes and slashes.
    pub fn punctuated_document(&self) -> Option<String> {
        self.document.as_deref().map(punctuate)
    }

    /// The phone as people write it, `(11) 90000-0000`.
    pub fn punctuated_phone(&self) -> String {
        let (area, rest) = self.phone.split_at(2);
        let (head, tail) = rest.split_at(rest.len() - 4);
        format!("({area}) {head}-{tail}")
    }
}

/// Writes `999.999.999-99` or `99.999.999/9999-99`; anything of another length as it is.
pub fn punctuate(document: &str) -> String {
    let part = |from: usize, to: usize| document.get(from..to).unwrap_or_default();
    match document.len() {
        11 => format!("{}.{}.{}-{}", part(0, 3), part(3, 6), part(6, 9), part(9, 11)),
        14 => format!(
            "{}.{}.{}/{}-{}",
            part(0, 2),
            part(2, 5),
            part(5, 8),
            part(8, 12),
            part(12, 14)
        ),
        _ => document.to_owned(),
    }
}

/// Invents the `index`-th person. Every eighth is a company, the first of them with letters in its
/// CNPJ; every third has capitals in the mail address; every eleventh has no mail address.
pub fn invent(rng: &mut StdRng, index: usize, external_id: u64, now: DateTime<Utc>) -> Person {
    let company = index % 8 == 5;
    let first = FIRST[rng.random_range(0..FIRST.len())];
    let last = LAST[rng.random_range(0..LAST.len())];
    let middle = LAST[rng.random_range(0..LAST.len())];
    let name = if company {
        format!("{last} e {middle} Comércio Ltda")
    } else {
        format!("{first} {middle} {last}")
    };
    let mut email = format!("{}.{}{}@{}", ascii(first), ascii(last), index + 1, DOMAINS[index % 2]);
    if index % 3 != 1 {
        email = email.to_lowercase();
    }
    let registered_at = now - TimeDelta::hours(rng.random_range(62 * 24..400 * 24));
    let since = (now - registered_at).num_hours();
    let age_days = rng.random_range(19 * 365..75 * 365);
    Person {
        external_id,
        name,
        company,
        document: Some(if company { cnpj(rng, index < 8) } else { cpf(rng) }),
        email: (index % 11 != 9).then_some(email),
        phone: format!(
            "{}90000{:04}",
            AREA_CODES[index % AREA_CODES.len()],
            (index + 1) % 10_000
        ),
        birth_date: (!company).then(|| now.date_naive() - Days::new(age_days)),
        female: (!company && index % 7 != 3).then(|| rng.random_bool(0.5)),
        registered_at,
        updated_at: registered_at + TimeDelta::hours(rng.random_range(0..since)),
    }
}

/// The person behind sales at a till to somebody who gave no name.
pub fn walk_in(external_id: u64, now: DateTime<Utc>) -> Person {
    Person {
        external_id,
        name: "Consumidor Balcão".to_owned(),
        company: false,
        document: None,
        email: None,
        phone: "11900000000".to_owned(),
        birth_date: None,
        female: None,
        registered_at: now - TimeDelta::days(400),
        updated_at: now - TimeDelta::days(400),
    }
}

/// A CPF with valid check digits.
fn cpf(rng: &mut StdRng) -> String {
    let mut digits: Vec<u32> = (0..9).map(|_| rng.random_range(0..10)).collect();
    for weight in [10, 11] {
        digits.push(check_digit(
            digits
                .iter()
                .zip((2..=weight).rev())
                .map(|(digit, weight)| digit * weight),
        ));
    }
    digits.iter().map(ToString::to_string).collect()
}

/// A CNPJ with valid check digits, with letters among the first twelve characters if asked for.
fn cnpj(rng: &mut StdRng, with_letters: bool) -> String {
    let mut text: Vec<u8> = (0..8)
        .map(|place| {
            let letter = with_letters && place % 2 == 1;
            if letter {
                rng.random_range(b'A'..=b'Z')
            } else {
                rng.random_range(b'0'..=b'9')
            }
        })
        .chain(*b"0001")
        .collect();
    for _ in 0..2 {
        let weights = (2..=9_u32).cycle();
        let sum = text
            .iter()
            .rev()
            .zip(weights)
            .map(|(byte, weight)| u32::from(byte - b'0') * weight);
        let digit = check_digit(sum);
        text.push(b'0' + u8::try_from(digit).unwrap_or_default());
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Modulo 11, where a remainder below two counts as zero.
fn check_digit(products: impl Iterator<Item = u32>) -> u32 {
    match products.sum::<u32>() % 11 {
        0 | 1 => 0,
        remainder => 11 - remainder,
    }
}

/// A name without accents and spaces, fit for a mail address.
fn ascii(name: &str) -> String {
    name.chars()
        .map(|letter| match letter {
            'á' | 'ã' | 'â' => 'a',
            'é' | 'ê' => 'e',
            'É' => 'E',
            'í' => 'i',
            'Í' => 'I',
            'ó' | 'ô' | 'õ' => 'o',
            'ú' => 'u',
            'ç' => 'c',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn people() -> Vec<Person> {
        let mut rng = StdRng::seed_from_u64(5);
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default();
        (0..40)
            .map(|index| invent(&mut rng, index, 100 + index as u64, now))
            .collect()
    }

    /// Checks a CPF from its definition rather than by generating it again.
    fn cpf_is_valid(text: &str) -> bool {
        let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
        let weighted =
            |count: u32| (0..count).map(|i| digits[i as usize] * (count + 1 - i)).sum::<u32>() * 10 % 11 % 10;
        digits.len() == 11 && weighted(9) == digits[9] && weighted(10) == digits[10]
    }

    #[test]
    fn documents_are_valid_and_one_has_letters() {
        let people = people();
        let natural: Vec<_> = people.iter().filter(|person| !person.company).collect();
        assert!(
            natural
                .iter()
                .all(|person| person.document.as_deref().is_some_and(cpf_is_valid))
        );
        let letters = |person: &&Person| {
            person
                .document
                .as_deref()
                .unwrap_or_default()
                .chars()
                .any(|c| c.is_ascii_uppercase())
        };
        assert_eq!(people.iter().filter(letters).count(), 1);
        assert_eq!(people.iter().filter(|person| person.company).count(), 5);
    }

    #[test]
    fn an_alphanumeric_cnpj_has_the_published_check_digits() {
        // 12ABC34501DE carries the digits 35 in the tax authority's own example.
        let sum = |text: &str| {
            check_digit(
                text.bytes()
                    .rev()
                    .zip((2..=9).cycle())
                    .map(|(byte, weight)| u32::from(byte - b'0') * weight),
            )
        };
        assert_eq!((sum("12ABC34501DE"), sum("12ABC34501DE3")), (3, 5));
    }

    #[test]
    fn mail_addresses_reach_nobody() {
        for email in people().into_iter().filter_map(|person| person.email) {
            assert!(
                email.ends_with("@example.com") || email.ends_with(".invalid"),
                "{email}"
            );
            assert!(email.is_ascii(), "{email}");
        }
        assert!(people().iter().any(|person| person.email.is_none()));
    }

    #[test]
    fn punctuation_is_the_usual_one() {
        assert_eq!(punctuate("12345678909"), "123.456.789-09");
        assert_eq!(punctuate("12ABC34501DE35"), "12.ABC.345/01DE-35");
        let mut person = people().remove(0);
        person.phone = "11987654321".to_owned();
        assert_eq!(person.punctuated_phone(), "(11) 98765-4321");
    }
}
