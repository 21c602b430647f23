//! What connections of people's access list: sessions, members, invitations and tokens.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;

use chrono::{DateTime, Utc};
use entity::{ApiTokenId, StoreId, UserId, api_token, api_token_store, invitation, membership, session};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

pub(super) use super::access_filters::{ApiTokenFilter, InvitationFilter, MemberFilter, SessionFilter};
use super::connection::List;
use super::filter::condition;
use super::loaders::{Found, Loaders};
use super::place::{By, Place};
use super::sort::{ApiTokenSort, InvitationSort, MemberSort, SessionSort};

/// A user's sessions that are open at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Sessions {
    pub(super) user: UserId,
    pub(super) open_at: DateTime<Utc>,
    pub(super) filter: SessionFilter,
    pub(super) sort: SessionSort,
}

impl List for Sessions {
    type Entity = session::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<session::Entity> {
        session::Entity::open(self.open_at)
            .filter(session::Column::UserId.eq(self.user))
            .filter(condition(&self.filter, ()))
    }

    fn columns(&self) -> Vec<session::Column> {
        vec![session::Column::Id]
    }

    fn descending(&self) -> bool {
        self.sort.descends()
    }

    fn key(&self, row: &session::Model) -> Uuid {
        row.id.0
    }
}

/// Who works in a store.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Members(pub(super) StoreId, pub(super) MemberFilter, pub(super) MemberSort);

impl List for Members {
    type Entity = membership::Entity;
    type Key = Place;

    fn select(&self) -> Select<membership::Entity> {
        membership::Entity::find()
            .filter(membership::Column::StoreId.eq(self.0))
            .filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<membership::Column> {
        vec![membership::Column::CreatedAt, membership::Column::UserId]
    }

    fn descending(&self) -> bool {
        self.2 == MemberSort::CreatedAtDesc
    }

    fn key(&self, row: &membership::Model) -> Place {
        Place::new("members", By::At(row.created_at), row.user_id.0)
    }

    fn knows(&self, key: &Place) -> bool {
        key.is_of("members")
    }
}

/// A store's invitations.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Invitations(
    pub(super) StoreId,
    pub(super) InvitationFilter,
    pub(super) InvitationSort,
);

impl List for Invitations {
    type Entity = invitation::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<invitation::Entity> {
        invitation::Entity::in_store(self.0).filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<invitation::Column> {
        vec![invitation::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2.descends()
    }

    fn key(&self, row: &invitation::Model) -> Uuid {
        row.id.0
    }
}

/// Whose API tokens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum TokensOf {
    /// Those that open a store.
    Store(StoreId),
    /// Those that a user has made.
    Maker(UserId),
}

/// API tokens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Tokens(pub(super) TokensOf, pub(super) ApiTokenFilter, pub(super) ApiTokenSort);

impl List for Tokens {
    type Entity = api_token::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<api_token::Entity> {
        let own = match &self.0 {
            TokensOf::Maker(user) => api_token::Entity::find().filter(api_token::Column::CreatedBy.eq(*user)),
            TokensOf::Store(store) => {
                let opening = api_token_store::Entity::find()
                    .select_only()
                    .column(api_token_store::Column::TokenId)
                    .filter(api_token_store::Column::StoreId.eq(*store));
                api_token::Entity::find().filter(api_token::Column::Id.in_subquery(opening.into_query()))
            }
        };
        own.filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<api_token::Column> {
        vec![api_token::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2.descends()
    }

    fn key(&self, row: &api_token::Model) -> Uuid {
        row.id.0
    }
}

/// The stores that a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct TokenStoresOf(pub(super) ApiTokenId);

impl Loader<TokenStoresOf> for Loaders {
    type Value = Vec<StoreId>;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[TokenStoresOf]) -> Found<TokenStoresOf, Self::Value> {
        let rows = api_token_store::Entity::find()
            .filter(api_token_store::Column::TokenId.is_in(keys.iter().map(|key| key.0)))
            .all(&self.0.db)
            .await?;
        let mut opened: HashMap<TokenStoresOf, Vec<StoreId>> = HashMap::new();
        for row in rows {
            opened
                .entry(TokenStoresOf(row.token_id))
                .or_default()
                .push(row.store_id);
        }
        Ok(opened)
    }
}
