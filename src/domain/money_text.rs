//! Amounts of Brazilian reais as text, in both conventions, to and from whole centavos.
//!
//! Which convention a text follows is never guessed from the text (`1.234` fits both): the caller
//! names it by the function it calls. No floating point is involved. Adapters read with
//! [`parse_machine`], forms and spreadsheets with [`parse_ptbr`], and whatever people read is
//! written with [`format_brl`].

/// Writes centavos as people in Brazil read them: `R$ 1.234,56`, negative `-R$ 1.234,56`. A
/// no-break space (U+00A0) stands after `R$`.
pub fn format_brl(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let amount = cents.unsigned_abs();
    format!("{sign}R$\u{a0}{},{:02}", group_thousands(amount / 100), amount % 100)
}

/// Writes a whole number with points between the thousands: `1.234.567`.
pub fn group_thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    grouped
}

/// Writes hundredths of a per cent, which are not negative, as machines read them: `12.50`.
pub fn percent_machine(hundredths: i32) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Reads an amount as machines write it (`155.00`, `-10.0000`, `150`, also a JSON number's
/// exponent) and gives centavos. More than two decimals are rounded half away from zero. `None`
/// when the text is anything else or too large.
pub fn parse_machine(text: &str) -> Option<i64> {
    machine(text, 0)
}

/// Reads a number as machines write it and gives thousandths, rounded half away from zero: quantities of
/// goods that are weighed.
pub fn parse_machine_thousandths(text: &str) -> Option<i64> {
    machine(text, 1)
}

/// A number times ten to the `shift`, in hundredths.
fn machine(text: &str, shift: i32) -> Option<i64> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, decimals) = match mantissa.split_once('.') {
        Some((whole, decimals)) => (whole, non_empty_digits(decimals)?),
        None => (mantissa, ""),
    };
    cents(
        negative,
        non_empty_digits(whole)?,
        decimals,
        exponent.checked_add(shift)?,
    )
}

/// Reads an amount as people in Brazil write it (`R$ 1.234,56`, `1.234`, `12,5`, `-R$ 3,00`) and
/// gives centavos. More than two decimals are rounded half away from zero. `None` when the text is
/// anything else, for instance with points that do not part thousands, or too large.
pub fn parse_ptbr(text: &str) -> Option<i64> {
    let (outer_minus, text) = strip_minus(text.trim());
    let text = text.strip_prefix("R$").map_or(text, str::trim_start);
    let (inner_minus, text) = strip_minus(text);
    if outer_minus && inner_minus {
        return None;
    }
    let (whole, decimals) = match text.split_once(',') {
        Some((whole, decimals)) => (whole, non_empty_digits(decimals)?),
        None => (text, ""),
    };
    let mut groups = whole.split('.');
    let first = non_empty_digits(groups.next()?)?;
    let mut digits = first.to_owned();
    for group in groups {
        if first.len() > 3 || group.len() != 3 {
            return None;
        }
        digits.push_str(non_empty_digits(group)?);
    }
    cents(outer_minus || inner_minus, &digits, decimals, 0)
}

fn strip_minus(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    }
}

fn non_empty_digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

