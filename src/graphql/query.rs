//! The queries.

use async_graphql::{Context, ID, Object};
use entity::StoreId;

use super::context::ContextExt;
use super::error::{coded, denied};
use super::types::{Node, Platform, Store, Viewer, resolve, typed};
use crate::access::{Denied, Requester};
use crate::platform::Kind;

/// Most ids that `nodes` takes.
const MAX_NODES: usize = 100;

pub(super) struct Query;

/// Reads.
#[Object]
impl Query {
    /// Who is asking; none without a valid token.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        (*ctx.requester() != Requester::Anonymous).then_some(Viewer)
    }

    /// The platforms that can be connected, each with the form that a merchant fills in. Needs a
    /// signed-in user or a token.
    #[expect(clippy::unused_async, reason = "the macro takes no other resolvers")]
    async fn platforms(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<Platform>>> {
        if *ctx.requester() == Requester::Anonymous {
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

    /// Whatever an id names, if the viewer may see it.
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
}
