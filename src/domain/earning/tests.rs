use chrono::{DateTime, TimeDelta};
use entity::order::Channel;
use entity::order_status::StatusClass;
use entity::{Cents, Points};
use proptest::prelude::*;

use super::*;

mod categories;
mod words;

fn rules() -> EarningRules {
    EarningRules {
        points_per_real_milli: 1000,
        excluded_channels: vec![Channel::Marketplace],
        ..EarningRules::default()
    }
}

fn facts() -> OrderFacts {
    OrderFacts {
        shop_number: None,
        counts_elsewhere: false,
        customer_known: true,
        detail_settled: true,
        status: "8".to_owned(),
        class: StatusClass::Delivered,
        awarded_at: Some(DateTime::UNIX_EPOCH),
        placed_at: DateTime::UNIX_EPOCH,
        channel: Channel::Site,
        products: Cents(18_000),
        discount: Cents(1_801),
        shipping: Cents(2_000),
        refunded: Cents(0),
        credit: Cents(0),
        lines: Vec::new(),
    }
}

fn rate(skus: &[&str], milli: i64) -> ProductRate {
    ProductRate {
        skus: skus.iter().map(|sku| (*sku).to_owned()).collect(),
        points_per_real_milli: milli,
    }
}

fn line(sku: &str, total: i64) -> LineFacts {
    LineFacts {
        sku: Some(sku.to_owned()),
        category: None,
        total: Cents(total),
    }
}

/// The rules that give nothing, but for the sum at the end.
fn blocking(facts: &OrderFacts, rules: &EarningRules) -> Vec<Rule> {
    let worth = worth(facts, rules);
    assert_eq!(worth.points, Points::ZERO);
    let mut blocking: Vec<Rule> = worth
        .steps
        .into_iter()
        .filter(|step| step.outcome == Outcome::Blocks)
        .map(|step| step.rule)
        .collect();
    blocking.pop();
    blocking
}

#[test]
fn one_point_per_real_of_products_less_discount_rounded_down() {
    assert_eq!(worth(&facts(), &rules()).points, Points(161));
    let with_shipping = EarningRules {
        include_shipping: true,
        ..rules()
    };
    assert_eq!(worth(&facts(), &with_shipping).points, Points(181));
    let half = EarningRules {
        points_per_real_milli: 500,
        ..rules()
    };
    assert_eq!(worth(&facts(), &half).points, Points(80));
}

#[test]
fn every_reason_for_nothing_is_told_at_once() {
    let hopeless = OrderFacts {
        shop_number: Some("1001".to_owned()),
        counts_elsewhere: true,
        customer_known: false,
        detail_settled: false,
        class: StatusClass::Revoking,
        awarded_at: None,
        channel: Channel::Marketplace,
        ..facts()
    };
    let strict = EarningRules {
        minimum_order: Cents(16_200),
        excluded_statuses: ["8".to_owned()].into(),
        ..rules()
    };
    let expected = [
        Rule::CountedOnce {
            shop_number: Some("1001".to_owned()),
        },
        Rule::Customer,
        Rule::Detail,
        Rule::Status {
            code: "8".to_owned(),
            class: StatusClass::Revoking,
        },
        Rule::ExcludedStatuses { code: "8".to_owned() },
        Rule::Awarding { first: None },
        Rule::Channel {
            channel: Channel::Marketplace,
        },
        Rule::Minimum {
            minimum: Cents(16_200),
            base: Cents(16_199),
        },
    ];
    assert_eq!(blocking(&hopeless, &strict), expected);
    let told_twice = OrderFacts {
        counts_elsewhere: true,
        ..facts()
    };
    assert_eq!(
        blocking(&told_twice, &rules()),
        [Rule::CountedOnce { shop_number: None }]
    );
    assert_eq!(
        worth(&facts(), &rules()).steps.last().map(|step| step.outcome),
        Some(Outcome::Applied)
    );
}

#[test]
fn the_smallest_order_gives_points() {
    let rules = |cents| EarningRules {
        minimum_order: Cents(cents),
        ..rules()
    };
    assert_eq!(worth(&facts(), &rules(16_199)).points, Points(161));
    assert_eq!(worth(&facts(), &rules(16_200)).points, Points::ZERO);
}

#[test]
fn lines_matter_where_something_has_a_rate_of_its_own() {
    let product = EarningRules {
        product_rates: vec![rate(&["A"], 1)],
        ..rules()
    };
    let category = EarningRules {
        category_rates: vec![categories::category_rate("Casa", 1)],
        ..rules()
    };
    assert_eq!(
        [&rules(), &product, &category].map(EarningRules::count_lines),
        [false, true, true]
    );
}

#[test]
fn a_dispute_freezes_and_does_not_take() {
    let disputed = OrderFacts {
        class: StatusClass::Hold,
        ..facts()
    };
    assert_eq!(worth(&disputed, &rules()).points, Points(161));
}

