//! Passwords that were forgotten.

use sea_orm::entity::prelude::*;

use crate::{Instant, PasswordResetId};

/// Somebody asked for another password with an address, which may or may not be a user's.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "password_resets")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PasswordResetId,
    /// The address, lower-case.
    pub email: String,
    /// SHA-256 of the code, hex.
    pub token_hash: String,
    /// When it was asked for.
    pub created_at: Instant,
    /// Refused from here on.
    pub expires_at: Instant,
    /// When the code was used.
    pub used_at: Option<Instant>,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
