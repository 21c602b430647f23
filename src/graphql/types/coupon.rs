use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::{coupon, redemption};
use macros::{permissions, plain};

use super::reward::percent;
use super::{CouponInShop, Customer, Fulfilment, Integration, Order, Reward, RewardFulfilment, RewardKind, Store};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::currencies::currency;
use crate::graphql::loaders::{CouponOf, FulfilmentOf, SightingOf};
use crate::graphql::scalar::{Decimal, Money, Points};

#[derive(Debug, Clone)]
pub(in crate::graphql) struct Redemption(pub(in crate::graphql) redemption::Model);

#[derive(Debug, Clone)]
pub(in crate::graphql) struct Coupon(pub(in crate::graphql) coupon::Model);

/// Where a redemption stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::redemption::RedemptionState")]
pub(in crate::graphql) enum RedemptionState {
    /// The points are reserved; the coupon is being made, or the store's staff have to see to it.
    Requested,
    /// The points are spent; the coupon exists, or the staff told the customer in words how to get it, without one.
    Completed,
    /// The shop or the store's staff refused; the points are back.
    Failed,
    /// The coupon is being made unusable in the shop; then the points come back.
    Cancelling,
    /// The points are back, and nobody can use the coupon.
    Cancelled,
}

/// Where a coupon stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::coupon::CouponState")]
pub(in crate::graphql) enum CouponState {
    /// Being made.
    Pending,
    /// Exists in the shop and can be used until it expires.
    Active,
    /// A sale carried it.
    Used,
    /// The shop refused to make it.
    Failed,
    /// Its redemption was cancelled: nobody can use it.
    Disabled,
}

/// A customer's exchange of points for a reward.
#[plain]
#[permissions("coupons:read")]
#[Object]
impl Redemption {
    /// Opaque and global.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Where it stands.
    async fn state(&self) -> RedemptionState {
        self.0.state.into()
    }

    /// How what is redeemed comes into being, as the reward had it then.
    async fn fulfilment(&self) -> RewardFulfilment {
        self.0.fulfilment.into()
    }

    /// How many points.
    async fn points(&self) -> Points {
        self.0.points.into()
    }

    /// Whose points.
    #[requires("customers:read")]
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        Ok(load(ctx, self.0.customer_id).await?.map(Customer))
    }

    /// For what.
    #[requires("store:read")]
    async fn reward(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Reward>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        Ok(load(ctx, self.0.reward_id).await?.map(Reward))
    }

    /// What people do about it, where they see to it.
    async fn by_hand(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Fulfilment>> {
        Ok(load(ctx, FulfilmentOf(self.0.id)).await?.map(Fulfilment))
    }

    /// The coupon that it makes.
    async fn coupon(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Coupon>> {
        Ok(load(ctx, CouponOf(self.0.id)).await?.map(Coupon))
    }

    /// Why it, or the attempt to cancel it, failed, for programs.
    async fn failure_code(&self) -> Option<&str> {
        self.0.failure_code.as_deref()
    }

    /// Why it, or the attempt to cancel it, failed, in words.
    async fn failure_message(&self) -> Option<&str> {
        self.0.failure_message.as_deref()
    }

    /// When it was asked for.
    async fn requested_at(&self) -> DateTime<Utc> {
        self.0.requested_at
    }

    /// When it ended.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }

    /// When somebody last asked to cancel it.
    async fn cancel_requested_at(&self) -> Option<DateTime<Utc>> {
        self.0.cancel_requested_at
    }

    /// When it was cancelled.
    async fn cancelled_at(&self) -> Option<DateTime<Utc>> {
        self.0.cancelled_at
    }
}

impl Coupon {
    async fn money(&self, ctx: &Context<'_>, cents: Option<entity::Cents>) -> async_graphql::Result<Option<Money>> {
        let currency = currency(ctx, self.0.store_id).await?;
        Ok(currency
            .zip(cents)
            .map(|(currency, cents)| Money::new(cents, &currency)))
    }
}

/// A coupon that a redemption makes in the shop.
#[plain]
#[permissions("coupons:read")]
#[Object]
impl Coupon {
    /// Opaque and global.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What the shopper types, upper case. It is worth money: show it to its customer only.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Where it stands.
    async fn state(&self) -> CouponState {
        self.0.state.into()
    }

    /// What it takes off.
    async fn kind(&self) -> RewardKind {
        self.0.kind.into()
    }

    /// Amount off.
    async fn amount(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Money>> {
        self.money(ctx, self.0.amount_cents).await
    }

    /// Per cent off, 0 to 100.
    async fn percent(&self) -> Option<Decimal> {
        self.0.percent_hundredths.map(percent)
    }

    /// Smallest order.
    async fn minimum_order(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Money>> {
        self.money(ctx, self.0.minimum_order_cents).await
    }

    /// Valid from.
    async fn valid_from(&self) -> DateTime<Utc> {
        self.0.valid_from
    }

    /// Valid up to.
    async fn valid_until(&self) -> DateTime<Utc> {
        self.0.valid_until
    }

    /// Its id in the shop, once it exists there.
    async fn external_id(&self) -> Option<&str> {
        self.0.external_id.as_deref()
    }

    /// What the shop said of it when it was last looked; none before that. It is looked once a day, and whenever somebody
    /// asks with `startImport` or `reconcile`.
    async fn in_shop(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<CouponInShop>> {
        match load(ctx, SightingOf(self.0.id)).await? {
            Some(row) => CouponInShop::of(ctx, row).await,
            None => Ok(None),
        }
    }

    /// When it existed in the shop.
    async fn activated_at(&self) -> Option<DateTime<Utc>> {
        self.0.activated_at
    }

    /// When the sale that used it was made.
    async fn used_at(&self) -> Option<DateTime<Utc>> {
        self.0.used_at
    }

    /// The sale that used it.
    #[requires("orders:read")]
    async fn used_by_order(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Order>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        match self.0.used_order_id {
            Some(id) => Ok(load(ctx, id).await?.map(Order)),
            None => Ok(None),
        }
    }

    /// The redemption that made it.
    async fn redemption(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Redemption>> {
        Ok(load(ctx, self.0.redemption_id).await?.map(Redemption))
    }

    /// For whom it was made.
    #[requires("customers:read")]
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        Ok(load(ctx, self.0.customer_id).await?.map(Customer))
    }

    /// The shop in which it is made.
    #[requires("integrations:read")]
    async fn integration(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Integration>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        Ok(load(ctx, self.0.integration_id).await?.map(Integration))
    }

    /// The store.
    async fn store(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Store>> {
        Ok(load(ctx, self.0.store_id).await?.map(Store))
    }
}
