use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::ledger_entry::SourceKind;
use entity::{AdjustmentId, LotId, OrderId, RedemptionId, ledger_entry, point_allocation, point_lot};
use macros::{paged, permissions, plain};
use uuid::Uuid;

use super::{Adjustment, Customer, Order, Programme, Redemption};
use crate::graphql::connection::{PageArgs, page};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::ledger_lists::Allocations;
use crate::graphql::ledger_loaders::{LotOf, TotalsAfter};
use crate::graphql::nodes::Nodes;
use crate::graphql::scalar::Points;

#[derive(Debug, Clone)]
pub(in crate::graphql) struct LedgerEntry(pub(in crate::graphql) ledger_entry::Model);

#[derive(Debug, Clone)]
pub(in crate::graphql) struct PointLot(pub(in crate::graphql) point_lot::Model);

#[derive(Debug, Clone)]
pub(in crate::graphql) struct PointAllocation(pub(in crate::graphql) point_allocation::Model);

/// What a line of a statement records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::ledger_entry::EntryKind")]
pub(in crate::graphql) enum LedgerEntryKind {
    /// Points given; they made a lot.
    Earn,
    /// Points of a sale taken back.
    Revoke,
    /// Points that paid debt.
    DebtPayment,
    /// Points held for a redemption.
    Reserve,
    /// Held points spent.
    Capture,
    /// Held points given back.
    Release,
    /// Spent points given back: the redemption was cancelled.
    Refund,
    /// Points that moved between customers who turned out to be one, or two after all.
    Transfer,
    /// Points given or taken by hand.
    Adjust,
    /// Points that ran out.
    Expire,
}

/// What kind of thing moved points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::ledger_entry::SourceKind")]
pub(in crate::graphql) enum LedgerSource {
    /// A sale.
    Order,
    /// A redemption.
    Redemption,
    /// An adjustment by hand.
    Adjustment,
    /// A bonus.
    Bonus,
    /// A merge of two customers.
    Merge,
    /// The expiry of a lot.
    Expiry,
}

/// Where a lot stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(in crate::graphql) enum LotState {
    /// It holds points that cannot be spent yet.
    Pending,
    /// It holds points that can be spent.
    Available,
    /// Its time is over: what was left of it ran out.
    Expired,
    /// Nothing is left of it.
    Spent,
}

/// What a customer's entries add up to.
#[derive(SimpleObject)]
pub(in crate::graphql) struct LedgerTotals {
    /// Points in lots: available, pending, and run out but not yet written down as expired.
    balance: Points,
    /// Held for redemptions under way.
    reserved: Points,
    /// Owed.
    debt: Points,
}

/// A line of a customer's statement. It is never changed: corrections are lines of their own.
#[plain]
#[permissions("customers:read")]
#[paged]
#[Object]
impl LedgerEntry {
    /// Opaque and global.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What it records.
    async fn kind(&self) -> LedgerEntryKind {
        self.0.kind.into()
    }

    /// The points, negative where they were taken.
    async fn points(&self) -> Points {
        self.0.points.into()
    }

    /// What it changed: points in lots, held points, debt.
    async fn change(&self) -> LedgerTotals {
        LedgerTotals {
            balance: self.0.balance_delta.into(),
            reserved: self.0.reserved_delta.into(),
            debt: self.0.debt_delta.into(),
        }
    }

    /// What all lines up to this one add up to, whatever lines are shown. Lines of a customer who was merged
    /// into this one add up by themselves.
    async fn totals_after(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<LedgerTotals>> {
        let totals = load(ctx, TotalsAfter(self.0.customer_id, self.0.id)).await?;
        Ok(totals.map(|totals| LedgerTotals {
            balance: totals.balance.into(),
            reserved: totals.reserved.into(),
            debt: totals.debt.into(),
        }))
    }

    /// Whose points.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        Ok(load(ctx, self.0.customer_id).await?.map(Customer))
    }

    /// What kind of thing caused it.
    async fn source(&self) -> LedgerSource {
        self.0.source_kind.into()
    }

    /// The sale that caused it.
    #[requires("orders:read")]
    async fn order(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Order>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        if self.0.source_kind != SourceKind::Order {
            return Ok(None);
        }
        Ok(load(ctx, OrderId(self.0.source_id)).await?.map(Order))
    }

    /// The redemption that caused it.
    #[requires("coupons:read")]
    async fn redemption(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Redemption>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        if self.0.source_kind != SourceKind::Redemption {
            return Ok(None);
        }
        Ok(load(ctx, RedemptionId(self.0.source_id)).await?.map(Redemption))
    }

