#![expect(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;

use super::*;

fn read(raw: &str) -> Reading {
    parse(raw, "BRL", &mut Marks::default()).unwrap().unwrap()
}

fn cents(raw: &str) -> (i64, String, bool) {
    let FeedPrice {
        cents,
        currency,
        currency_given,
    } = read(raw).price;
    (cents, currency, currency_given)
}

#[test]
fn forms_found_in_feeds() {
    let cases = [
        ("15.00 BRL", 1500, "BRL", true),
        ("244.5 EUR", 24_450, "EUR", true),
        ("196 EUR", 19_600, "EUR", true),
        ("374990 KZT", 37_499_000, "KZT", true),
        ("0 KZT", 0, "KZT", true),
        ("R$ 71,37", 7137, "BRL", true),
        ("R$1.299,90", 129_990, "BRL", true),
        ("R$\u{a0}1.234,56", 123_456, "BRL", true),
        ("1.299,90 BRL", 129_990, "BRL", true),
        ("BRL 10.00", 1000, "BRL", true),
        ("50BRL", 5000, "BRL", true),
        ("brl 10", 1000, "BRL", true),
        ("R$ 10,00 BRL", 1000, "BRL", true),
        ("1,299.90", 129_990, "BRL", false),
        ("1\u{202f}299,90", 129_990, "BRL", false),
        ("1.234,5", 123_450, "BRL", false),
        ("1.299.900", 129_990_000, "BRL", false),
        ("11.20", 1120, "BRL", false),
        ("69.9", 6990, "BRL", false),
        ("$ 10", 1000, "BRL", false),
        ("150.0000", 15_000, "BRL", false),
        (".99", 99, "BRL", false),
        ("10.", 1000, "BRL", false),
        ("1500 JPY", 1500, "JPY", true),
        ("1.250 KWD", 1250, "KWD", true),
    ];
    for (raw, amount, currency, given) in cases {
        assert_eq!(cents(raw), (amount, currency.to_owned(), given), "{raw}");
    }
}

#[test]
fn surplus_decimals_are_rounded_and_told() {
    for (raw, amount, rounded) in [
        ("189.049999", 18_905, true),
        ("0.994", 99, true),
        ("0.995", 100, true),
        ("155.0000", 15_500, false),
    ] {
        let reading = read(raw);
        assert_eq!((reading.price.cents, reading.is_rounded), (amount, rounded), "{raw}");
    }
}

#[test]
fn an_ambiguous_price_is_read_like_the_rest_of_the_feed() {
    let after = |first: &str, raw: &str| {
        let mut marks = Marks::default();
        parse(first, "BRL", &mut marks).unwrap();
        let reading = parse(raw, "BRL", &mut marks).unwrap().unwrap();
        assert!(reading.is_ambiguous);
        reading.price.cents
    };
    assert_eq!(after("11.20", "43.056"), 4306);
    assert_eq!(after("11,20", "1.299"), 129_900);
    assert_eq!(after("11.20 BRL", "1,299 BRL"), 129_900);
    assert_eq!(after("10", "43.056"), 4306, "a bare number comes from a program");
    assert_eq!(after("10", "1.299 BRL"), 129_900);
    assert_eq!(after("10", "R$ 1.299"), 129_900);
    let mut marks = Marks::default();
    marks.scan("<g:price>1.299</g:price> <price><![CDATA[R$ 12,90]]></price><g:sale_price>9,90</g:sale_price>");
    assert_eq!(parse("1.299", "BRL", &mut marks).unwrap().unwrap().price.cents, 129_900);
}

#[test]
fn what_cannot_be_read_for_certain_is_refused() {
    let cases = [
        ("-1.00 BRL", PriceProblem::Negative),
        ("-R$ 10,00", PriceProblem::Negative),
        ("25.00 GB", PriceProblem::UnknownCurrency),
        ("10 BRL EUR", PriceProblem::UnknownCurrency),
        ("USD 10 BRL", PriceProblem::UnknownCurrency),
        ("a consultar", PriceProblem::NoNumber),
        ("BRL", PriceProblem::NoNumber),
        ("1.29.9", PriceProblem::NotANumber),
        ("1.2,3.4", PriceProblem::NotANumber),
        ("1,29.90", PriceProblem::NotANumber),
        ("10 20", PriceProblem::NotANumber),
        ("1e3", PriceProblem::NotANumber),
        ("10x20", PriceProblem::NotANumber),
        ("9223372036854775808", PriceProblem::TooLarge),
        ("92233720368547758.08", PriceProblem::TooLarge),
    ];
    for (raw, problem) in cases {
        assert_eq!(parse(raw, "BRL", &mut Marks::default()), Err(problem), "{raw}");
    }
    assert_eq!(cents("92233720368547758.07").0, i64::MAX);
    assert_eq!(parse(" \u{a0} ", "BRL", &mut Marks::default()), Ok(None));
}

proptest! {
    #[test]
    fn any_amount_is_read_back(amount in 0i64..1_000_000_000_000) {
        let (whole, part) = (amount / 100, amount % 100);
        prop_assert_eq!(cents(&format!("{whole}.{part:02} BRL")).0, amount);
        let mut grouped = String::new();
        let digits = whole.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at) % 3 == 0 {
                grouped.push('.');
            }
            grouped.push(digit);
        }
        prop_assert_eq!(cents(&format!("R$ {grouped},{part:02}")).0, amount);
    }

    #[test]
    fn no_text_makes_it_panic(raw in "[0-9.,' R$BL€a-]{0,20}|\\PC{0,20}") {
        let _read = parse(&raw, "BRL", &mut Marks::default());
    }
}
