use entity::ledger_entry::{self, EntryKind, SourceKind};
use entity::{
    CustomerId, EntryId, Instant, Points, ProgrammeVersionId, RedemptionId, StoreId, point_allocation, point_lot,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;

use super::batch::Batch;
use super::by_hand::{Posting, give_back};
use super::{Cause, expire, forgone};
use crate::app::App;
use crate::domain::allocation::{self, Lot, Taken};

/// The customer does not have enough points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotEnough {
    /// What can be spent now.
    pub available: Points,
}

/// Sequence numbers of a redemption's entries: one reservation, then one end. With the source they
/// are the natural key, so nothing can be reserved, captured or released twice.
const RESERVE: i32 = 1;
const END: i32 = 2;
const DEBT: i32 = 3;
/// Of what was spent, which is never released; a debt that it pays is the next.
const REFUND: i32 = 3;

/// Holds points for a redemption: spendable lots only, nearest expiry first. The customer's row is
/// held, so concurrent requests never reserve more than there is.
pub async fn reserve(
    db: &impl ConnectionTrait,
    app: &App,
    cause: &Cause,
    redemption: RedemptionId,
    (store, customer, points): (StoreId, CustomerId, Points),
) -> Result<Result<(), NotEnough>, DbErr> {
    let mut batch = Batch::load(db, store, vec![customer], vec![customer]).await?;
    let lots = batch.lots(customer);
    let Some(debt) = batch.customer(customer).map(|row| row.points_debt) else {
        return Ok(Err(NotEnough {
            available: Points::ZERO,
        }));
    };
    let taken = match affordable(&lots, debt, points, cause.at) {
        Ok(taken) => taken,
        Err(short) => return Ok(Err(short)),
    };
    let entry = Movement {
        reserved: points,
        ..Movement::new(EntryKind::Reserve, -points)
    };
    let id = entry.add(&mut batch, app, cause, redemption, (store, customer), RESERVE);
    batch.allocate(customer, id, &taken);
    batch.write(db).await?;
    Ok(Ok(()))
}

/// The lots that so many points are taken from, if they suffice.
pub(super) fn affordable(lots: &[Lot], debt: Points, points: Points, at: Instant) -> Result<Taken, NotEnough> {
    // Who owes points spends nothing until the debt is paid.
    if debt.is_positive() {
        return Err(NotEnough {
            available: Points::ZERO,
        });
    }
    allocation::spend(lots, points, at).ok_or_else(|| NotEnough {
        available: allocation::spendable(lots, at),
    })
}

/// Spends the points that were held.
pub async fn capture(
    db: &impl ConnectionTrait,
    app: &App,
    cause: &Cause,
    redemption: RedemptionId,
    (store, customer, points): (StoreId, CustomerId, Points),
) -> Result<(), DbErr> {
    let mut batch = Batch::load(db, store, vec![customer], Vec::new()).await?;
    let entry = Movement {
        reserved: -points,
        ..Movement::new(EntryKind::Capture, Points::ZERO)
    };
    entry.add(&mut batch, app, cause, redemption, (store, customer), END);
    batch.write(db).await
}

