use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::coupon_pool;
use entity::pool_code::{self, NEVER};
use macros::{paged, permissions, plain};
use uuid::Uuid;

use super::{Integration, Redemption, Store};
use crate::graphql::connection::{PageArgs, page};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::fault;
use crate::graphql::filter::checked;
use crate::graphql::loaders::StockOf;
use crate::graphql::nodes::Nodes;
use crate::graphql::pool_lists::{PoolCodeFilter, PoolCodes};
use crate::graphql::sort::PoolCodeSort;
use crate::service::pool;

#[derive(Debug, Clone)]
pub(in crate::graphql) struct CouponPool(pub(in crate::graphql) coupon_pool::Model);

#[derive(Debug, Clone)]
pub(in crate::graphql) struct PoolCode(pub(in crate::graphql) pool_code::Model);

/// Where a code of a pool stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::pool_code::PoolCodeState")]
pub(in crate::graphql) enum PoolCodeState {
    /// To be handed out, unless its time is over.
    Free,
    /// A redemption has it.
    Taken,
    /// Somebody took it out of the pool.
    Withdrawn,
}

/// How many codes a pool has.
#[derive(SimpleObject)]
pub(in crate::graphql) struct PoolStock {
    /// Codes that can be handed out.
    free: i64,
    /// Codes whose time was over before they were handed out.
    ended: i64,
    /// Codes that were handed out.
    taken: i64,
    /// Codes that were taken out of the pool.
    withdrawn: i64,
}

/// Coupon codes that exist in a shop already, and are handed out one by one.
#[plain]
#[permissions("coupons:read")]
#[paged]
#[Object]
impl CouponPool {
    /// Opaque and global.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The owners are told when fewer codes than this are left, by e-mail and by the event `coupon_pool.low`, once until
    /// there were enough again; 0: never.
    async fn low_stock(&self) -> i32 {
        self.0.low_stock
    }

    /// Since when it has fewer codes left than `lowStock`, as far as the owners were told.
    async fn low_since(&self) -> Option<DateTime<Utc>> {
        self.0.warned_at
    }

    /// How many codes it has. Counted when asked for: it costs a query that reads what it counts.
    async fn stock(&self, ctx: &Context<'_>) -> async_graphql::Result<PoolStock> {
        let stock = load(ctx, StockOf(self.0.id)).await?.unwrap_or_default();
        Ok(PoolStock {
            free: stock.free,
            ended: stock.ended,
            taken: stock.taken,
            withdrawn: stock.withdrawn,
        })
    }

    /// Its codes.
    async fn codes(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which codes.")] filter: Option<PoolCodeFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: PoolCodeSort,
    ) -> async_graphql::Result<Nodes<Uuid, PoolCode>> {
        let wanted = PoolCodes(self.0.id, checked(filter, ())?, order_by);
        page(ctx, wanted, args, PoolCode).await
    }

    /// The shop in which its codes can be used.
    #[requires("integrations:read")]
    async fn integration(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Integration>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        Ok(load(ctx, self.0.integration_id).await?.map(Integration))
    }

    /// The store.
    async fn store(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Store>> {
        Ok(load(ctx, self.0.store_id).await?.map(Store))
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Give it back when changing the pool.
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// A code of a pool.
#[plain]
#[permissions("coupons:read")]
#[Object]
impl PoolCode {
    /// Opaque and global.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its last characters, at most half of it.
    #[expect(clippy::unused_async, reason = "resolvers are async")]
    async fn ending(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        let code = pool::reveal(ctx.app(), &self.0).map_err(fault)?;
        Ok(pool::ending(&code))
    }

    /// What the shopper types. It is worth money; whoever was given it finds it in the redemption's coupon.
    #[requires("rewards:write")]
    #[expect(clippy::unused_async, reason = "resolvers are async")]
    async fn code(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        pool::reveal(ctx.app(), &self.0).map_err(fault)
    }

    /// Where it stands.
    async fn state(&self) -> PoolCodeState {
        self.0.state.into()
    }

    /// Until when it can be used, where that was told.
    async fn valid_until(&self) -> Option<DateTime<Utc>> {
        Some(self.0.ends_at).filter(|end| *end < NEVER)
    }

    /// When it came.
    async fn added_at(&self) -> DateTime<Utc> {
        self.0.added_at
    }

    /// When it was handed out or withdrawn.
    async fn changed_at(&self) -> Option<DateTime<Utc>> {
        self.0.changed_at
    }

    /// The redemption that has it.
    async fn redemption(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Redemption>> {
        match self.0.redemption_id {
            Some(id) => Ok(load(ctx, id).await?.map(Redemption)),
            None => Ok(None),
        }
    }

    /// The pool.
    async fn pool(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<CouponPool>> {
        Ok(load(ctx, self.0.pool_id).await?.map(CouponPool))
    }
}
