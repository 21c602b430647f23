//! Points taken, taken back and given back because somebody says so, and not because of a sale or the
//! making of a coupon. Knows nothing of why: adjustments and cancelled redemptions bring their own source.

use entity::ledger_entry::{self, EntryKind, SourceKind};
use entity::programme_version::DebtPolicy;
use entity::{
    CustomerId, EntryId, Instant, LotId, Points, ProgrammeVersionId, StoreId, customer, point_allocation, point_lot,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, JoinType, QueryFilter, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use super::batch::Batch;
use super::expire::{self, Expired};
use super::forgone::{self, FORGONE};
use super::{Cause, NotEnough, joins};
use crate::app::App;
use crate::domain::allocation;

/// What an entry says beside its numbers.
#[derive(Debug, Clone)]
pub struct Posting {
    /// The store.
    pub store: StoreId,
    /// Whose points.
    pub customer: CustomerId,
    /// What the statement calls it.
    pub kind: EntryKind,
    /// What caused it.
    pub source: (SourceKind, Uuid),
    /// The how-manieth entry of that source: with the source its natural key.
    pub sequence: i32,
    /// The rules that were applied, where any were.
    pub version: Option<ProgrammeVersionId>,
    /// In words, where a person gave a reason.
    pub reason: Option<String>,
}

/// What a posting adds to a customer's points.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Delta {
    pub(super) points: Points,
    pub(super) balance: Points,
    pub(super) debt: Points,
}

impl Posting {
    pub(super) fn entry(
        &self,
        app: &App,
        cause: &Cause,
        delta: Delta,
        inputs: serde_json::Value,
    ) -> ledger_entry::Model {
        ledger_entry::Model {
            id: app.id(),
            store_id: self.store,
            customer_id: self.customer,
            kind: self.kind,
            points: delta.points,
            balance_delta: delta.balance,
            reserved_delta: Points::ZERO,
            debt_delta: delta.debt,
            source_kind: self.source.0,
            source_id: self.source.1,
            sequence: self.sequence,
            programme_version_id: self.version,
            inputs,
            actor: cause.actor.clone(),
            reason: self.reason.clone(),
            request_id: cause.request_id.clone(),
            occurred_at: cause.at,
            recorded_at: cause.at,
        }
    }
}

/// Takes hold of a customer before a row that refers to it is written: whoever wrote first and took hold
/// later would wait for somebody who does the same. False when the store has no such customer.
pub async fn hold(db: &impl ConnectionTrait, store: StoreId, customer: CustomerId) -> Result<bool, DbErr> {
    let row = customer::Entity::in_store(store)
        .filter(customer::Column::Id.eq(customer))
        .lock_exclusive()
        .one(db)
        .await?;
    Ok(row.is_some())
}

/// Takes points that can be spent, nearest expiry first; nothing when they do not suffice.
pub async fn take(
    db: &impl ConnectionTrait,
    app: &App,
    cause: &Cause,
    posting: &Posting,
    points: Points,
) -> Result<Result<(), NotEnough>, DbErr> {
    let customer = posting.customer;
    let mut batch = Batch::load(db, posting.store, vec![customer], vec![customer]).await?;
    let lots = batch.lots(customer);
    // Who owes points has none to give.
    let owes = batch.customer(customer).is_none_or(|row| row.points_debt.is_positive());
    let Some(taken) = allocation::spend(&lots, points, cause.at).filter(|_| !owes) else {
        let available = if owes {
            Points::ZERO
        } else {
            allocation::spendable(&lots, cause.at)
        };
        return Ok(Err(NotEnough { available }));
    };
    let delta = Delta {
        points: -points,
        balance: -points,
        debt: Points::ZERO,
    };
    let entry = posting.entry(app, cause, delta, json!({}));
    let id = entry.id;
    batch.entry(entry);
    batch.allocate(customer, id, &taken);
    batch.write(db).await?;
    Ok(Ok(()))
}

