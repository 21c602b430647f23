//! What need not be taken back when a sale is cancelled, because it ran out before.
//!
//! Points that expired are gone: taking them back from other sales' points, or as debt, would take them
//! twice. What expired is written down first, so it makes no difference whether the schedule did so.

use std::collections::HashMap;

use entity::ledger_entry::{self, EntryKind, SourceKind};
use entity::{OrderId, Points, StoreId};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::batch::Batch;
use super::expire::{expired_of_orders, write_down};
use super::{Cause, OrderPosting};
use crate::app::App;

/// The input of a revocation that tells how much of it had expired before.
pub(super) const EXPIRED: &str = "expired";

/// Points of orders that expired and were not counted as taken back yet.
#[derive(Debug, Default)]
pub(super) struct Spared(HashMap<OrderId, Points>);

impl Spared {
    /// For the orders that lose points. The batch must hold their customers' lots.
    pub(super) async fn load(
        db: &impl ConnectionTrait,
        app: &App,
        store: StoreId,
        cause: &Cause,
        batch: &mut Batch,
        postings: &[OrderPosting<'_>],
    ) -> Result<Self, DbErr> {
        let losing = postings.iter().filter(|posting| posting.difference < Points::ZERO);
        let orders: Vec<OrderId> = losing.map(|posting| posting.order).collect();
        if orders.is_empty() {
            return Ok(Self::default());
        }
        let fresh = write_down(db, app, store, cause, batch).await?;
        let mut expired = expired_of_orders(db, &orders).await?;
        for lot in fresh {
            if let Some(order) = lot.order {
                *expired.entry(order).or_default() += lot.points;
            }
        }
        for (order, points) in counted(db, expired.keys().copied().collect()).await? {
            *expired.entry(order).or_default() -= points;
        }
        Ok(Self(expired))
    }

    /// Counts at most so many of an order's expired points as taken back.
    pub(super) fn take(&mut self, order: OrderId, at_most: Points) -> Points {
        let Some(left) = self.0.get_mut(&order).filter(|_| at_most.is_positive()) else {
            return Points::ZERO;
        };
        let taken = at_most.min(*left);
        *left -= taken;
        taken
    }
}

/// What earlier revocations of orders counted, less what was held back when the sale counted again: the
/// points that had run out were not given a second time.
async fn counted(db: &impl ConnectionTrait, orders: Vec<OrderId>) -> Result<Vec<(OrderId, Points)>, DbErr> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(Uuid, EntryKind, Points, Points, serde_json::Value)> = ledger_entry::Entity::find()
        .select_only()
        .columns([
            ledger_entry::Column::SourceId,
            ledger_entry::Column::Kind,
            ledger_entry::Column::Points,
            ledger_entry::Column::BalanceDelta,
            ledger_entry::Column::Inputs,
        ])
        .filter(
            ledger_entry::Column::SourceKind
                .eq(SourceKind::Order)
                .and(ledger_entry::Column::SourceId.is_in(orders.into_iter().map(|order| order.0))),
        )
        .filter(ledger_entry::Column::Kind.is_in([EntryKind::Earn, EntryKind::Revoke]))
        .into_tuple()
        .all(db)
        .await?;
    let counted = rows.into_iter().map(|(order, kind, points, balance, inputs)| {
        let counted = match kind {
            EntryKind::Earn => balance - points,
            _ => Points(inputs[EXPIRED].as_i64().unwrap_or(0)),
        };
        (OrderId(order), counted)
    });
    Ok(counted.collect())
}
