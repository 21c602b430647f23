//! What customers must have: worked out from what was seen and asked for, without a ledger.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use entity::ledger_entry::SourceKind;
use entity::programme_version::DebtPolicy;
use entity::{AdjustmentId, CustomerId, LotId, RedemptionId};

use super::play::Tally;
use crate::ledger::books::Account;
use crate::ledger::sale::{Sale, Told};
use crate::ledger::world::Rules;

/// A store's rules, the oldest first, each with the instant that it begins at.
pub(super) type Versions = Vec<(DateTime<Utc>, Rules)>;

/// A redemption, whose it is, and its points.
pub(super) type Redemption = (RedemptionId, CustomerId, i64);

/// What is expected of two customers together.
#[derive(Debug, Default)]
pub(super) struct Model {
    sales: Vec<SaleModel>,
    /// Redemptions under way.
    pub(super) open: Vec<Redemption>,
    /// Redemptions whose coupons were made.
    pub(super) spent: Vec<Redemption>,
    pub(super) by_hand: Vec<ByHand>,
}

/// Something that was done by hand.
#[derive(Debug)]
pub(super) struct ByHand {
    pub(super) id: AdjustmentId,
    pub(super) what: Deed,
    pub(super) reversed: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Deed {
    /// Points were given, or taken.
    Moved { points: i64 },
    /// What an earlier one did was undone, under rules that may leave points to who has spent them.
    Undid {
        of: AdjustmentId,
        points: i64,
        lenient: bool,
    },
    /// Points of a lot that ran out were given again.
    Again { lot: LotId, points: i64 },
}

#[derive(Debug, Clone, Default)]
struct SaleModel {
    seen: BTreeSet<usize>,
    first_seen: Option<DateTime<Utc>>,
    /// When it first awarded, and the number of the rules that were in force.
    judged: Option<(DateTime<Utc>, usize)>,
    posted: i64,
    /// Points were taken under rules that may leave them to who has spent them.
    lenient: bool,
}

/// The newest rules that had begun.
pub(super) fn in_force(versions: &Versions, at: DateTime<Utc>) -> usize {
    versions.iter().rposition(|(since, _)| *since <= at).unwrap_or(0)
}

impl Model {
    pub(super) fn new(sales: usize) -> Self {
        Self {
            sales: vec![SaleModel::default(); sales],
            ..Self::default()
        }
    }

    /// A page tells of these states of sales, in this sequence.
    pub(super) fn see(&mut self, sales: &[Sale], page: &[(usize, usize)], now: DateTime<Utc>, versions: &Versions) {
        for (nth, state) in page {
            self.sales[*nth].see(&sales[*nth], *state, now, versions);
        }
        let told: BTreeSet<usize> = page.iter().map(|(nth, _)| *nth).collect();
        for nth in told {
            self.sales[nth].post(&sales[nth], now, versions);
        }
    }

    /// What was done by hand.
    pub(super) fn count(&self, tally: &mut Tally) {
        for deed in &self.by_hand {
            let what = match deed.what {
                Deed::Moved { points: 1.. } => "points given by hand",
                Deed::Moved { .. } => "points taken by hand",
                Deed::Undid { points: 1.., .. } => "gifts undone",
                Deed::Undid { .. } => "takings undone",
                Deed::Again { .. } => "expired points given again",
            };
            *tally.entry(what).or_default() += 1;
        }
    }

