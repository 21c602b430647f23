use chrono::{DateTime, Utc};
use entity::order::Channel;
use entity::order_status::StatusClass;
use entity::{Cents, Points};

use super::{EarningRules, Outcome, Rule, Step};

/// The facts of an order that count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderFacts {
    /// Whether it is known who bought.
    pub customer_known: bool,
    /// Whether its detail was read, or was waited for long enough.
    pub detail_settled: bool,
    /// Its status, by the platform's code.
    pub status: String,
    /// What its status means.
    pub class: StatusClass,
    /// When it was first seen in a status that awards points; none: never yet.
    pub awarded_at: Option<DateTime<Utc>>,
    /// When the sale was made.
    pub placed_at: DateTime<Utc>,
    /// Where it was sold.
    pub channel: Channel,
    /// Products before discounts.
    pub products: Cents,
    /// Discounts on products, positive.
    pub discount: Cents,
    /// Shipping.
    pub shipping: Cents,
    /// Product money given back.
    pub refunded: Cents,
    /// Paid with store credit or the platform's own cashback: not money that was spent anew.
    pub credit: Cents,
    /// What was sold. May be empty where no product has a rate of its own.
    pub lines: Vec<LineFacts>,
}

/// The facts of a line that count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFacts {
    /// The SKU.
    pub sku: Option<String>,
    /// The line's total after its discounts.
    pub total: Cents,
}

/// An order's worth, with every rule that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worth {
    /// How many points.
    pub points: Points,
    /// The money that they are for.
    pub base: Cents,
    /// The rules in the order in which they are looked at.
    pub steps: Vec<Step>,
}

/// The money that points are given for: products less discounts, refunds and store credit, with
/// shipping only where the programme says so. Never negative.
pub fn base(facts: &OrderFacts, rules: &EarningRules) -> Cents {
    let goods = facts
        .products
        .0
        .saturating_sub(facts.discount.0)
        .saturating_sub(facts.refunded.0)
        .saturating_sub(facts.credit.0);
    Cents(goods.saturating_add(shipping(facts, rules).0).max(0))
}

fn shipping(facts: &OrderFacts, rules: &EarningRules) -> Cents {
    if rules.include_shipping {
        facts.shipping
    } else {
        Cents::ZERO
    }
}

/// What an order is worth. Every rule is looked at, also after one that gives nothing, so that all
/// reasons are told at once.
pub fn worth(facts: &OrderFacts, rules: &EarningRules) -> Worth {
    let base = base(facts, rules);
    let mut steps = conditions(facts, rules, base);
    let (exact_milli, counted) = count(facts, rules, base);
    steps.extend(counted);
    let is_blocked = steps.iter().any(|step| step.outcome == Outcome::Blocks);
    // Rounded down, once, at the end.
    let points = Points(if is_blocked { 0 } else { exact_milli / 1000 });
    let rule = Rule::Points { exact_milli, points };
    steps.push(if is_blocked {
        Step::condition(rule, false)
    } else {
        Step::count(rule)
    });
    Worth { points, base, steps }
}

/// What has to be so for an order to give points at all.
fn conditions(facts: &OrderFacts, rules: &EarningRules, base: Cents) -> Vec<Step> {
    let (code, class, channel) = (facts.status.clone(), facts.class, facts.channel);
    let excluded = Rule::ExcludedStatuses { code: code.clone() };
    let minimum = Rule::Minimum {
        minimum: rules.minimum_order,
        base,
    };
    vec![
        Step::condition(Rule::Customer, facts.customer_known),
        Step::condition(Rule::Detail, facts.detail_settled),
        Step::condition(Rule::Status { code, class }, class != StatusClass::Revoking),
        if rules.excluded_statuses.is_empty() {
            Step::without(excluded)
        } else {
            Step::condition(excluded, !rules.excluded_statuses.contains(&facts.status))
        },
        Step::condition(
            Rule::Awarding {
                first: facts.awarded_at,
            },
            facts.awarded_at.is_some(),
        ),
        Step::condition(Rule::Channel { channel }, !rules.excluded_channels.contains(&channel)),
        Step::count(Rule::Base {
            products: facts.products,
            discount: facts.discount,
            refunded: facts.refunded,
            credit: facts.credit,
            shipping: shipping(facts, rules),
            base,
        }),
        if rules.minimum_order == Cents::ZERO {
            Step::without(minimum)
        } else {
            Step::condition(minimum, base >= rules.minimum_order)
        },
    ]
}

/// Counts the points of a base, exactly, in thousandths.
///
/// Products with a rate of their own have the share of the base that their lines have of all lines:
/// discounts and refunds of the whole order are theirs as much as the others', and a unit that was
/// given back and is no longer among the lines takes its own points with it.
fn count(facts: &OrderFacts, rules: &EarningRules, base: Cents) -> (i64, Vec<Step>) {
    let goods = i128::from(base.0.saturating_sub(shipping(facts, rules).0).max(0));
    let all: i128 = facts.lines.iter().map(|line| i128::from(line.total.0.max(0))).sum();
    let all = all.max(1);
    let (mut weighed, mut special) = (0_i128, 0_i128);
    let mut steps = Vec::new();
    for rate in &rules.product_rates {
        let lines = facts.lines.iter().filter_map(|line| {
            let sku = line.sku.as_deref()?.trim();
            rate.skus.contains(sku).then_some((sku, line.total.0.max(0)))
        });
        let (mut skus, mut total) = (Vec::new(), 0_i128);
        for (sku, cents) in lines {
            total += i128::from(cents);
            skus.push(sku.to_owned());
        }
        if !skus.is_empty() {
            let milli = rate.points_per_real_milli;
            weighed += total.saturating_mul(milli.into());
            special += total;
            let money = narrow(goods.saturating_mul(total) / all);
            skus.sort_unstable();
            skus.dedup();
            steps.push(Step::count(Rule::ProductRate {
                milli,
                money: Cents(money),
                skus,
            }));
        }
    }
    let rest = (i128::from(base.0).saturating_mul(all) - goods.saturating_mul(special)).max(0);
    let general = Rule::Rate {
        milli: rules.points_per_real_milli,
        money: Cents(narrow(rest / all)),
    };
    if steps.is_empty() {
        steps.push(Step::without(Rule::ProductRate {
            milli: 0,
            money: Cents::ZERO,
            skus: Vec::new(),
        }));
    }
    steps.insert(0, Step::count(general));
    let period = rules.multiplier_at(facts.placed_at).copied();
    let factor = period.map_or(1000, |period| period.factor_milli);
    let rule = Rule::Multiplier {
        placed_at: facts.placed_at,
        period,
    };
    steps.push(if period.is_some() {
        Step::count(rule)
    } else {
        Step::without(rule)
    });
    // Centavos times thousandths of a point per real: 100 × 1000 make one point, 100 a thousandth;
    // another 1000 for the factor.
    let sum = goods
        .saturating_mul(weighed)
        .saturating_add(rest.saturating_mul(rules.points_per_real_milli.into()));
    let exact = sum.saturating_mul(factor.into()) / all.saturating_mul(100_000);
    (narrow(exact), steps)
}

fn narrow(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::earning::{Multiplier, ProductRate};
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn rules() -> EarningRules {
        EarningRules {
            points_per_real_milli: 1000,
            excluded_channels: vec![Channel::Marketplace],
            ..EarningRules::default()
        }
    }

    fn facts() -> OrderFacts {
        OrderFacts {
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
        assert_eq!(
            worth(&facts(), &rules()).steps.last().map(|step| step.outcome),
            Some(Outcome::Applied)
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
}
