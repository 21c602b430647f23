//! What connections of people's access list: sessions, members, invitations, tokens, and the audit log.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{ID, InputObject};

use chrono::{DateTime, Utc};
use entity::{ApiTokenId, StoreId, UserId, api_token, api_token_store, audit_entry, invitation, membership, session};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use super::connection::List;
use super::loaders::{Found, Loaders};

/// A user's sessions that are open at an instant, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Sessions(pub(super) UserId, pub(super) DateTime<Utc>);

impl List for Sessions {
    type Entity = session::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<session::Entity> {
        session::Entity::open(self.1).filter(session::Column::UserId.eq(self.0))
    }

    fn columns(&self) -> Vec<session::Column> {
        vec![session::Column::Id]
    }

    fn key(&self, row: &session::Model) -> Uuid {
        row.id.0
    }
}

/// Who works in a store, in the order in which their accounts were made.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Members(pub(super) StoreId);

impl List for Members {
    type Entity = membership::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<membership::Entity> {
        membership::Entity::find().filter(membership::Column::StoreId.eq(self.0))
    }

    fn columns(&self) -> Vec<membership::Column> {
        vec![membership::Column::UserId]
    }

    fn descending(&self) -> bool {
        false
    }

    fn key(&self, row: &membership::Model) -> Uuid {
        row.user_id.0
    }
}

/// A store's invitations, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Invitations(pub(super) StoreId);

impl List for Invitations {
    type Entity = invitation::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<invitation::Entity> {
        invitation::Entity::in_store(self.0)
    }

    fn columns(&self) -> Vec<invitation::Column> {
        vec![invitation::Column::Id]
    }

    fn key(&self, row: &invitation::Model) -> Uuid {
        row.id.0
    }
}

/// API tokens, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Tokens {
    /// Those that open a store.
    Opening(StoreId),
    /// Those that a user has made.
    MadeBy(UserId),
}

impl List for Tokens {
    type Entity = api_token::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<api_token::Entity> {
        match self {
            Self::MadeBy(user) => api_token::Entity::find().filter(api_token::Column::CreatedBy.eq(*user)),
            Self::Opening(store) => {
                let opening = api_token_store::Entity::find()
                    .select_only()
                    .column(api_token_store::Column::TokenId)
                    .filter(api_token_store::Column::StoreId.eq(*store));
                api_token::Entity::find().filter(api_token::Column::Id.in_subquery(opening.into_query()))
            }
        }
    }

    fn columns(&self) -> Vec<api_token::Column> {
        vec![api_token::Column::Id]
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

/// A span of time.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct AuditPeriod {
    /// At or after.
    from: Option<DateTime<Utc>>,
    /// Before.
    to: Option<DateTime<Utc>>,
}

/// Which entries of the audit log.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct AuditFilter {
    /// By this user or API token.
    actor_id: Option<ID>,
    /// Of this action, for instance `reward.update`.
    action: Option<String>,
    /// About the thing with this id.
    object_id: Option<ID>,
    /// Made in this span of time.
    at: Option<AuditPeriod>,
}

/// A store's audit log, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Audited(pub(super) StoreId, pub(super) AuditFilter);

impl List for Audited {
    type Entity = audit_entry::Entity;
    type Key = (DateTime<Utc>, Uuid);

    fn select(&self) -> Select<audit_entry::Entity> {
        let Self(store, filter) = self;
        let at = filter.at.clone().unwrap_or_default();
        let only = Condition::all()
            .add_option(
                filter
                    .actor_id
                    .as_ref()
                    .map(|id| audit_entry::Column::Actor.eq(id.as_str())),
            )
            .add_option(
                filter
                    .action
                    .as_ref()
                    .map(|action| audit_entry::Column::Action.eq(action)),
            )
            .add_option(
                filter
                    .object_id
                    .as_ref()
                    .map(|id| audit_entry::Column::ObjectId.eq(id.as_str())),
            )
            .add_option(at.from.map(|from| audit_entry::Column::At.gte(from)))
            .add_option(at.to.map(|to| audit_entry::Column::At.lt(to)));
        audit_entry::Entity::in_store(*store).filter(only)
    }

    fn columns(&self) -> Vec<audit_entry::Column> {
        vec![audit_entry::Column::At, audit_entry::Column::Id]
    }

    fn key(&self, row: &audit_entry::Model) -> Self::Key {
        (row.at, row.id.0)
    }
}
