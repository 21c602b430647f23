//! The queries.

use async_graphql::{Context, ID, Object};
use entity::{CustomerId, StoreId};
use macros::permissions;

use super::context::ContextExt;
use super::error::{coded, denied};
use super::types::{
    Node, Platform, PreviewPeriod, ProgrammePreviewPayload, ProgrammeRulesInput, RedemptionPreview, Store, Viewer,
    resolve, typed,
};
use crate::access::{Denied, Permission, Requester};
use crate::platform::Kind;

/// Most ids that `nodes` takes.
const MAX_NODES: usize = 100;

pub(super) struct Query;

/// Reads.
#[permissions]
#[Object]
impl Query {
    /// Who is asking; none without a valid token.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        (!matches!(ctx.requester(), Requester::Anonymous)).then_some(Viewer)
    }

    /// The platforms that can be connected, each with the form that a merchant fills in. Needs a
    /// signed-in user or a token.
    #[expect(clippy::unused_async, reason = "the macro takes no other resolvers")]
    async fn platforms(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<Platform>>> {
        if matches!(ctx.requester(), Requester::Anonymous) {
            return Err(denied(Denied::Unauthenticated));
        }
        Ok(Some(Kind::ALL.into_iter().map(Platform).collect()))
    }

    /// A store of the viewer; another's is none.
    async fn store(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The store's id.")] id: ID,
    ) -> async_graphql::Result<Option<Store>> {
        let own = id
            .parse::<StoreId>()
            .is_ok_and(|id| ctx.requester().stores().contains(&id));
        if !own {
            return Ok(None);
        }
        Ok(typed::<StoreId, _>(ctx, &id).await?.map(Store))
    }

    /// Whatever the id of a type that implements `Node` names, if the viewer may see it; none for other ids.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Any id of this API.")] id: ID,
    ) -> async_graphql::Result<Option<Node>> {
        resolve(ctx, &id).await
    }

    /// Whatever the ids name, in their order; at most 100.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Ids of this API, at most 100.")] ids: Vec<ID>,
    ) -> async_graphql::Result<Option<Vec<Option<Node>>>> {
        if ids.len() > MAX_NODES {
            return Err(coded("TOO_MANY_IDS", format!("at most {MAX_NODES} ids at once")));
        }
        // Together, so that the loaders ask once for each kind.
        let nodes = ids.iter().map(|id| resolve(ctx, id));
        futures_util::future::try_join_all(nodes).await.map(Some)
    }

    /// What changed rules would have given on the sales of the last days, beside what was given. Nothing is
    /// changed. None for a store that is not the viewer's.
    #[requires("store:write")]
    async fn preview_programme(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The store.")] store_id: ID,
        #[graphql(desc = "The rules to try.")] rules: ProgrammeRulesInput,
        #[graphql(default, desc = "How many days of sales to look at.")] period: PreviewPeriod,
    ) -> async_graphql::Result<Option<ProgrammePreviewPayload>> {
        let Some(store) = typed::<StoreId, _>(ctx, &store_id).await? else {
            return Ok(None);
        };
        if !may_see(ctx, store.id, REQUIRED)? {
            return Ok(None);
        }
        ProgrammePreviewPayload::of(ctx, &store, rules, period).await.map(Some)
    }

    /// What `redeemReward` would do: every rule that it looks at, the points before and after, and the lots
    /// that would be used. Nothing is changed. None when there is no such customer or reward.
    #[requires("redemptions:write")]
    async fn preview_redemption(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose points.")] customer_id: ID,
        #[graphql(desc = "For what.")] reward_id: ID,
    ) -> async_graphql::Result<Option<RedemptionPreview>> {
        let Some(customer) = typed::<CustomerId, _>(ctx, &customer_id).await? else {
            return Ok(None);
        };
        if !may_see(ctx, customer.store_id, REQUIRED)? {
            return Ok(None);
        }
        RedemptionPreview::of(ctx, &customer, &reward_id).await
    }
}

/// Whether the requester has a permission in a store. Something of another store is not there; a
/// lacking permission is an error.
fn may_see(ctx: &Context<'_>, store: StoreId, permission: Permission) -> async_graphql::Result<bool> {
    match ctx.requester().demand(store, permission) {
        Ok(()) => Ok(true),
        Err(Denied::NotFound | Denied::Unauthenticated) => Ok(false),
        Err(error @ Denied::Forbidden(_)) => Err(denied(error)),
    }
}
