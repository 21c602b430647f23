use chrono::{DateTime, SecondsFormat, Utc};
use entity::order::Channel;
use entity::order_status::StatusClass;
use entity::{Cents, Points};

use super::Multiplier;
use crate::domain::category::Category;

/// What a rule did to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A condition that the order meets.
    Met,
    /// A condition that the order does not meet: it gives nothing.
    Blocks,
    /// It took part in counting the points.
    Applied,
    /// The programme has no such rule, or it is not about this order.
    NotApplied,
}

/// A rule that was looked at, with the values that it was applied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// The sale counts once, also when the shop and another source tell of it, or two integrations of one account.
    CountedOnce {
        /// The number of the shop's order that another source's sale is.
        shop_number: Option<String>,
    },
    /// Points go to a customer who is known.
    Customer,
    /// The order's detail could be read, or was waited for in vain.
    Detail,
    /// The order is not cancelled, returned or charged back.
    Status {
        /// The platform's code.
        code: String,
        /// What it means.
        class: StatusClass,
    },
    /// The order is in no status that the programme excludes.
    ExcludedStatuses {
        /// The platform's code.
        code: String,
    },
    /// The order was once in a status that awards points.
    Awarding {
        /// Since when.
        first: Option<DateTime<Utc>>,
    },
    /// The order was not sold where the programme gives no points.
    Channel {
        /// Where it was sold.
        channel: Channel,
    },
    /// The money that points are given for.
    Base {
        /// Products before discounts.
        products: Cents,
        /// Discounts, positive.
        discount: Cents,
        /// Given back.
        refunded: Cents,
        /// Paid with store credit.
        credit: Cents,
        /// Shipping, where it counts.
        shipping: Cents,
        /// What remains.
        base: Cents,
    },
    /// The base is not too small.
    Minimum {
        /// The smallest base.
        minimum: Cents,
        /// The order's.
        base: Cents,
    },
    /// The general rate.
    Rate {
        /// Points for one real, in thousandths.
        milli: i64,
        /// The money that it is applied to.
        money: Cents,
    },
    /// Products with a rate of their own.
    ProductRate {
        /// Points for one real, in thousandths.
        milli: i64,
        /// The money that it is applied to.
        money: Cents,
        /// Which of the order's products.
        skus: Vec<String>,
    },
    /// A category with a rate of its own.
    CategoryRate {
        /// Points for one real, in thousandths.
        milli: i64,
        /// The money that it is applied to.
        money: Cents,
        /// Which category, as the rules name it; none: no rate is about the order.
        category: Option<Category>,
        /// Which of the order's products, as far as they have SKUs.
        skus: Vec<String>,
    },
    /// A period in which sales give more.
    Multiplier {
        /// When the sale was made.
        placed_at: DateTime<Utc>,
        /// The period that it falls in.
        period: Option<Multiplier>,
    },
    /// The points, rounded down once, at the end.
    Points {
        /// Before rounding, in thousandths.
        exact_milli: i64,
        /// What the order is worth.
        points: Points,
    },
}

/// A rule with what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which rule, with its values.
    pub rule: Rule,
    /// What it did.
    pub outcome: Outcome,
}

impl Step {
    /// A condition.
    pub(super) fn condition(rule: Rule, is_met: bool) -> Self {
        let outcome = if is_met { Outcome::Met } else { Outcome::Blocks };
        Self { rule, outcome }
    }

    /// A part of the count.
    pub(super) fn count(rule: Rule) -> Self {
        let outcome = Outcome::Applied;
        Self { rule, outcome }
    }

    /// A rule that is not about the order.
    pub(super) fn without(rule: Rule) -> Self {
        let outcome = Outcome::NotApplied;
        Self { rule, outcome }
    }
}

impl Rule {
    /// The values by name, as programs read them: money and rates as decimals with a point, instants
    /// as RFC 3339.
    pub fn values(&self) -> Vec<(&'static str, String)> {
        let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        match self {
            Self::Customer | Self::Detail => Vec::new(),
            Self::CountedOnce { shop_number } => shop_number
                .iter()
                .map(|number| ("shopOrderNumber", number.clone()))
                .collect(),
            Self::Status { code, class } => vec![
                ("statusCode", code.clone()),
                ("statusClass", format!("{class:?}").to_uppercase()),
            ],
            Self::ExcludedStatuses { code } => vec![("statusCode", code.clone())],
            Self::Awarding { first } => first.iter().map(|at| ("awardedAt", instant(*at))).collect(),
            Self::Channel { channel } => vec![("channel", channel_code(*channel).to_owned())],
            Self::Base {
                products,
                discount,
                refunded,
                credit,
                shipping,
                base,
            } => vec![
                ("products", products.to_decimal()),
                ("discount", discount.to_decimal()),
                ("refunded", refunded.to_decimal()),
                ("credit", credit.to_decimal()),
                ("shipping", shipping.to_decimal()),
                ("base", base.to_decimal()),
            ],
            Self::Minimum { minimum, base } => vec![("minimum", minimum.to_decimal()), ("base", base.to_decimal())],
            Self::Rate { milli, money } => vec![("pointsPerReal", thousandths(*milli)), ("money", money.to_decimal())],
            Self::ProductRate { milli, money, skus } => vec![
                ("pointsPerReal", thousandths(*milli)),
                ("money", money.to_decimal()),
                ("skus", skus.join(", ")),
            ],
            Self::CategoryRate {
                milli,
                money,
                category,
                skus,
            } => {
                let category = category.iter().map(|category| ("category", category.to_string()));
                [("pointsPerReal", thousandths(*milli)), ("money", money.to_decimal())]
                    .into_iter()
                    .chain(category)
                    .chain([("skus", skus.join(", "))])
                    .collect()
            }
            Self::Multiplier { placed_at, period } => {
                let mut values = vec![("placedAt", instant(*placed_at))];
                if let Some(period) = period {
                    values.push(("factor", thousandths(period.factor_milli)));
                    values.push(("startsAt", instant(period.starts_at)));
                    values.push(("endsAt", instant(period.ends_at)));
                }
                values
            }
            Self::Points { exact_milli, points } => {
                vec![("exact", thousandths(*exact_milli)), ("points", points.to_string())]
            }
        }
    }
}

fn channel_code(channel: Channel) -> &'static str {
    match channel {
        Channel::Site => "SITE",
        Channel::Marketplace => "MARKETPLACE",
        Channel::Manual => "MANUAL",
        Channel::PointOfSale => "POINT_OF_SALE",
        Channel::Unknown => "UNKNOWN",
    }
}

/// Thousandths as a decimal without needless zeros.
pub(super) fn thousandths(milli: i64) -> String {
    let text = format!("{}.{:03}", milli / 1000, (milli % 1000).abs());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