/// Takes back what an entry gave, as far as it did not run out and was not taken back with its sale: from its
/// own lot first, then (unless the policy forbids) from others; what nothing covers becomes debt where the
/// policy allows it, and is noted as forgone where it does not. Tells how many points that were.
pub async fn take_back(
    db: &impl ConnectionTrait,
    app: &App,
    cause: &Cause,
    posting: &Posting,
    (gave, policy): (EntryId, DebtPolicy),
) -> Result<Points, DbErr> {
    let customer = posting.customer;
    let mut batch = Batch::load(db, posting.store, vec![customer], vec![customer]).await?;
    let fresh = expire::write_down(db, app, posting.store, cause, &mut batch).await?;
    let own = Own::load(db, gave, &fresh).await?;
    let points = own.given - own.expired - own.revoked;
    if !points.is_positive() {
        batch.write(db).await?;
        return Ok(Points::ZERO);
    }
    let only_own = policy == DebtPolicy::OnlyUnspent;
    let (taken, missing) = allocation::take_back(&batch.lots(customer), &own.lots, points, only_own);
    let covered = points - missing;
    let debt = if policy == DebtPolicy::AllowDebt {
        missing
    } else {
        Points::ZERO
    };
    let delta = Delta {
        points: -points,
        balance: -covered,
        debt,
    };
    let inputs = json!({
        "given": own.given.0,
        "expired": own.expired.0,
        "revoked": own.revoked.0,
        FORGONE: (missing - debt).0,
    });
    let entry = posting.entry(app, cause, delta, inputs);
    let id = entry.id;
    batch.entry(entry);
    batch.allocate(customer, id, &taken);
    batch.write(db).await?;
    Ok(points)
}

/// The lots that hold what an entry gave, and what of it is gone for reasons of its own.
pub(super) struct Own {
    pub(super) lots: Vec<LotId>,
    given: Points,
    expired: Points,
    /// Taken back because the sale that the points once came from lost its worth.
    revoked: Points,
}

