//! Which lots a debit takes from.
//!
//! Spending takes what expires first, then what is oldest. Taking an order's points back takes from
//! the order's own lot first. Nothing here knows where lots come from.

use chrono::{DateTime, Utc};
use entity::{LotId, OrderId, Points};

/// A lot, as far as taking from it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot {
    /// Id.
    pub id: LotId,
    /// The order it came from.
    pub order: Option<OrderId>,
    /// What is left of it.
    pub remaining: Points,
    /// Spendable from here on.
    pub available_at: DateTime<Utc>,
    /// No longer spendable from here on.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Lot {
    /// Whether the lot can be spent at an instant.
    pub fn is_spendable(&self, now: DateTime<Utc>) -> bool {
        self.available_at <= now && !self.has_run_out(now)
    }

    /// Whether the lot can never be spent again.
    pub fn has_run_out(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// How much is taken from which lot.
pub type Taken = Vec<(LotId, Points)>;

/// The points that can be spent at an instant.
pub fn spendable(lots: &[Lot], now: DateTime<Utc>) -> Points {
    lots.iter()
        .filter(|lot| lot.is_spendable(now))
        .map(|lot| lot.remaining)
        .sum()
}

/// Takes points for spending: only from spendable lots, nearest expiry first, then oldest. `None`
/// when they do not suffice.
pub fn spend(lots: &[Lot], points: Points, now: DateTime<Utc>) -> Option<Taken> {
    let mut lots: Vec<&Lot> = lots.iter().filter(|lot| lot.is_spendable(now)).collect();
    lots.sort_by_key(|lot| (lot.expires_at.is_none(), lot.expires_at, lot.available_at, lot.id));
    let (taken, missing) = take(lots, points);
    (missing == Points::ZERO).then_some(taken)
}

/// Takes an order's points back: from the lots of the orders that are its own sale first, in their sequence
/// (itself, then what else the sale was told as), then (unless only those may be touched) from others,
/// nearest expiry first, pending ones included. The rest is what nothing covers.
pub fn revoke(lots: &[Lot], own: &[OrderId], points: Points, only_own: bool) -> (Taken, Points) {
    let turn = |lot: &Lot| {
        own.iter()
            .position(|order| lot.order == Some(*order))
            .unwrap_or(own.len())
    };
    let mut lots: Vec<&Lot> = lots.iter().filter(|lot| !only_own || turn(lot) < own.len()).collect();
    lots.sort_by_key(|lot| {
        (
            turn(lot),
            lot.expires_at.is_none(),
            lot.expires_at,
            lot.available_at,
            lot.id,
        )
    });
    take(lots, points)
}

/// Takes points back that came in with certain lots: from these first, then (unless only those may be
/// touched) from others, nearest expiry first, pending ones included. The rest is what nothing covers.
pub fn take_back(lots: &[Lot], own: &[LotId], points: Points, only_own: bool) -> (Taken, Points) {
    let is_own = |lot: &Lot| own.contains(&lot.id);
    let mut lots: Vec<&Lot> = lots.iter().filter(|lot| is_own(lot) || !only_own).collect();
    lots.sort_by_key(|lot| {
        (
            !is_own(lot),
            lot.expires_at.is_none(),
            lot.expires_at,
            lot.available_at,
            lot.id,
        )
    });
    take(lots, points)
}

/// Takes points to pay debt from whatever lots there are, nearest expiry first; the second number is
/// what stays unpaid.
pub fn settle(lots: &[Lot], debt: Points) -> (Taken, Points) {
    let mut lots: Vec<&Lot> = lots.iter().collect();
    lots.sort_by_key(|lot| (lot.expires_at.is_none(), lot.expires_at, lot.available_at, lot.id));
    take(lots, debt)
}

fn take(lots: Vec<&Lot>, points: Points) -> (Taken, Points) {
    let mut missing = points;
    let mut taken = Vec::new();
    for lot in lots {
        let part = missing.min(lot.remaining);
        if part.is_positive() {
            taken.push((lot.id, part));
            missing -= part;
        }
    }
    (taken, missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use uuid::Uuid;

    fn lot(id: u128, order: u128, remaining: i64, available: i64, expires: Option<i64>) -> Lot {
        let at = |days| DateTime::UNIX_EPOCH + TimeDelta::days(days);
        Lot {
            id: LotId(Uuid::from_u128(id)),
            order: Some(OrderId(Uuid::from_u128(order))),
            remaining: Points(remaining),
            available_at: at(available),
            expires_at: expires.map(at),
        }
    }

    fn ids(taken: &Taken) -> Vec<(u128, i64)> {
        taken.iter().map(|(id, points)| (id.0.as_u128(), points.0)).collect()
    }

    #[test]
    fn spending_takes_what_expires_first_and_never_what_is_pending_or_expired() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(10);
        let lots = [
            lot(1, 1, 50, 0, None),
            lot(2, 2, 50, 0, Some(30)),
            lot(3, 3, 50, 0, Some(20)),
            lot(4, 4, 50, 11, Some(12)),
            lot(5, 5, 50, 0, Some(10)),
        ];
        assert_eq!(spendable(&lots, now), Points(150));
        assert_eq!(
            ids(&spend(&lots, Points(120), now).unwrap_or_default()),
            [(3, 50), (2, 50), (1, 20)]
        );
        assert_eq!(spend(&lots, Points(151), now), None);
    }

    #[test]
    fn revoking_takes_the_orders_own_lot_first_and_reports_what_nothing_covers() {
        let lots = [lot(1, 1, 30, 0, Some(5)), lot(2, 2, 40, 0, None)];
        let order = OrderId(Uuid::from_u128(2));
        let (taken, missing) = revoke(&lots, &[order], Points(100), false);
        assert_eq!((ids(&taken), missing), (vec![(2, 40), (1, 30)], Points(30)));
        let (taken, missing) = revoke(&lots, &[order], Points(100), true);
        assert_eq!((ids(&taken), missing), (vec![(2, 40)], Points(60)));
    }

    #[test]
    fn taking_back_takes_its_own_lots_first_and_then_what_expires_next() {
        let lots = [
            lot(2, 2, 40, 0, None),
            lot(3, 3, 20, 0, Some(30)),
            lot(4, 4, 10, 0, Some(20)),
        ];
        let own = [LotId(Uuid::from_u128(2))];
        let (taken, missing) = take_back(&lots, &own, Points(65), false);
        assert_eq!((ids(&taken), missing), (vec![(2, 40), (4, 10), (3, 15)], Points::ZERO));
        let (taken, missing) = take_back(&lots, &own, Points(100), false);
        assert_eq!((ids(&taken), missing), (vec![(2, 40), (4, 10), (3, 20)], Points(30)));
        let (taken, missing) = take_back(&lots, &own, Points(65), true);
        assert_eq!((ids(&taken), missing), (vec![(2, 40)], Points(25)));
    }

    #[test]
    fn lots_of_the_same_sale_told_by_another_source_come_right_after_its_own() {
        let lots = [
            lot(1, 1, 30, 0, Some(5)),
            lot(2, 2, 40, 0, None),
            lot(3, 3, 50, 0, Some(9)),
        ];
        let same = [OrderId(Uuid::from_u128(2)), OrderId(Uuid::from_u128(3))];
        let (taken, missing) = revoke(&lots, &same, Points(100), false);
        assert_eq!((ids(&taken), missing), (vec![(2, 40), (3, 50), (1, 10)], Points(0)));
        let (taken, missing) = revoke(&lots, &same, Points(100), true);
        assert_eq!((ids(&taken), missing), (vec![(2, 40), (3, 50)], Points(10)));
    }

    #[test]
    fn debt_is_paid_by_what_expires_first_and_the_rest_stays() {
        let lots = [
            lot(4, 1, 40, 0, None),
            lot(3, 1, 0, 0, Some(1)),
            lot(2, 2, 30, 7, Some(9)),
            lot(1, 3, 20, 6, Some(9)),
        ];
        let (taken, unpaid) = settle(&lots, Points(60));
        assert_eq!((ids(&taken), unpaid), (vec![(1, 20), (2, 30), (4, 10)], Points::ZERO));
        let (taken, unpaid) = settle(&lots, Points(95));
        assert_eq!((ids(&taken), unpaid), (vec![(1, 20), (2, 30), (4, 40)], Points(5)));
        assert_eq!(settle(&lots, Points::ZERO), (Vec::new(), Points::ZERO));
    }
}