    /// The adjustment by hand that caused it.
    async fn adjustment(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Adjustment>> {
        if self.0.source_kind != SourceKind::Adjustment {
            return Ok(None);
        }
        Ok(load(ctx, AdjustmentId(self.0.source_id)).await?.map(Adjustment))
    }

    /// The lot whose expiry caused it.
    async fn expired_lot(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<PointLot>> {
        if self.0.source_kind != SourceKind::Expiry {
            return Ok(None);
        }
        Ok(load(ctx, LotId(self.0.source_id)).await?.map(PointLot))
    }

    /// The lot that it made.
    async fn made_lot(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<PointLot>> {
        Ok(load(ctx, LotOf(self.0.id)).await?.map(PointLot))
    }

    /// What it took from which lots, or gave back.
    async fn allocations(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
    ) -> async_graphql::Result<Option<Nodes<(Uuid, Uuid), PointAllocation>>> {
        page(ctx, Allocations::By(self.0.id), args, PointAllocation)
            .await
            .map(Some)
    }

    /// The rules that were applied.
    #[requires("store:read")]
    async fn programme(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Programme>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        let Some(version) = self.0.programme_version_id else {
            return Ok(None);
        };
        let (row, store) = futures_util::try_join!(load(ctx, version), load(ctx, self.0.store_id))?;
        Ok(row.zip(store).map(|(row, store)| Programme::new(row, &store.currency)))
    }

    /// In words, where a person gave a reason.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Who or what caused it: a user's or a token's id, or the name of a job.
    async fn actor(&self) -> &str {
        &self.0.actor
    }

    /// When it became true: in the shop, or when the points ran out.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at
    }

    /// When it was written down. Balances count it from then on.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.recorded_at
    }
}

/// Points that came in together, become available together and run out together.
#[plain]
#[permissions("customers:read")]
#[paged]
#[Object]
impl PointLot {
    /// Opaque and global.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Whose points.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        Ok(load(ctx, self.0.customer_id).await?.map(Customer))
    }

    /// How many came in.
    async fn points(&self) -> Points {
        self.0.points.into()
    }

    /// How many are left; what has run out is not.
    async fn remaining(&self, ctx: &Context<'_>) -> Points {
        match self.state_at(ctx.app().clock.now()) {
            LotState::Expired => entity::Points::ZERO.into(),
            _ => self.0.remaining.into(),
        }
    }

    /// Where it stands, exact at the moment of the request.
    async fn state(&self, ctx: &Context<'_>) -> LotState {
        self.state_at(ctx.app().clock.now())
    }

    /// From when its points can be spent.
    async fn available_at(&self) -> DateTime<Utc> {
        self.0.available_at
    }

    /// From when they no longer can; none: they never run out. It is put off when points come back to a
    /// lot that has run out meanwhile.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }

    /// The line of the statement that made it.
    async fn entry(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<LedgerEntry>> {
        Ok(load(ctx, self.0.entry_id).await?.map(LedgerEntry))
    }

    /// The sale that it came from.
    #[requires("orders:read")]
    async fn order(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Order>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        match self.0.order_id {
            Some(id) => Ok(load(ctx, id).await?.map(Order)),
            None => Ok(None),
        }
    }

    /// What was taken from it, and given back, in that order.
    async fn allocations(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
    ) -> async_graphql::Result<Option<Nodes<(Uuid, Uuid), PointAllocation>>> {
        page(ctx, Allocations::From(self.0.id), args, PointAllocation)
            .await
            .map(Some)
    }
}

impl PointLot {
    /// Where it stands at an instant.
    pub(in crate::graphql) fn state_at(&self, now: DateTime<Utc>) -> LotState {
        let lot = &self.0;
        if lot.expires_at.is_some_and(|end| end <= now) {
            LotState::Expired
        } else if !lot.remaining.is_positive() {
            LotState::Spent
        } else if lot.available_at > now {
            LotState::Pending
        } else {
            LotState::Available
        }
    }
}

/// How much a line of a statement took from a lot.
#[plain]
#[permissions("customers:read")]
#[Object]
impl PointAllocation {
    /// How much; negative when it was given back.
    async fn points(&self) -> Points {
        self.0.points.into()
    }

    /// The line that took it.
    async fn entry(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<LedgerEntry>> {
        Ok(load(ctx, self.0.entry_id).await?.map(LedgerEntry))
    }

    /// The lot.
    async fn lot(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<PointLot>> {
        Ok(load(ctx, self.0.lot_id).await?.map(PointLot))
    }
}
