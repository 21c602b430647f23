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
