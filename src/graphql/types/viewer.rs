use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{SessionId, session};
use macros::paged;
use uuid::Uuid;

use super::{ApiToken, Store};
use crate::access::Requester;
use crate::graphql::access_lists::{ApiTokenFilter, SessionFilter, Sessions, Tokens, TokensOf};
use crate::graphql::connection::{PageArgs, page};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::filter::checked;
use crate::graphql::in_place::{Plain, Way};
use crate::graphql::lists::{StoreFilter, Stores};
use crate::graphql::nodes::Nodes;
use crate::graphql::sort::{ApiTokenSort, SessionSort, StoreSort};

pub(in crate::graphql) struct Viewer;

/// A session of the signed-in user: one sign-in, on one device.
#[derive(SimpleObject)]
pub(in crate::graphql) struct UserSession {
    /// Opaque and global.
    id: ID,
    /// What it was called when it began, for instance the device.
    device: Option<String>,
    /// When the user signed in.
    created_at: DateTime<Utc>,
    /// When its tokens were last exchanged; none: not yet.
    refreshed_at: Option<DateTime<Utc>>,
    /// It ends then, unless its tokens are exchanged before.
    expires_at: DateTime<Utc>,
    /// Whether it is the one that is asking.
    current: bool,
}

impl Plain for UserSession {
    fn way(_: &str) -> Way<Self> {
        Way::AtHand
    }
}

impl UserSession {
    fn new(row: session::Model, asking: SessionId) -> Self {
        Self {
            id: row.id.to_string().into(),
            device: row.device,
            created_at: row.created_at,
            refreshed_at: row.refreshed_at,
            expires_at: row.refresh_expires_at,
            current: row.id == asking,
        }
    }
}

/// Who is asking: a signed-in user or an API token.
#[paged]
#[Object]
impl Viewer {
    /// The user's or the token's id.
    async fn id(&self, ctx: &Context<'_>) -> ID {
        ctx.requester().actor().into()
    }

    /// The user's e-mail address; none for tokens.
    async fn email(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        match ctx.requester() {
            Requester::User { id, .. } => Ok(load(ctx, *id).await?.map(|user| user.email)),
            Requester::Token { .. } | Requester::Anonymous => Ok(None),
        }
    }

    /// The user's name; none for tokens.
    async fn name(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        match ctx.requester() {
            Requester::User { id, .. } => Ok(load(ctx, *id).await?.map(|user| user.name)),
            Requester::Token { .. } | Requester::Anonymous => Ok(None),
        }
    }

    /// The stores that the viewer can see.
    async fn stores(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which stores.")] filter: Option<StoreFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: StoreSort,
    ) -> async_graphql::Result<Option<Nodes<Uuid, Store>>> {
        let wanted = Stores(ctx.requester().stores(), checked(filter, ())?, order_by);
        page(ctx, wanted, args, Store).await.map(Some)
    }

    /// The user's sessions that are open; none for tokens.
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which sessions.")] filter: Option<SessionFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: SessionSort,
    ) -> async_graphql::Result<Option<Nodes<Uuid, UserSession>>> {
        let Ok((user, asking)) = ctx.requester().demand_session() else {
            return Ok(None);
        };
        let wanted = Sessions {
            user,
            open_at: ctx.app().clock.now(),
            filter: checked(filter, ())?,
            sort: order_by,
        };
        page(ctx, wanted, args, |row| UserSession::new(row, asking))
            .await
            .map(Some)
    }

    /// The API tokens that the user has made, those that were revoked too; none for tokens.
    async fn tokens(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which tokens.")] filter: Option<ApiTokenFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: ApiTokenSort,
    ) -> async_graphql::Result<Option<Nodes<Uuid, ApiToken>>> {
        let Ok(user) = ctx.requester().demand_user() else {
            return Ok(None);
        };
        let wanted = Tokens(TokensOf::Maker(user), checked(filter, ())?, order_by);
        page(ctx, wanted, args, ApiToken).await.map(Some)
    }
}
