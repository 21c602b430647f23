use std::collections::HashMap;

use entity::ledger_entry::{self, EntryKind, SourceKind};
use entity::programme_version::{self, DebtPolicy};
use entity::{CustomerId, EntryId, Instant, OrderId, Points, StoreId};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use super::Cause;
use super::batch::Batch;
use super::forgone::FORGONE;
use super::grant::{Grant, KEPT, give};
use super::spared::{EXPIRED, Spared};
use crate::app::App;
use crate::domain::allocation;

/// A difference between what an order should be worth and what was posted for it.
#[derive(Debug, Clone)]
pub struct OrderPosting<'a> {
    /// The order.
    pub order: OrderId,
    /// The orders by which other sources tell of the same sale, now or until now. Points change hands between
    /// them and this one.
    pub akin: Vec<OrderId>,
    /// Whose points.
    pub customer: CustomerId,
    /// How many more (or, negative, fewer) points the order is worth.
    pub difference: Points,
    /// The rules that say so.
    pub version: &'a programme_version::Model,
    /// The values that they were applied to.
    pub inputs: serde_json::Value,
    /// How many entries the order caused before.
    pub postings: i32,
    /// When it became true in the shop.
    pub occurred_at: Instant,
    /// When points given are spendable.
    pub available_at: Instant,
    /// When they run out.
    pub expires_at: Option<Instant>,
}

/// Postings that were worked out and are still to be written: after the orders they refer to.
#[must_use = "postings that are not written are lost"]
pub struct Unwritten {
    batch: Option<Batch>,
    /// How many entries each order has caused now, in the order of the postings.
    pub counts: Vec<i32>,
}

impl Unwritten {
    /// Writes the entries, lots, allocations and balances, one statement each.
    pub async fn write(self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        match self.batch {
            Some(batch) => batch.write(db).await,
            None => Ok(()),
        }
    }
}

