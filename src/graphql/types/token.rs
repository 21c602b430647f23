use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use entity::api_token;
use macros::plain;

use super::Store;
use crate::graphql::access_lists::TokenStoresOf;
use crate::graphql::context::{ContextExt, load};

pub(in crate::graphql) struct ApiToken(pub(in crate::graphql) api_token::Model);

/// An API token, without its secret.
#[plain]
#[Object]
impl ApiToken {
    /// Opaque and global.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What the merchant calls it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its secret's last four characters.
    async fn hint(&self) -> &str {
        &self.0.hint
    }

    /// What it may do.
    async fn scopes(&self) -> Vec<String> {
        serde_json::from_value(self.0.scopes.clone()).unwrap_or_default()
    }

    /// The stores that it opens, as far as they are the viewer's.
    async fn stores(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Store>> {
        let opened = load(ctx, TokenStoresOf(self.0.id)).await?.unwrap_or_default();
        let own = ctx.requester().stores();
        let seen = opened.into_iter().filter(|store| own.contains(store));
        let rows = futures_util::future::try_join_all(seen.map(|store| load(ctx, store))).await?;
        Ok(rows.into_iter().flatten().map(Store).collect())
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Refused from here on.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }

    /// Its last use, to the minute.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used_at
    }

    /// When it was revoked.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }

    /// The secret that was replaced last works until then.
    async fn previous_until(&self) -> Option<DateTime<Utc>> {
        self.0.previous_until
    }
}
