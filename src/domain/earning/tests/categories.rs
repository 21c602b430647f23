#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use entity::{Cents, Points};
use proptest::prelude::*;

use super::{facts, line, rate, rules};
use crate::domain::category::Category;
use crate::domain::earning::{CategoryRate, EarningRules, LineFacts, OrderFacts, Rule, Words, worth};

fn in_category(sku: &str, category: &str, total: i64) -> LineFacts {
    LineFacts {
        category: category.parse().ok(),
        ..line(sku, total)
    }
}

pub(super) fn category_rate(category: &str, milli: i64) -> CategoryRate {
    CategoryRate {
        category: category.parse().unwrap(),
        points_per_real_milli: milli,
    }
}

#[test]
fn the_most_specific_category_counts_and_a_products_own_rate_before_it() {
    let rules = EarningRules {
        product_rates: vec![rate(&["D"], 7000)],
        category_rates: vec![
            category_rate("Roupas", 2000),
            category_rate("roupas>CALCAS", 4000),
            category_rate("Roupas > Camisetas", 3000),
            category_rate("Livros", 9000),
        ],
        ..rules()
    };
    let order = OrderFacts {
        products: Cents(20_000),
        discount: Cents(2_000),
        lines: vec![
            in_category("A", "Roupas > Camisetas > Polo", 4_000),
            in_category("B", "ROUPAS", 3_000),
            in_category("C", "Roupas > Bonés", 5_000),
            in_category("D", "Roupas > Calças", 2_000),
            in_category("E", "Casa", 1_000),
            line("F", 5_000),
        ],
        ..facts()
    };
    // 180.00 of 200.00 remain, nine tenths of each line.
    let worth = worth(&order, &rules);
    let expected = [
        (1000, 5_400, "", ""),
        (7000, 1_800, "", "D"),
        (2000, 7_200, "Roupas", "B, C"),
        (3000, 3_600, "Roupas > Camisetas", "A"),
    ];
    let told: Vec<(i64, i64, String, String)> = worth
        .steps
        .iter()
        .filter_map(|step| match &step.rule {
            Rule::Rate { milli, money } => Some((*milli, money.0, String::new(), String::new())),
            Rule::ProductRate { milli, money, skus } => Some((*milli, money.0, String::new(), skus.join(", "))),
            Rule::CategoryRate {
                milli,
                money,
                category,
                skus,
            } => Some((
                *milli,
                money.0,
                category.as_ref().map(Category::to_string).unwrap(),
                skus.join(", "),
            )),
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        expected.map(|(milli, money, category, skus)| (milli, money, category.to_owned(), skus.to_owned()))
    );
    assert_eq!(worth.points, Points(54 + 7 * 18 + 2 * 72 + 3 * 36));
}

#[test]
fn a_category_counts_where_no_line_has_a_sku() {
    let rules = EarningRules {
        category_rates: vec![category_rate("Roupas", 2000)],
        ..rules()
    };
    let nameless = LineFacts {
        sku: None,
        ..in_category("", "Roupas", 10_000)
    };
    let order = OrderFacts {
        products: Cents(10_000),
        discount: Cents(0),
        lines: vec![nameless],
        ..facts()
    };
    let worth = worth(&order, &rules);
    assert_eq!(worth.points, Points(200));
    let words = Words {
        currency: "BRL",
        zone: chrono_tz::America::Sao_Paulo,
    };
    let step = worth
        .steps
        .iter()
        .find(|step| matches!(step.rule, Rule::CategoryRate { .. }))
        .unwrap();
    assert_eq!(
        words.pt(step),
        "2 ponto(s) por real sobre R$\u{a0}100,00 dos produtos da categoria Roupas."
    );
    assert_eq!(
        words.en(step),
        "2 point(s) for 1.00 on BRL 100.00 of products in category Roupas."
    );
}

proptest! {
    /// Whatever parts money is given back in, what was posted and taken back adds up to nothing when
    /// all of it is: each posting is the difference to what the rest is worth.
    #[test]
    fn refunds_in_parts_take_what_a_full_one_takes(
        totals in proptest::collection::vec((0_i64..1_000_000, 0_usize..5), 1..6),
        parts in proptest::collection::vec(1_i64..1_000_000, 0..8),
        millis in (0_i64..10_000, 0_i64..10_000, 0_i64..10_000, 0_i64..10_000),
    ) {
        const CATEGORIES: [&str; 5] = ["Roupas", "Roupas > Camisetas", "Roupas > Calças > Jeans", "Casa", ""];
        let products: i64 = totals.iter().map(|(total, _)| total).sum();
        let lines: Vec<LineFacts> = totals.iter().zip(["A", "B", "C", "D", "E", "F"])
            .map(|((total, category), sku)| in_category(sku, CATEGORIES[*category], *total)).collect();
        let rules = EarningRules {
            points_per_real_milli: millis.0,
            product_rates: vec![rate(&["B"], millis.1)],
            category_rates: vec![category_rate("Roupas", millis.2), category_rate("Roupas > Calcas", millis.3)],
            ..rules()
        };
        let of = |refunded: i64| {
            let order = OrderFacts { products: Cents(products), discount: Cents(0), refunded: Cents(refunded), lines: lines.clone(), ..facts() };
            worth(&order, &rules).points.0
        };
        let (mut posted, mut refunded) = (of(0), 0);
        for part in parts.into_iter().chain([products]) {
            refunded = (refunded + part).min(products);
            let difference = of(refunded) - posted;
            prop_assert!(difference <= 0, "a refund gives points");
            posted += difference;
        }
        prop_assert_eq!(posted, 0);
    }
}
