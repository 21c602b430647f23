//! The code that a customer types at the till to use a reward.
//!
//! A code is worth money to whoever knows it, so new ones are drawn from a cryptographic source
//! that the caller gives, and are easy to read aloud. This module knows neither coupons nor
//! platforms; whether a code is already taken is for the database and the shop to say.

use std::fmt;

use rand::{CryptoRng, seq::IndexedRandom};

/// What codes are drawn from: capitals and digits without those that are mistaken for one another
/// (0 and O; 1, I and L). Ten of them make some 49 bits.
const ALPHABET: &[u8; 31] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";

/// How many characters of a new code are random.
const RANDOM_LENGTH: usize = 10;

/// The most characters of a prefix.
const MAX_PREFIX_LENGTH: usize = 6;

/// The most characters of a code; the shops' own limits are not lower.
const MAX_LENGTH: usize = 20;

/// A coupon's code in its normal form: 1 to 20 capitals, digits, `-` or `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CouponCode(String);

/// Why a text cannot be a coupon's code or its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CouponCodeError {
    /// Nothing but blanks.
    #[error("the coupon code is empty")]
    Empty,
    /// More characters than shops take.
    #[error("the coupon code has more than {MAX_LENGTH} characters")]
    TooLong,
    /// A character that shops do not take.
    #[error("the coupon code may hold only letters without accents, digits, '-' and '_'")]
    Character,
    /// The prefix is too long or holds something else than letters and digits.
    #[error("the prefix of coupon codes may hold at most {MAX_PREFIX_LENGTH} letters without accents and digits")]
    Prefix,
}

impl CouponCode {
    /// Draws a new code: the prefix, if there is one, and ten random characters.
    ///
    /// # Errors
    /// [`CouponCodeError::Prefix`] when the prefix has more than six characters or an unusable one.
    pub fn generate<R: CryptoRng + ?Sized>(prefix: Option<&str>, rng: &mut R) -> Result<Self, CouponCodeError> {
        let mut code = prefix.unwrap_or_default().trim().to_ascii_uppercase();
        if code.len() > MAX_PREFIX_LENGTH || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(CouponCodeError::Prefix);
        }
        code.extend(
            (0..RANDOM_LENGTH)
                .filter_map(|_| ALPHABET.choose(rng))
                .copied()
                .map(char::from),
        );
        Ok(Self(code))
    }

    /// Reads a code as people type it and shops list it: trims it and raises its letters.
    ///
    /// # Errors
    /// [`CouponCodeError`] says what is wrong with it.
    pub fn parse(input: &str) -> Result<Self, CouponCodeError> {
        let code = input.trim().to_ascii_uppercase();
        if code.is_empty() {
            return Err(CouponCodeError::Empty);
        }
        if !code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        {
            return Err(CouponCodeError::Character);
        }
        if code.len() > MAX_LENGTH {
            return Err(CouponCodeError::TooLong);
        }
        Ok(Self(code))
    }

    /// The code in its normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The most characters of a code that a shop made.
const MAX_FOREIGN_LENGTH: usize = 60;

/// A code that a shop made, in its normal form: 1 to 60 visible characters of ASCII without separators of lists, in
/// capitals. Shops make longer codes, and of other signs, than they take from programs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PoolCode(String);

/// Why a text cannot be a code that a shop made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PoolCodeError {
    /// Nothing but blanks.
    #[error("the code is missing")]
    Empty,
    /// More characters than any shop makes.
    #[error("the code has more than {MAX_FOREIGN_LENGTH} characters")]
    TooLong,
    /// A character that nobody can type at a till.
    #[error(
        "the code may hold only letters without accents, digits and signs, and no blanks, commas or quotation marks"
    )]
    Character,
}

