//! What an order is worth in points.
//!
//! A pure function of the order's facts and the programme version in force when it first became
//! awarding. Importing posts the difference between this and what was posted before, so the same
//! facts in any order and with any repetition end in the same ledger.

use chrono::{DateTime, Utc};
use entity::order::Channel;
use entity::order_status::StatusClass;
use entity::{Cents, Points};

/// The rules that a programme version carries, as far as earning goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EarningRules {
    /// Points for one real, in thousandths.
    pub points_per_real_milli: i64,
    /// Whether shipping is part of the base.
    pub include_shipping: bool,
    /// Orders with a smaller base give nothing.
    pub minimum_order: Cents,
}

/// The facts of an order that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderFacts {
    /// What its status means.
    pub class: StatusClass,
    /// When it was first seen in a status that awards points; none: never yet.
    pub awarded_at: Option<DateTime<Utc>>,
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
}

/// Why an order is worth what it is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It gives points.
    Awarded,
    /// It never reached a status that awards points.
    NotYetAwarding,
    /// It was cancelled, returned or charged back.
    Revoked,
    /// It was sold on a marketplace.
    Marketplace,
    /// Its base is below the programme's minimum.
    BelowMinimum,
}

/// An order's worth, with the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worth {
    /// How many points.
    pub points: Points,
    /// The money that they are for.
    pub base: Cents,
    /// Why.
    pub outcome: Outcome,
}

/// The money that points are given for: products less discounts, refunds and store credit, with
/// shipping only where the programme says so. Never negative.
pub fn base(facts: &OrderFacts, rules: &EarningRules) -> Cents {
    let shipping = if rules.include_shipping { facts.shipping.0 } else { 0 };
    Cents((facts.products.0 - facts.discount.0 - facts.refunded.0 - facts.credit.0 + shipping).max(0))
}

/// What an order is worth.
pub fn worth(facts: &OrderFacts, rules: &EarningRules) -> Worth {
    let base = base(facts, rules);
    let nothing = |outcome| Worth {
        points: Points::ZERO,
        base,
        outcome,
    };
    if facts.channel == Channel::Marketplace {
        return nothing(Outcome::Marketplace);
    }
    if facts.class == StatusClass::Revoking {
        return nothing(Outcome::Revoked);
    }
    if facts.awarded_at.is_none() {
        return nothing(Outcome::NotYetAwarding);
    }
    if base < rules.minimum_order {
        return nothing(Outcome::BelowMinimum);
    }
    // Centavos times thousandths of a point per real: 100 × 1000 make one point. Rounded down.
    let points = i128::from(base.0) * i128::from(rules.points_per_real_milli) / 100_000;
    Worth {
        points: Points(i64::try_from(points).unwrap_or(i64::MAX)),
        base,
        outcome: Outcome::Awarded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: EarningRules = EarningRules {
        points_per_real_milli: 1000,
        include_shipping: false,
        minimum_order: Cents(0),
    };

    fn facts() -> OrderFacts {
        OrderFacts {
            class: StatusClass::Delivered,
            awarded_at: Some(DateTime::UNIX_EPOCH),
            channel: Channel::Site,
            products: Cents(18_000),
            discount: Cents(1_801),
            shipping: Cents(2_000),
            refunded: Cents(0),
            credit: Cents(0),
        }
    }

    #[test]
    fn one_point_per_real_of_products_less_discount_rounded_down() {
        assert_eq!(worth(&facts(), &RULES).points, Points(161));
        let with_shipping = EarningRules {
            include_shipping: true,
            ..RULES
        };
        assert_eq!(worth(&facts(), &with_shipping).points, Points(181));
        let half = EarningRules {
            points_per_real_milli: 500,
            ..RULES
        };
        assert_eq!(worth(&facts(), &half).points, Points(80));
    }

    #[test]
    fn revoked_marketplace_small_and_unawarded_orders_are_worth_nothing() {
        let outcome = |facts: OrderFacts, rules: EarningRules| worth(&facts, &rules).outcome;
        assert_eq!(
            outcome(
                OrderFacts {
                    class: StatusClass::Revoking,
                    ..facts()
                },
                RULES
            ),
            Outcome::Revoked
        );
        assert_eq!(
            outcome(
                OrderFacts {
                    channel: Channel::Marketplace,
                    ..facts()
                },
                RULES
            ),
            Outcome::Marketplace
        );
        assert_eq!(
            outcome(
                OrderFacts {
                    awarded_at: None,
                    ..facts()
                },
                RULES
            ),
            Outcome::NotYetAwarding
        );
        let minimum = EarningRules {
            minimum_order: Cents(16_200),
            ..RULES
        };
        assert_eq!(outcome(facts(), minimum), Outcome::BelowMinimum);
    }

    #[test]
    fn a_dispute_freezes_and_does_not_take() {
        let disputed = OrderFacts {
            class: StatusClass::Hold,
            ..facts()
        };
        assert_eq!(worth(&disputed, &RULES).points, Points(161));
    }

    proptest! {
        /// However a refund is split, what remains decides: no rounding can be farmed.
        #[test]
        fn worth_never_exceeds_the_base(products in 0_i64..10_000_000, refunded in 0_i64..10_000_000) {
            let facts = OrderFacts { products: Cents(products), discount: Cents(0), refunded: Cents(refunded), ..facts() };
            let worth = worth(&facts, &RULES);
            prop_assert!(worth.points.0 * 100 <= (products - refunded).max(0));
            prop_assert!(worth.points.0 >= 0);
        }
    }
}
