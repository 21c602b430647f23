//! The audit log: who changed what. Append-only: the database refuses updates and deletes.

use sea_orm::entity::prelude::*;

use crate::{AuditEntryId, Instant, StoreId};

/// A change that somebody made.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entries")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditEntryId,
    /// The store.
    pub store_id: StoreId,
    /// When.
    pub at: Instant,
    /// The user's or the token's id.
    pub actor: String,
    /// What was done, for instance `reward.update`.
    pub action: String,
    /// The id of what was changed.
    pub object_id: String,
    /// The request that did it.
    pub request_id: Option<String>,
    /// Fields with their values before and after: no secrets and no personal data.
    pub changes: Json,
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