impl PoolCode {
    /// Reads a code: trims it and raises its letters.
    ///
    /// # Errors
    /// [`PoolCodeError`] says what is wrong with it.
    pub fn parse(input: &str) -> Result<Self, PoolCodeError> {
        let code = input.trim().to_ascii_uppercase();
        if code.is_empty() {
            return Err(PoolCodeError::Empty);
        }
        let is_usable = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b',' | b';' | b'`');
        if !code.bytes().all(is_usable) {
            return Err(PoolCodeError::Character);
        }
        if code.len() > MAX_FOREIGN_LENGTH {
            return Err(PoolCodeError::TooLong);
        }
        Ok(Self(code))
    }

    /// The code in its normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CouponCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::collections::HashSet;

    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn a_new_code_is_the_prefix_and_ten_characters_that_are_not_mistaken() {
        let code = CouponCode::generate(Some(" fiel "), &mut StdRng::seed_from_u64(1)).unwrap();
        let random = code.as_str().strip_prefix("FIEL").unwrap();
        assert_eq!(random.len(), 10);
        assert!(!random.contains(['0', 'O', '1', 'I', 'L']), "{random}");
        assert_eq!(
            CouponCode::generate(None, &mut StdRng::seed_from_u64(1))
                .unwrap()
                .as_str(),
            random
        );
    }

    #[test]
    fn every_character_of_the_alphabet_is_drawn_and_codes_differ() {
        let mut rng = StdRng::seed_from_u64(7);
        let codes: HashSet<_> = (0..1_000)
            .map(|_| CouponCode::generate(None, &mut rng).unwrap())
            .collect();
        assert_eq!(codes.len(), 1_000);
        let drawn: HashSet<_> = codes.iter().flat_map(|code| code.as_str().bytes()).collect();
        assert_eq!(drawn, ALPHABET.iter().copied().collect());
    }

    #[test]
    fn prefixes_and_codes_are_checked() {
        let mut rng = StdRng::seed_from_u64(1);
        for prefix in ["SETEXXX", "A-B", "JOÃO", "A B"] {
            assert_eq!(
                CouponCode::generate(Some(prefix), &mut rng),
                Err(CouponCodeError::Prefix),
                "{prefix}"
            );
        }
        assert_eq!(CouponCode::generate(Some(""), &mut rng).unwrap().as_str().len(), 10);

        assert_eq!(CouponCode::parse(" fiel-10_ab\n").unwrap().to_string(), "FIEL-10_AB");
        assert_eq!(CouponCode::parse("  "), Err(CouponCodeError::Empty));
        assert_eq!(CouponCode::parse("DEZ%"), Err(CouponCodeError::Character));
        assert_eq!(CouponCode::parse("A B"), Err(CouponCodeError::Character));
        assert_eq!(CouponCode::parse(&"A".repeat(21)), Err(CouponCodeError::TooLong));
        assert!(CouponCode::parse(&"A".repeat(20)).is_ok());
    }

    #[test]
    fn codes_of_shops_may_be_longer_and_have_signs() {
        assert_eq!(
            PoolCode::parse(" verao#2026/xk.7 ").unwrap().as_str(),
            "VERAO#2026/XK.7"
        );
        assert_eq!(PoolCode::parse(" "), Err(PoolCodeError::Empty));
        for text in ["A B", "A,B", "JOÃO", "\"A\"", "A\u{0}B"] {
            assert_eq!(PoolCode::parse(text), Err(PoolCodeError::Character), "{text}");
        }
        assert!(PoolCode::parse(&"a".repeat(60)).is_ok());
        assert_eq!(PoolCode::parse(&"a".repeat(61)), Err(PoolCodeError::TooLong));
    }

    proptest! {
        #[test]
        fn a_generated_code_is_in_its_normal_form(prefix in "[a-zA-Z0-9]{0,6}", seed: u64) {
            let code = CouponCode::generate(Some(&prefix), &mut StdRng::seed_from_u64(seed)).unwrap();
            prop_assert_eq!(CouponCode::parse(&code.as_str().to_lowercase()), Ok(code));
        }
    }
}
