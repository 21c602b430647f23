//! API tokens of partners.

use sea_orm::entity::prelude::*;

use crate::{ApiTokenId, Instant, StoreId, UserId};

/// A token that a partner's program presents. Only its hash is kept.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_tokens")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApiTokenId,
    /// The store that it was made in; which ones it opens, `api_token_store` tells.
    pub store_id: StoreId,
    /// Who made it.
    pub created_by: UserId,
    /// What the merchant calls it.
    pub name: String,
    /// SHA-256 of the token, hex.
    pub token_hash: String,
    /// The token's last four characters, to tell tokens apart.
    pub hint: String,
    /// Names of the scopes it carries.
    pub scopes: Json,
    /// When it was made.
    pub created_at: Instant,
    /// Refused from here on.
    pub expires_at: Option<Instant>,
    /// Set when it was revoked.
    pub revoked_at: Option<Instant>,
    /// Its last use, to the minute.
    pub last_used_at: Option<Instant>,
    /// SHA-256 of the token that it replaced, hex.
    pub previous_hash: Option<String>,
    /// The one that it replaced is refused from here on.
    pub previous_until: Option<Instant>,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The rows of one store. Every query starts here or at a key that names the store.
    pub fn in_store(store: StoreId) -> Select<Self> {
        Self::find().filter(Column::StoreId.eq(store))
    }
}
