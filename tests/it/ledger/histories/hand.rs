//! What people do by hand in a history, each in a transaction of its own, by the program's own services.

use chrono::TimeDelta;
use entity::adjustment::{self, AdjustmentKind};
use entity::programme_version::DebtPolicy;
use entity::{AdjustmentId, CustomerMergeId, Points, StoreId};
use fidelidade::service::adjustment::{
    AdjustError, By, NewAdjustment, ReinstateError, ReverseError, adjust, reinstate, reverse,
};
use fidelidade::service::customer::{JoinError, merge, unmerge};
use fidelidade::service::idempotency::Key;
use sea_orm::EntityTrait;

use super::model::{ByHand, Deed};
use super::operations::Operation;
use super::play::Walk;
use crate::ledger::world::World;

/// The merchant's, in a store whose rules have this policy now.
pub(super) struct Hand<'a> {
    pub(super) world: &'a World,
    pub(super) store: StoreId,
    pub(super) policy: DebtPolicy,
}

impl Hand<'_> {
    pub(super) async fn play(&self, walk: &mut Walk<'_>, operations: &[Operation]) {
        for operation in operations {
            match *operation {
                Operation::Adjust { who, points, days } => self.adjust(walk, who, (points, days)).await,
                Operation::Reverse { nth } => self.reverse(walk, nth).await,
                Operation::Reinstate { nth } => self.reinstate(walk, nth).await,
                Operation::Merge { from } => self.merge(walk, from).await,
                Operation::Unmerge => self.unmerge(walk).await,
                _ => {}
            }
        }
    }

    fn by() -> By {
        By {
            actor: "a test".to_owned(),
            request_id: None,
            reason: "a test".to_owned(),
        }
    }

    fn key(&self) -> Key {
        let unique: AdjustmentId = self.world.app.id();
        Key::new("a test".to_owned(), unique.to_string(), "by hand", &()).unwrap()
    }

    async fn adjust(&self, walk: &mut Walk<'_>, who: usize, (points, days): (i64, Option<i64>)) {
        let Some(customer) = walk.customer(who) else { return };
        let days = days.filter(|_| points > 0);
        let new = NewAdjustment {
            store: self.store,
            customer,
            kind: AdjustmentKind::Adjustment,
            points: Points(points),
            expires_at: days.map(|days| self.world.app.clock.now() + TimeDelta::days(days)),
            by: Self::by(),
        };
        match adjust(&self.world.app, new, self.key()).await {
            Ok(id) => note(walk, id, Deed::Moved { points }),
            Err(AdjustError::NotEnoughPoints { available, .. }) => {
                walk.refused(self.world, customer, (-points, available));
            }
            Err(error) => panic!("{error}"),
        }
    }

    async fn reverse(&self, walk: &mut Walk<'_>, nth: usize) {
        let deeds = walk.model.by_hand.len();
        if deeds == 0 {
            return;
        }
        let deed = &mut walk.model.by_hand[nth % deeds];
        let (of, what, reversed) = (deed.id, deed.what, deed.reversed);
        deed.reversed = true;
        let done = reverse(&self.world.app, self.store, of, Self::by(), self.key()).await;
        match (done, what) {
            (Ok(id), Deed::Moved { points }) if !reversed => self.undid(walk, id, (of, points)),
            (Ok(id), Deed::Again { points, .. }) if !reversed => self.undid(walk, id, (of, points)),
            (Err(ReverseError::AlreadyReversed), _) if reversed => {}
            (Err(ReverseError::IsReversal), Deed::Undid { .. }) => {}
            (done, what) => panic!("{what:?} is reversed: {done:?}"),
        }
    }

    fn undid(&self, walk: &mut Walk<'_>, id: AdjustmentId, (of, points): (AdjustmentId, i64)) {
        let lenient = self.policy != DebtPolicy::AllowDebt;
        note(walk, id, Deed::Undid { of, points, lenient });
    }

    async fn reinstate(&self, walk: &mut Walk<'_>, nth: usize) {
        if walk.lots.is_empty() {
            return;
        }
        let lot = walk.lots[nth % walk.lots.len()];
        match reinstate(&self.world.app, self.store, lot, Self::by(), self.key()).await {
            Ok(id) => {
                let row = adjustment::Entity::find_by_id(id).one(&self.world.app.db).await;
                let points = row.unwrap().unwrap().points.0;
                note(walk, id, Deed::Again { lot, points });
            }
            Err(ReinstateError::NothingExpired) => {}
            Err(error) => panic!("{error}"),
        }
    }

    /// Somebody whose points are held is not merged, nor is who was merged.
    async fn merge(&self, walk: &mut Walk<'_>, from: usize) {
        let [Some(one), Some(two)] = walk.customers else { return };
        let pair = if from == 0 { (one, two) } else { (two, one) };
        match merge(&self.world.app, self.store, pair, Self::by(), self.key()).await {
            Ok(_) => {
                assert_eq!(walk.merged, None, "merged twice");
                let holds = walk.model.open.iter().any(|(_, customer, _)| *customer == pair.0);
                assert!(!holds, "merged while points are held");
                walk.merged = Some(from);
                walk.met = true;
            }
            Err(JoinError::AlreadyMerged(_)) => assert!(walk.merged.is_some(), "merged before"),
            Err(JoinError::UnderWay(_)) => {
                let holds = walk.model.open.iter().any(|(_, customer, _)| *customer == pair.0);
                assert!(holds, "no points are held");
            }
            Err(error) => panic!("{error}"),
        }
    }

    async fn unmerge(&self, walk: &mut Walk<'_>) {
        let (Some(from), [Some(one), Some(two)]) = (walk.merged, walk.customers) else {
            return;
        };
        let customer = if from == 0 { one } else { two };
        let done: Result<CustomerMergeId, _> =
            unmerge(&self.world.app, self.store, customer, Self::by(), self.key()).await;
        match done {
            Ok(_) => walk.merged = None,
            Err(JoinError::UnderWay(_)) => assert!(!walk.model.open.is_empty(), "no points are held"),
            Err(error) => panic!("{error}"),
        }
    }
}

fn note(walk: &mut Walk<'_>, id: AdjustmentId, what: Deed) {
    let reversed = false;
    walk.model.by_hand.push(ByHand { id, what, reversed });
}
