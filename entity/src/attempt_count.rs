//! How often something that is limited was tried.

use sea_orm::entity::prelude::*;

use crate::Instant;

/// Attempts since an instant.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attempt_counts")]
pub struct Model {
    /// SHA-256 of what was tried and for whom, hex.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// When the first of these attempts was made.
    pub since: Instant,
    /// How many there were.
    pub seen: i64,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