    /// Where an account differs.
    pub(super) fn compare(&self, account: &Account) -> Vec<String> {
        let mut wrong = Vec::new();
        let spent: i64 = self.spent.iter().map(|(_, _, points)| points).sum();
        let mut due = -spent - account.expired(None);
        for deed in &self.by_hand {
            due += account.moved(SourceKind::Adjustment, deed.id.0);
            wrong.extend(deed.compare(account));
        }
        for order in account.orders.values() {
            let nth: usize = order.external_id.split_once('s').unwrap().1.parse().unwrap();
            let (sale, forgone) = (&self.sales[nth], account.forgone(order.id));
            due += sale.posted + forgone;
            if order.points.0 != sale.posted {
                wrong.push(format!(
                    "sale {nth} has {} points and is worth {}",
                    order.points, sale.posted
                ));
            }
            // What ran out before it was to be taken back is not taken a second time.
            let ran_out = (0..=account.expired(Some(order.id))).contains(&forgone);
            if !ran_out && !sale.lenient {
                wrong.push(format!(
                    "{forgone} points of sale {nth} are forgone, which its rules do not allow"
                ));
            }
        }
        let sums = account.sums();
        let held: i64 = self.open.iter().map(|(_, _, points)| points).sum();
        if (sums.balance + sums.reserved - sums.debt, sums.reserved) != (due, held) {
            wrong.push(format!("{sums:?}, but {due} are due, of which {held} are held"));
        }
        wrong
    }

    /// What was left to the customers, of all sales, is what they have spent or hold, what was taken by hand or
    /// for debt, and what ran out: points that came back leave nothing. Not of customers who were one for a while:
    /// one of them may get back what came from the other's sales.
    pub(super) fn compare_forgone(&self, account: &Account) -> Option<String> {
        let forgone: i64 = account.orders.keys().map(|order| account.forgone(*order)).sum();
        let away = self
            .open
            .iter()
            .chain(&self.spent)
            .map(|(_, _, points)| points)
            .sum::<i64>();
        let taken: i64 = (self.by_hand.iter())
            .map(|deed| account.moved(SourceKind::Adjustment, deed.id.0).min(0))
            .sum();
        let gone = away - taken + account.expired(None) + account.paid();
        (forgone > gone).then(|| format!("{forgone} points are forgone, of {gone} that are gone"))
    }
}

impl ByHand {
    /// What it moved is what it says, but for what was gone when it was undone.
    fn compare(&self, account: &Account) -> Option<String> {
        let moved = account.moved(SourceKind::Adjustment, self.id.0);
        let right = match self.what {
            Deed::Moved { points } => moved == points,
            Deed::Undid { points, .. } if points < 0 => moved == -points,
            Deed::Undid { of, points, lenient } => {
                let left = points + moved;
                let gone = account.gone_of(SourceKind::Adjustment, of.0);
                (0..=points).contains(&left) && (lenient || left <= gone)
            }
            Deed::Again { lot, points } => moved == points && (1..=account.gone(|one| one.id == lot)).contains(&points),
        };
        (!right).then(|| format!("{:?} moved {moved}", self.what))
    }
}

impl SaleModel {
    fn see(&mut self, sale: &Sale, state: usize, now: DateTime<Utc>, versions: &Versions) {
        self.seen.insert(state);
        self.first_seen.get_or_insert(now);
        if !sale.states[state].standing.awards() {
            return;
        }
        let first = self
            .judged
            .map_or(sale.time(state), |(first, _)| first.min(sale.time(state)));
        let rules = in_force(versions, first);
        // Rules that were made before any points were given judge everything anew.
        let anew = versions[rules].0 == DateTime::UNIX_EPOCH;
        self.judged = match self.judged {
            Some((known, kept)) if known == first && !anew => Some((first, kept)),
            _ => Some((first, rules)),
        };
    }

    /// What an import posts, that has seen what was seen.
    fn post(&mut self, sale: &Sale, now: DateTime<Utc>, versions: &Versions) {
        let Some((_, rules)) = self.judged else { return };
        let rules = &versions[rules].1;
        let known = self.seen.iter().any(|state| sale.states[*state].told == Told::Whole);
        let waits = self.first_seen.is_some_and(|first| now - first < TimeDelta::days(1));
        if !known && self.posted == 0 && waits {
            return;
        }
        let newest = *self.seen.last().unwrap();
        let worth = sale.worth(newest, known, true, rules);
        self.lenient |= worth < self.posted && rules.debt != DebtPolicy::AllowDebt;
        self.posted = worth;
    }
}