impl Own {
    pub(super) async fn load(db: &impl ConnectionTrait, gave: EntryId, fresh: &[Expired]) -> Result<Self, DbErr> {
        let made = point_lot::Entity::find()
            .filter(point_lot::Column::EntryId.eq(gave))
            .all(db)
            .await?;
        let first: Vec<LotId> = made.iter().map(|lot| lot.continues_lot_id.unwrap_or(lot.id)).collect();
        let mut lots: Vec<LotId> = point_lot::Entity::find()
            .select_only()
            .column(point_lot::Column::Id)
            .filter(point_lot::Column::ContinuesLotId.is_in(first.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        lots.extend(first);
        let fresh: Points = fresh
            .iter()
            .filter(|expired| lots.contains(&expired.lot))
            .map(|expired| expired.points)
            .sum();
        Ok(Self {
            expired: fresh + expired(db, &lots).await?,
            revoked: revoked(db, &lots).await?,
            given: made.iter().map(|lot| lot.points).sum(),
            lots,
        })
    }
}

/// The points of lots that were written down as run out.
pub async fn expired(db: &impl ConnectionTrait, lots: &[LotId]) -> Result<Points, DbErr> {
    let entries = ledger_entry::Entity::find()
        .filter(
            ledger_entry::Column::SourceKind
                .eq(SourceKind::Expiry)
                .and(ledger_entry::Column::SourceId.is_in(lots.iter().map(|lot| lot.0))),
        )
        .all(db)
        .await?;
    Ok(-entries.iter().map(|entry| entry.balance_delta).sum::<Points>())
}

/// What their own sales took back from lots.
async fn revoked(db: &impl ConnectionTrait, lots: &[LotId]) -> Result<Points, DbErr> {
    let own_sale = Expr::col((ledger_entry::Entity, ledger_entry::Column::SourceId))
        .eq(Expr::col((point_lot::Entity, point_lot::Column::OrderId)));
    let taken: Vec<Points> = point_allocation::Entity::find()
        .select_only()
        .column(point_allocation::Column::Points)
        .join(JoinType::InnerJoin, joins::allocation_to_lot())
        .join(JoinType::InnerJoin, joins::allocation_to_entry())
        .filter(point_allocation::Column::LotId.is_in(lots.iter().copied()))
        .filter(ledger_entry::Column::SourceKind.eq(SourceKind::Order))
        .filter(ledger_entry::Column::Kind.eq(EntryKind::Revoke))
        .filter(own_sale)
        .into_tuple()
        .all(db)
        .await?;
    Ok(taken.into_iter().sum())
}

/// Gives back what an entry took, to the lots that it took it from. A lot that has run out meanwhile runs
/// for the days of grace; what came from a lot of somebody else, because customers were merged or separated
/// since, comes back as a lot of its own. Debt is paid from what came back before it can be spent.
pub async fn give_back(
    db: &impl ConnectionTrait,
    app: &App,
    cause: &Cause,
    posting: &Posting,
    took: EntryId,
) -> Result<(), DbErr> {
    let (store, customer) = (posting.store, posting.customer);
    let mut batch = Batch::load(db, store, vec![customer], vec![customer]).await?;
    let taken = point_allocation::Entity::find()
        .filter(point_allocation::Column::EntryId.eq(took))
        .all(db)
        .await?;
    let lots = point_lot::Entity::find()
        .filter(point_lot::Column::Id.is_in(taken.iter().map(|part| part.lot_id)))
        .all(db)
        .await?;
    let (own, others): (Vec<_>, Vec<_>) = lots
        .into_iter()
        .partition(|lot| lot.customer_id == batch.account(customer));
    let own_ids: Vec<LotId> = own.iter().map(|lot| lot.id).collect();
    batch.add_known_lots(own);
    // What is left in these lots may have expired: only what comes back gets days of grace.
    expire::write_down(db, app, store, cause, &mut batch).await?;
    let points: Points = taken.iter().map(|part| part.points).sum();
    let delta = Delta {
        points,
        balance: points,
        debt: Points::ZERO,
    };
    let entry = posting.entry(app, cause, delta, json!({}));
    let id = entry.id;
    batch.entry(entry);
    let taken_of = |lot: LotId| -> Points {
        let parts = taken.iter().filter(|part| part.lot_id == lot);
        parts.map(|part| part.points).sum()
    };
    let mut back: Vec<_> = own_ids.iter().map(|lot| (*lot, taken_of(*lot))).collect();
    let given: Vec<_> = back.iter().map(|(lot, points)| (*lot, -*points)).collect();
    batch.allocate(customer, id, &given);
    expire::grant_grace(db, &mut batch, (store, customer), id, &own_ids, cause.at).await?;
    let run_out: Vec<_> = others
        .iter()
        .filter(|lot| lot.expires_at.is_some_and(|end| end <= cause.at))
        .cloned()
        .collect();
    let grace = expire::grace_ends(db, store, &run_out, cause.at).await?;
    for lot in others {
        let points = taken_of(lot.id);
        let again: LotId = app.id();
        back.push((again, points));
        batch.lot(point_lot::Model {
            id: again,
            customer_id: customer,
            entry_id: id,
            continues_lot_id: Some(lot.continues_lot_id.unwrap_or(lot.id)),
            points,
            remaining: points,
            expires_at: grace.get(&lot.id).copied().or(lot.expires_at),
            ..lot
        });
    }
    forgone::claim(db, app, cause, &mut batch, (store, customer), (took, &back)).await?;
    pay_debt(&mut batch, app, cause, posting);
    batch.write(db).await
}

/// Gives points of a lot that ran out again, as a lot of its own; the entry names the old one.
pub async fn give_again(
    db: &impl ConnectionTrait,
    app: &App,
    cause: &Cause,
    posting: &Posting,
    lot: &point_lot::Model,
    (points, expires_at): (Points, Option<Instant>),
) -> Result<(), DbErr> {
    let customer = posting.customer;
    let mut batch = Batch::load(db, posting.store, vec![customer], vec![customer]).await?;
    let delta = Delta {
        points,
        balance: points,
        debt: Points::ZERO,
    };
    let entry = posting.entry(app, cause, delta, json!({ "lot": lot.id }));
    let again = point_lot::Model {
        id: app.id(),
        entry_id: entry.id,
        // Another gift: to undo it is not to undo the one that ran out.
        continues_lot_id: None,
        points,
        remaining: points,
        available_at: cause.at,
        expires_at,
        ..lot.clone()
    };
    batch.entry(entry);
    batch.lot(again);
    pay_debt(&mut batch, app, cause, posting);
    batch.write(db).await
}

pub(super) fn pay_debt(batch: &mut Batch, app: &App, cause: &Cause, after: &Posting) {
    let customer = after.customer;
    let debt = batch.customer(customer).map_or(Points::ZERO, |row| row.points_debt);
    let lots: Vec<allocation::Lot> = batch
        .lots(customer)
        .into_iter()
        .filter(|lot| !lot.has_run_out(cause.at))
        .collect();
    let (paying, unpaid) = allocation::settle(&lots, debt);
    let paid = debt - unpaid;
    if paid.is_positive() {
        let posting = Posting {
            kind: EntryKind::DebtPayment,
            sequence: after.sequence + 1,
            reason: None,
            ..after.clone()
        };
        let delta = Delta {
            points: -paid,
            balance: -paid,
            debt: -paid,
        };
        let entry = posting.entry(app, cause, delta, json!({}));
        let id = entry.id;
        batch.entry(entry);
        batch.allocate(customer, id, &paying);
    }
}
