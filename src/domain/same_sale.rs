//! Which order of a shop a sale is that another source tells of.
//!
//! An ERP that knows the shop's order number claims that its sale is that order. The claim is believed when
//! the two were made near each other: numbers begin anew, and two shops of a store may number alike. Money
//! and buyers are not compared, since there the two systems differ for good reasons: freight, discounts,
//! refunds, who is invoiced. Nothing here depends on which of the two was told first.

use chrono::TimeDelta;
use entity::{Instant, IntegrationId, OrderId};

/// How far apart the two may be. An ERP may date a sale by its invoice, which for goods made to order comes
/// weeks later.
pub const NEAR: TimeDelta = TimeDelta::days(90);

/// A sale, as far as recognising it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sale<'a> {
    /// Id.
    pub id: OrderId,
    /// When it was made.
    pub placed_at: Instant,
    /// Where it was told.
    pub integration: IntegrationId,
    /// Its key there.
    pub external_id: &'a str,
}

impl<'a> Sale<'a> {
    /// A fixed order of sales, which does not tell which was known first.
    pub fn rank(&self) -> (Instant, IntegrationId, &'a str) {
        (self.placed_at, self.integration, self.external_id)
    }
}

/// The order that a sale is, of those with the number that it carries: the nearest in time.
pub fn counts_as(sale: Sale<'_>, orders: &[Sale<'_>]) -> Option<OrderId> {
    let apart = |order: &Sale<'_>| (order.placed_at - sale.placed_at).abs();
    orders
        .iter()
        .filter(|order| apart(order) <= NEAR)
        .min_by(|one, other| (apart(one), one.rank()).cmp(&(apart(other), other.rank())))
        .map(|order| order.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use uuid::Uuid;

    fn sale(id: u128, days: i64) -> Sale<'static> {
        Sale {
            id: OrderId(Uuid::from_u128(id)),
            placed_at: DateTime::UNIX_EPOCH + TimeDelta::days(days),
            integration: IntegrationId(Uuid::from_u128(id % 2)),
            external_id: "1001",
        }
    }

    fn found(orders: &[Sale<'_>]) -> Option<u128> {
        counts_as(sale(9, 100), orders).map(|order| order.0.as_u128())
    }

    #[test]
    fn the_nearest_order_is_the_sale_in_whatever_sequence_they_are_known() {
        let orders = [sale(1, 20), sale(2, 103), sale(3, 98)];
        assert_eq!(found(&orders), Some(3));
        let mut turned = orders;
        turned.reverse();
        assert_eq!(found(&turned), Some(3));
        // Equally near: the earlier one, and of two at once the one of the older integration.
        assert_eq!(found(&[sale(2, 102), sale(3, 98)]), Some(3));
        assert_eq!(found(&[sale(3, 98), sale(2, 98)]), Some(2));
        assert_eq!(found(&[sale(2, 98), sale(3, 98)]), Some(2));
    }

    #[test]
    fn a_number_that_was_used_long_before_is_a_coincidence() {
        assert_eq!(found(&[sale(1, 9)]), None);
        assert_eq!(found(&[sale(1, 10)]), Some(1));
        assert_eq!(found(&[sale(1, 190)]), Some(1));
        assert_eq!(found(&[sale(1, 191)]), None);
        assert_eq!(found(&[]), None);
    }
}
