//! Refresh tokens that were exchanged: presenting one again shows theft.

use sea_orm::entity::prelude::*;

use crate::SessionId;

/// A refresh token that was exchanged for its successor.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "used_refresh_tokens")]
pub struct Model {
    /// SHA-256 of the token, hex.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: String,
    /// The session that it belonged to.
    pub session_id: SessionId,
}

/// No relations are declared: services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
