use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entity::order::Channel;
use entity::order_status::StatusClass;
use entity::{Cents, Points};

use super::{EarningRules, Outcome, OwnRate, Rule, Step};
use crate::domain::category::Category;

/// The facts of an order that count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderFacts {
    /// The number of the shop's order that it is, where another source than the shop tells of it.
    pub shop_number: Option<String>,
    /// Whether that order is known, and counts instead.
    pub counts_elsewhere: bool,
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
    /// What was sold. May be empty where neither products nor categories have a rate of their own.
    pub lines: Vec<LineFacts>,
}

/// The facts of a line that count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFacts {
    /// The SKU.
    pub sku: Option<String>,
    /// The category that it was sold in.
    pub category: Option<Category>,
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
    let once = Rule::CountedOnce {
        shop_number: facts.shop_number.clone(),
    };
    vec![
        if facts.shop_number.is_none() && !facts.counts_elsewhere {
            Step::without(once)
        } else {
            Step::condition(once, !facts.counts_elsewhere)
        },
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

/// The lines that one rate is for.
#[derive(Default)]
struct Share {
    total: i128,
    skus: BTreeSet<String>,
}

/// The lines of each rate that is not the general one, in the order of the rules.
fn shares(lines: &[LineFacts], rules: &EarningRules) -> BTreeMap<OwnRate, Share> {
    let mut shares: BTreeMap<OwnRate, Share> = BTreeMap::new();
    for line in lines {
        if let Some(own) = rules.own_rate(line) {
            let share = shares.entry(own).or_default();
            share.total += i128::from(line.total.0.max(0));
            share.skus.extend(line.sku.iter().map(|sku| sku.trim().to_owned()));
        }
    }
    shares
}

/// Counts the points of a base, exactly, in thousandths.
///
/// Products and categories with a rate of their own have the share of the base that their lines have of
/// all lines: discounts and refunds of the whole order are theirs as much as the others', and a unit that
/// was given back and is no longer among the lines takes its own points with it.
fn count(facts: &OrderFacts, rules: &EarningRules, base: Cents) -> (i64, Vec<Step>) {
    let goods = i128::from(base.0.saturating_sub(shipping(facts, rules).0).max(0));
    let all: i128 = facts.lines.iter().map(|line| i128::from(line.total.0.max(0))).sum();
    let all = all.max(1);
    let (mut weighed, mut special) = (0_i128, 0_i128);
    let (mut of_products, mut of_categories) = (Vec::new(), Vec::new());
    for (own, share) in shares(&facts.lines, rules) {
        let money = Cents(narrow(goods.saturating_mul(share.total) / all));
        let skus = share.skus.into_iter().collect();
        let milli = match own {
            OwnRate::Product(place) => {
                let milli = rules.product_rates[place].points_per_real_milli;
                of_products.push(Step::count(Rule::ProductRate { milli, money, skus }));
                milli
            }
            OwnRate::Category(place) => {
                let rate = &rules.category_rates[place];
                let (milli, category) = (rate.points_per_real_milli, Some(rate.category.clone()));
                of_categories.push(Step::count(Rule::CategoryRate {
                    milli,
                    money,
                    category,
                    skus,
                }));
                milli
            }
        };
        weighed += share.total.saturating_mul(milli.into());
        special += share.total;
    }
    let rest = (i128::from(base.0).saturating_mul(all) - goods.saturating_mul(special)).max(0);
    let mut steps = vec![Step::count(Rule::Rate {
        milli: rules.points_per_real_milli,
        money: Cents(narrow(rest / all)),
    })];
    steps.extend(or_without(of_products, || Rule::ProductRate {
        milli: 0,
        money: Cents::ZERO,
        skus: Vec::new(),
    }));
    steps.extend(or_without(of_categories, || Rule::CategoryRate {
        milli: 0,
        money: Cents::ZERO,
        category: None,
        skus: Vec::new(),
    }));
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

/// Steps, or that the rule is not about the order.
fn or_without(steps: Vec<Step>, rule: impl FnOnce() -> Rule) -> Vec<Step> {
    if steps.is_empty() {
        vec![Step::without(rule())]
    } else {
        steps
    }
}

fn narrow(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