/// Gives the points that were held back to the lots they came from.
pub async fn release(
    db: &impl ConnectionTrait,
    app: &App,
    cause: &Cause,
    redemption: RedemptionId,
    (store, customer, points): (StoreId, CustomerId, Points),
) -> Result<(), DbErr> {
    let mut batch = Batch::load(db, store, vec![customer], Vec::new()).await?;
    let reservation = reservation(db, redemption).await?;
    let taken = point_allocation::Entity::find()
        .filter(point_allocation::Column::EntryId.eq(reservation.id))
        .all(db)
        .await?;
    let lots = point_lot::Entity::find()
        .filter(point_lot::Column::Id.is_in(taken.iter().map(|part| part.lot_id)))
        .all(db)
        .await?;
    batch.add_known_lots(lots);
    // What is left in these lots may have expired: only what comes back gets days of grace.
    expire::write_down(db, app, store, cause, &mut batch).await?;
    let entry = Movement {
        reserved: -points,
        ..Movement::new(EntryKind::Release, points)
    };
    let id = entry.add(&mut batch, app, cause, redemption, (store, customer), END);
    let back: Vec<_> = taken.iter().map(|part| (part.lot_id, part.points)).collect();
    let given: Vec<_> = back.iter().map(|(lot, points)| (*lot, -*points)).collect();
    batch.allocate(customer, id, &given);
    let lots: Vec<_> = taken.iter().map(|part| part.lot_id).collect();
    expire::grant_grace(db, &mut batch, (store, customer), id, &lots, cause.at).await?;
    // A sale may have been taken back meanwhile: what came back covers what it left, or pays its debt, before
    // it can be spent.
    forgone::claim(db, app, cause, &mut batch, (store, customer), (reservation.id, &back)).await?;
    let debt = batch.customer(customer).map_or(Points::ZERO, |row| row.points_debt);
    let (paying, unpaid) = allocation::settle(&batch.lots(customer), debt);
    let paid = debt - unpaid;
    if paid.is_positive() {
        let entry = Movement {
            debt: -paid,
            ..Movement::new(EntryKind::DebtPayment, -paid)
        };
        let id = entry.add(&mut batch, app, cause, redemption, (store, customer), DEBT);
        batch.allocate(customer, id, &paying);
    }
    batch.write(db).await
}

/// Gives points back that were spent, to the lots they came from, as the rules and for the reason given.
/// The coupon must have been ended before.
pub async fn refund(
    db: &impl ConnectionTrait,
    app: &App,
    cause: &Cause,
    redemption: RedemptionId,
    (store, customer): (StoreId, CustomerId),
    (version, reason): (Option<ProgrammeVersionId>, Option<String>),
) -> Result<(), DbErr> {
    let posting = Posting {
        store,
        customer,
        kind: EntryKind::Refund,
        source: (SourceKind::Redemption, redemption.0),
        sequence: REFUND,
        version,
        reason,
    };
    let reservation = reservation(db, redemption).await?;
    give_back(db, app, cause, &posting, reservation.id).await
}

async fn reservation(db: &impl ConnectionTrait, redemption: RedemptionId) -> Result<ledger_entry::Model, DbErr> {
    ledger_entry::Entity::find()
        .filter(
            ledger_entry::Column::SourceKind
                .eq(SourceKind::Redemption)
                .and(ledger_entry::Column::SourceId.eq(redemption.0))
                .and(ledger_entry::Column::Sequence.eq(RESERVE)),
        )
        .one(db)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(format!("the reservation of {redemption}")))
}

struct Movement {
    kind: EntryKind,
    points: Points,
    reserved: Points,
    debt: Points,
}

impl Movement {
    /// A movement of so many points into (or, negative, out of) the customer's lots.
    fn new(kind: EntryKind, points: Points) -> Self {
        Self {
            kind,
            points,
            reserved: Points::ZERO,
            debt: Points::ZERO,
        }
    }

    fn add(
        self,
        batch: &mut Batch,
        app: &App,
        cause: &Cause,
        redemption: RedemptionId,
        (store, customer): (StoreId, CustomerId),
        sequence: i32,
    ) -> EntryId {
        let id = app.id();
        batch.entry(ledger_entry::Model {
            id,
            store_id: store,
            customer_id: customer,
            kind: self.kind,
            points: self.points,
            balance_delta: self.points,
            reserved_delta: self.reserved,
            debt_delta: self.debt,
            source_kind: SourceKind::Redemption,
            source_id: redemption.0,
            sequence,
            programme_version_id: None,
            inputs: json!({}),
            actor: cause.actor.clone(),
            reason: None,
            request_id: cause.request_id.clone(),
            occurred_at: cause.at,
            recorded_at: cause.at,
        });
        id
    }
}