/// `whole.decimals` times ten to the `exponent`, in centavos.
fn cents(negative: bool, whole: &str, decimals: &str, exponent: i32) -> Option<i64> {
    let digits = [whole.as_bytes(), decimals.as_bytes()].concat();
    // How many of the digits, and then zeros, stand before the end of the centavos.
    let kept = i64::try_from(whole.len()).ok()? + i64::from(exponent) + 2;
    let mut amount: i64 = 0;
    let mut round_up = false;
    for (digit, index) in digits.iter().zip(0_i64..) {
        let digit = i64::from(digit - b'0');
        if index < kept {
            amount = amount.checked_mul(10)?.checked_add(digit)?;
        } else if index == kept {
            round_up = digit >= 5;
        }
    }
    let missing_zeros = kept - i64::try_from(digits.len()).ok()?;
    if amount != 0 && missing_zeros > 0 {
        amount = amount.checked_mul(10_i64.checked_pow(u32::try_from(missing_zeros).ok()?)?)?;
    }
    let amount = amount.checked_add(i64::from(round_up))?;
    Some(if negative { -amount } else { amount })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percentages_have_two_decimals() {
        let told = [(0, "0.00"), (5, "0.05"), (1_250, "12.50"), (10_000, "100.00")];
        for (hundredths, text) in told {
            assert_eq!(percent_machine(hundredths), text);
        }
    }

    #[test]
    fn people_read_points_and_a_comma() {
        let cases = [
            (0, "R$\u{a0}0,00"),
            (5, "R$\u{a0}0,05"),
            (99_999, "R$\u{a0}999,99"),
            (123_456, "R$\u{a0}1.234,56"),
            (12_345_678_900, "R$\u{a0}123.456.789,00"),
            (-123_456, "-R$\u{a0}1.234,56"),
            (i64::MIN, "-R$\u{a0}92.233.720.368.547.758,08"),
        ];
        for (cents, expected) in cases {
            assert_eq!(format_brl(cents), expected);
        }
    }

    #[test]
    fn machines_write_a_decimal_point() {
        let cases = [
            ("150.0000", 15_000),
            ("155.00", 15_500),
            ("-10.0000", -1_000),
            ("0.1", 10),
            (" 7 ", 700),
            ("0.005", 1),
            ("0.0049999", 0),
            ("-0.005", -1),
            ("1.995", 200),
            ("1.5E3", 150_000),
            ("1e-2", 1),
            ("5e-3", 1),
            ("4e-99", 0),
            ("0e99", 0),
            ("92233720368547758.07", i64::MAX),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_machine(text), Some(expected), "{text}");
        }
        let refused = [
            "",
            "-",
            "1,50",
            "1.234,56",
            "1.2.3",
            ".5",
            "5.",
            "+1",
            "R$ 1",
            "NaN",
            "1e",
            "1e99",
            "--1",
            "1 2",
            "92233720368547758.08",
            "٣",
        ];
        for text in refused {
            assert_eq!(parse_machine(text), None, "{text}");
        }
    }

    #[test]
    fn quantities_are_thousandths() {
        let cases = [
            ("1", 1_000),
            ("0.125", 125),
            ("2.0005", 2_001),
            ("1.5E3", 1_500_000),
            ("-3", -3_000),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_machine_thousandths(text), Some(expected), "{text}");
        }
        for text in ["", "1,5", "1e2147483647"] {
            assert_eq!(parse_machine_thousandths(text), None, "{text}");
        }
    }

    #[test]
    fn people_write_a_decimal_comma() {
        let cases = [
            ("R$ 1.234,56", 123_456),
            ("1.234", 123_400),
            ("1.234,5", 123_450),
            ("R$\u{a0}1.234,56", 123_456),
            ("-R$ 3,00", -300),
            ("R$ -3,00", -300),
            ("1234567,8", 123_456_780),
            ("0,125", 13),
            ("-0,125", -13),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_ptbr(text), Some(expected), "{text}");
        }
        let refused = [
            "1,234.56", "", "R$", "1.23", "1.2345", "1234.567", ",50", "5,", "1,2,3", "-R$ -1", "1 000", "12.34,5",
        ];
        for text in refused {
            assert_eq!(parse_ptbr(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(cents in -i64::MAX..=i64::MAX) {
            prop_assert_eq!(parse_ptbr(&format_brl(cents)), Some(cents));
        }

        #[test]
        fn zeros_at_the_end_change_nothing(cents in -1_000_000_000_000_i64..1_000_000_000_000, zeros in 0_usize..6) {
            let sign = if cents < 0 { "-" } else { "" };
            let amount = cents.unsigned_abs();
            let text = format!("{sign}{}.{:02}{}", amount / 100, amount % 100, "0".repeat(zeros));
            prop_assert_eq!(parse_machine(&text), Some(cents));
        }
    }
}
