use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::adjustment;
use macros::permissions;

use super::Customer;
use crate::graphql::context::load;
use crate::graphql::loaders::ReversalOf;
use crate::graphql::scalar::Points;

#[derive(Debug, Clone)]
pub(in crate::graphql) struct Adjustment(pub(in crate::graphql) adjustment::Model);

/// What an adjustment did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::adjustment::AdjustmentKind")]
pub(in crate::graphql) enum AdjustmentKind {
    /// A correction by hand, plus or minus.
    Adjustment,
    /// A present by hand.
    Bonus,
    /// It undid another adjustment.
    Reversal,
    /// It gave expired points again.
    Reinstatement,
}

/// Points given or taken by hand.
#[permissions("customers:read")]
#[Object]
impl Adjustment {
    /// Opaque and global.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What it did.
    async fn kind(&self) -> AdjustmentKind {
        self.0.kind.into()
    }

    /// How many points; negative when taken. A reversal that finds some of the points run out by
    /// themselves takes only the others.
    async fn points(&self) -> Points {
        self.0.points.into()
    }

    /// Why, in the words of whoever did it.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Who did it: the id of a user or of an API token.
    async fn actor(&self) -> &str {
        &self.0.actor
    }

    /// When.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Whose points.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        Ok(load(ctx, self.0.customer_id).await?.map(Customer))
    }

    /// The adjustment that it undid.
    async fn reverses(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Adjustment>> {
        match self.0.reverses_id {
            Some(id) => Ok(load(ctx, id).await?.map(Adjustment)),
            None => Ok(None),
        }
    }

    /// The adjustment that undid it.
    async fn reversed_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Adjustment>> {
        Ok(load(ctx, ReversalOf(self.0.id)).await?.map(Adjustment))
    }

    /// The lot whose expired points it gave again, by its id.
    async fn reinstated_lot_id(&self) -> Option<ID> {
        self.0.lot_id.map(|id| id.to_string().into())
    }
}
