use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{invitation, membership};
use macros::plain;

use super::Role;
use crate::graphql::context::load;
use crate::graphql::in_place::{Plain, Way};

pub(in crate::graphql) struct Member(pub(in crate::graphql) membership::Model);

/// Somebody who works in a store.
#[plain]
#[Object]
impl Member {
    /// The user's id.
    async fn user_id(&self) -> ID {
        self.0.user_id.to_string().into()
    }

    /// The name shown to colleagues.
    async fn name(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        Ok(load(ctx, self.0.user_id).await?.map(|user| user.name))
    }

    /// The e-mail address to sign in with.
    async fn email(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        Ok(load(ctx, self.0.user_id).await?.map(|user| user.email))
    }

    /// What the member may do.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// Since when.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Raised by every change: give it to `changeMemberRole`.
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// An invitation to work in a store, sent by e-mail.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Invitation {
    /// Opaque and global.
    id: ID,
    /// To whom it was sent.
    email: String,
    /// What the invited will be.
    role: Role,
    /// When it was sent.
    created_at: DateTime<Utc>,
    /// Refused from here on.
    expires_at: DateTime<Utc>,
    /// When it was accepted.
    accepted_at: Option<DateTime<Utc>>,
    /// When it was taken back, or replaced by another to the same address.
    revoked_at: Option<DateTime<Utc>>,
}

impl Plain for Invitation {
    fn way(_: &str) -> Way<Self> {
        Way::AtHand
    }
}

impl From<invitation::Model> for Invitation {
    fn from(row: invitation::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            email: row.email,
            role: row.role.into(),
            created_at: row.created_at,
            expires_at: row.expires_at,
            accepted_at: row.accepted_at,
            revoked_at: row.revoked_at,
        }
    }
}
