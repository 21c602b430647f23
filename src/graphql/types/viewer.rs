use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::api_token;
use uuid::Uuid;

use super::Store;
use crate::access::Requester;
use crate::graphql::connection::{Nodes, PageArgs, page};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::lists::Stores;

pub(in crate::graphql) struct Viewer;

/// An API token, without its secret.
#[derive(SimpleObject)]
pub(in crate::graphql) struct ApiToken {
    /// Opaque and global.
    id: ID,
    /// What the merchant calls it.
    name: String,
    /// Its last four characters.
    hint: String,
    /// What it may do.
    scopes: Vec<String>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// Refused from here on.
    expires_at: Option<DateTime<Utc>>,
    /// Its last use, to the minute.
    last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    revoked_at: Option<DateTime<Utc>>,
}

impl From<api_token::Model> for ApiToken {
    fn from(row: api_token::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            name: row.name,
            hint: row.hint,
            scopes: serde_json::from_value(row.scopes).unwrap_or_default(),
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// Who is asking: a signed-in user or an API token.
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

    /// The stores that the viewer can see, newest first.
    async fn stores(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Option<Nodes<Uuid, Store>>> {
        let wanted = Stores(ctx.requester().stores());
        page(
            ctx,
            wanted,
            PageArgs {
                first,
                last,
                after,
                before,
            },
            Store,
        )
        .await
        .map(Some)
    }
}