/// Works out the postings of many orders with a few statements; the customers' rows are held from
/// here on.
pub async fn post_orders(
    db: &impl ConnectionTrait,
    app: &App,
    store: StoreId,
    cause: &Cause,
    postings: &[OrderPosting<'_>],
) -> Result<Unwritten, DbErr> {
    if postings.is_empty() {
        return Ok(Unwritten {
            batch: None,
            counts: Vec::new(),
        });
    }
    let mut customers: Vec<_> = postings.iter().map(|posting| posting.customer).collect();
    customers.sort_unstable();
    customers.dedup();
    let mut losing: Vec<_> = postings
        .iter()
        .filter(|posting| posting.difference < Points::ZERO)
        .map(|posting| posting.customer)
        .collect();
    losing.sort_unstable();
    losing.dedup();
    let mut batch = Batch::load(db, store, customers, losing).await?;
    let kept = kept(db, postings).await?;
    let mut spared = Spared::load(db, app, store, cause, &mut batch, postings).await?;
    let mut counts = Vec::with_capacity(postings.len());
    for posting in postings {
        let mut poster = Poster {
            app,
            store,
            cause,
            posting,
            batch: &mut batch,
            spared: &mut spared,
            sequence: posting.postings,
        };
        if posting.difference.is_positive() {
            poster.give(kept_of(posting, &kept));
        } else {
            poster.take_back();
        }
        counts.push(poster.sequence);
    }
    Ok(Unwritten {
        batch: Some(batch),
        counts,
    })
}

/// What customers kept of a sale.
#[derive(Debug, Clone, Copy, Default)]
struct Kept {
    /// When the order itself lost points: what was let to them, and what had expired.
    own: Points,
    /// Of this, what was let to them.
    forgone: Points,
}

/// What customers kept of orders that are worth points again: a policy that makes no debt let them keep
/// what they had spent when the order lost its points, or what another source told as the same sale did.
/// One statement, and none without such orders.
async fn kept(db: &impl ConnectionTrait, postings: &[OrderPosting<'_>]) -> Result<HashMap<OrderId, Kept>, DbErr> {
    let again: Vec<Uuid> = postings
        .iter()
        .filter(|posting| posting.difference.is_positive() && (posting.postings > 0 || !posting.akin.is_empty()))
        .flat_map(|posting| posting.akin.iter().chain([&posting.order]))
        .map(|order| order.0)
        .collect();
    let mut kept: HashMap<OrderId, Kept> = HashMap::new();
    if again.is_empty() {
        return Ok(kept);
    }
    let entries: Vec<(Uuid, Points, Points, Points, serde_json::Value)> = ledger_entry::Entity::find()
        .select_only()
        .columns([
            ledger_entry::Column::SourceId,
            ledger_entry::Column::Points,
            ledger_entry::Column::BalanceDelta,
            ledger_entry::Column::DebtDelta,
            ledger_entry::Column::Inputs,
        ])
        .filter(
            ledger_entry::Column::SourceKind
                .eq(SourceKind::Order)
                .and(ledger_entry::Column::SourceId.is_in(again))
                .and(ledger_entry::Column::Kind.is_in([EntryKind::Earn, EntryKind::Revoke])),
        )
        .into_tuple()
        .all(db)
        .await?;
    let input = |inputs: &serde_json::Value, name: &str| Points(inputs[name].as_i64().unwrap_or(0));
    for (order, points, balance, debt, inputs) in entries {
        let kept = kept.entry(OrderId(order)).or_default();
        kept.own += balance - debt - points;
        kept.forgone += input(&inputs, FORGONE) - input(&inputs, KEPT);
    }
    Ok(kept)
}

/// What is not given again with a posting.
fn kept_of(posting: &OrderPosting<'_>, kept: &HashMap<OrderId, Kept>) -> Points {
    let of = |order: &OrderId| kept.get(order).copied().unwrap_or_default();
    let elsewhere: Points = posting
        .akin
        .iter()
        .map(|order| Ord::max(of(order).forgone, Points::ZERO))
        .sum();
    Ord::max(of(&posting.order).own + elsewhere, Points::ZERO)
}

/// Turns one posting into entries, lots and allocations.
struct Poster<'a, 'b> {
    app: &'a App,
    store: StoreId,
    cause: &'a Cause,
    posting: &'a OrderPosting<'b>,
    batch: &'a mut Batch,
    spared: &'a mut Spared,
    sequence: i32,
}

impl Poster<'_, '_> {
    /// Points come in as a lot of their own, but for those that the customer kept; debt is paid from it
    /// first.
    fn give(&mut self, kept: Points) {
        let posting = self.posting;
        let grant = Grant {
            customer: posting.customer,
            points: posting.difference,
            kind: EntryKind::Earn,
            source: (SourceKind::Order, posting.order.0),
            postings: self.sequence,
            version: Some(posting.version.id),
            inputs: posting.inputs.clone(),
            reason: None,
            occurred_at: posting.occurred_at,
            available_at: posting.available_at,
            expires_at: posting.expires_at,
        };
        let kept = kept.min(grant.points);
        self.sequence = give(self.batch, self.app, self.store, self.cause, grant, kept);
    }

    /// Points go back from the order's own lot first. What ran out of it is gone already and not taken a
    /// second time. Then other lots; what nothing covers follows the debt policy.
    fn take_back(&mut self) {
        let posting = self.posting;
        let mut lots = self.batch.lots(posting.customer);
        // What has run out pays for nothing, whether or not that was written down.
        let now = self.cause.at;
        let mut same = vec![posting.order];
        same.extend(&posting.akin);
        let is_own = |lot: &allocation::Lot| lot.order.is_some_and(|order| same.contains(&order));
        lots.retain(|lot| is_own(lot) || lot.expires_at.is_none_or(|end| now < end));
        let only_own = posting.version.debt_policy == DebtPolicy::OnlyUnspent;
        let own = lots.iter().filter(|lot| lot.order == Some(posting.order));
        let own: Points = own.map(|lot| lot.remaining).sum();
        let wanted = -posting.difference;
        let spared = self.spared.take(posting.order, wanted - own);
        let (taken, missing) = allocation::revoke(&lots, &same, wanted - spared, only_own);
        let covered: Points = taken.iter().map(|(_, points)| *points).sum();
        let debt = if posting.version.debt_policy == DebtPolicy::AllowDebt {
            missing
        } else {
            Points::ZERO
        };
        let entry = self.revocation(-covered, debt, spared);
        self.batch.allocate(posting.customer, entry, &taken);
    }

    fn revocation(&mut self, balance: Points, debt: Points, spared: Points) -> EntryId {
        self.sequence += 1;
        let id = self.app.id();
        let points = self.posting.difference;
        let mut inputs = self.posting.inputs.clone();
        let forgone = -points - (-balance) - debt - spared;
        inputs[FORGONE] = json!(forgone.0);
        inputs[EXPIRED] = json!(spared.0);
        self.batch.entry(ledger_entry::Model {
            id,
            store_id: self.store,
            customer_id: self.posting.customer,
            kind: EntryKind::Revoke,
            points,
            balance_delta: balance,
            reserved_delta: Points::ZERO,
            debt_delta: debt,
            source_kind: SourceKind::Order,
            source_id: self.posting.order.0,
            sequence: self.sequence,
            programme_version_id: Some(self.posting.version.id),
            inputs,
            actor: self.cause.actor.clone(),
            reason: None,
            request_id: self.cause.request_id.clone(),
            occurred_at: self.posting.occurred_at,
            recorded_at: self.cause.at,
        });
        id
    }
}
