//! Keys that make repeated requests harmless.

use sea_orm::entity::prelude::*;

use crate::Instant;

/// A key that a caller gave with a mutation, stored with its effect.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    /// Whose key: the caller's actor text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: String,
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The mutation.
    pub operation: String,
    /// SHA-256 of the input: the same key with other input is an error.
    pub input_hash: String,
    /// What the mutation created.
    pub result_id: Uuid,
    /// When.
    pub created_at: Instant,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