#[test]
fn the_greatest_multiplier_of_the_moment_of_the_sale_counts() {
    let at = |days| DateTime::UNIX_EPOCH + TimeDelta::days(days);
    let period = |from, to, factor_milli| Multiplier {
        starts_at: at(from),
        ends_at: at(to),
        factor_milli,
    };
    let rules = EarningRules {
        multipliers: vec![period(0, 10, 2000), period(5, 6, 3500), period(5, 7, 3000)],
        ..rules()
    };
    let points = |day| {
        let sale = OrderFacts {
            placed_at: at(day),
            ..facts()
        };
        worth(&sale, &rules).points.0
    };
    // 161.99 × 2 = 323.98, × 3.5 = 566.965, × 3 = 485.97: rounded after multiplying.
    assert_eq!([0, 4, 5, 6, 9, 10].map(points), [323, 323, 566, 485, 323, 161]);
}

#[test]
fn products_with_their_own_rate_share_the_orders_discounts() {
    let rules = EarningRules {
        product_rates: vec![rate(&["A", "B"], 5000), rate(&["C"], 0)],
        ..rules()
    };
    let order = OrderFacts {
        products: Cents(20_000),
        discount: Cents(2_000),
        lines: vec![line("A", 10_000), line("C", 5_000), line("D", 5_000)],
        ..facts()
    };
    // 180.00: half of it at 5, a quarter at 0, a quarter at 1.
    let worth = worth(&order, &rules);
    assert_eq!(worth.points, Points(450 + 45));
    let money: Vec<(i64, i64)> = worth
        .steps
        .iter()
        .filter_map(|step| match &step.rule {
            Rule::Rate { milli, money } | Rule::ProductRate { milli, money, .. } => Some((*milli, money.0)),
            _ => None,
        })
        .collect();
    assert_eq!(money, [(1000, 4_500), (5000, 9_000), (0, 4_500)]);
}

#[test]
fn a_unit_that_was_given_back_takes_its_own_points() {
    let rules = EarningRules {
        product_rates: vec![rate(&["A"], 5000)],
        ..rules()
    };
    let order = |products, lines: Vec<LineFacts>| OrderFacts {
        products: Cents(products),
        discount: Cents(0),
        lines,
        ..facts()
    };
    let points = |products, lines| worth(&order(products, lines), &rules).points.0;
    assert_eq!(points(20_000, vec![line("A", 10_000), line("D", 10_000)]), 600);
    assert_eq!(points(10_000, vec![line("D", 10_000)]), 100);
    assert_eq!(points(10_000, vec![line("A", 10_000)]), 500);
    assert_eq!(points(15_000, vec![line("A", 5_000), line("D", 10_000)]), 350);
}

proptest! {
    /// However a refund is split, what remains decides: no rounding can be farmed.
    #[test]
    fn worth_never_exceeds_the_base(products in 0_i64..10_000_000, refunded in 0_i64..10_000_000) {
        let facts = OrderFacts { products: Cents(products), discount: Cents(0), refunded: Cents(refunded), ..facts() };
        let worth = worth(&facts, &rules());
        prop_assert!(worth.points.0 * 100 <= (products - refunded).max(0));
        prop_assert!(worth.points.0 >= 0);
    }

    /// A rate of its own that equals the general one changes nothing, whatever the lines and the
    /// refunds, and a larger refund never gives more.
    #[test]
    fn own_rates_share_exactly(
        totals in proptest::collection::vec(0_i64..1_000_000, 0..6),
        refunded in 0_i64..3_000_000,
        more in 0_i64..1_000_000,
        milli in 0_i64..10_000,
    ) {
        let products: i64 = totals.iter().sum();
        let lines: Vec<LineFacts> = totals.iter().zip(["A", "B", "C", "D", "E", "F"]).map(|(total, sku)| line(sku, *total)).collect();
        let order = |refunded| OrderFacts { products: Cents(products), discount: Cents(0), refunded: Cents(refunded), lines: lines.clone(), ..facts() };
        let plain = EarningRules { points_per_real_milli: milli, ..rules() };
        let same = EarningRules { product_rates: vec![rate(&["A", "C"], milli)], ..plain.clone() };
        prop_assert_eq!(worth(&order(refunded), &plain).points, worth(&order(refunded), &same).points);
        let other = EarningRules { product_rates: vec![rate(&["B", "D"], 3 * milli)], include_shipping: true, ..plain };
        prop_assert!(worth(&order(refunded + more), &other).points <= worth(&order(refunded), &other).points);
    }

    /// Amounts that no shop has do not make it panic.
    #[test]
    fn any_amounts_are_survived(products: i64, discount: i64, shipping: i64, total: i64, milli in 0_i64..1_000_000) {
        let facts = OrderFacts {
            products: Cents(products), discount: Cents(discount), shipping: Cents(shipping),
            lines: vec![line("A", total), line("B", total)], ..facts()
        };
        let rules = EarningRules { points_per_real_milli: milli, include_shipping: true, product_rates: vec![rate(&["A"], milli)], ..rules() };
        prop_assert!(worth(&facts, &rules).points.0 >= 0);
    }
}
