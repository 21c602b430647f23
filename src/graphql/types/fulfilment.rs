use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::fulfilment;
use macros::{permissions, plain};

use super::{Customer, Redemption, Store};
use crate::graphql::context::{ContextExt, load};

#[derive(Debug, Clone)]
pub(in crate::graphql) struct Fulfilment(pub(in crate::graphql) fulfilment::Model);

/// Where a redemption stands that people see to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::fulfilment::FulfilmentState")]
pub(in crate::graphql) enum FulfilmentState {
    /// For the staff; the points are reserved.
    Waiting,
    /// The customer has what was redeemed; the points are spent.
    Fulfilled,
    /// The staff refused; the points are back.
    Refused,
    /// The redemption was cancelled before; the points are back.
    Cancelled,
}

/// A redemption that the store's staff see to.
#[plain]
#[permissions("coupons:read")]
#[Object]
impl Fulfilment {
    /// Opaque and global.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Where it stands.
    async fn state(&self) -> FulfilmentState {
        self.0.state.into()
    }

    /// The redemption, with its reward and, once there is one, its coupon.
    async fn redemption(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Redemption>> {
        Ok(load(ctx, self.0.redemption_id).await?.map(Redemption))
    }

    /// Whose.
    #[requires("customers:read")]
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        Ok(load(ctx, self.0.customer_id).await?.map(Customer))
    }

    /// Since when it waits, or did.
    async fn requested_at(&self) -> DateTime<Utc> {
        self.0.requested_at
    }

    /// How many seconds it has waited, or did until it was dealt with.
    async fn waited_seconds(&self, ctx: &Context<'_>) -> i64 {
        let until = self.0.done_at.unwrap_or_else(|| ctx.app().clock.now());
        (until - self.0.requested_at).num_seconds()
    }

    /// What the customer is told: how to get it, or why not.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// When it was dealt with.
    async fn done_at(&self) -> Option<DateTime<Utc>> {
        self.0.done_at
    }

    /// Who dealt with it: the id of a user or of an API token.
    async fn done_by_id(&self) -> Option<&str> {
        self.0.actor.as_deref()
    }

    /// The store.
    async fn store(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Store>> {
        Ok(load(ctx, self.0.store_id).await?.map(Store))
    }

    /// Give it back when dealing with it.
    async fn version(&self) -> i64 {
        self.0.version
    }
}
