//! Files that were sent to be imported.

use sea_orm::entity::prelude::*;

use crate::{CouponPoolId, Instant, IntegrationId, StoreId, UploadId};

/// A file, or a place for one that was asked for and has not come.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "uploads")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UploadId,
    /// The store.
    pub store_id: StoreId,
    /// The source that the file is of.
    pub integration_id: IntegrationId,
    /// The pool that its codes are for; none: it is of sales.
    pub pool_id: Option<CouponPoolId>,
    /// Who asked for it.
    pub actor: String,
    /// Which of the attempts to send it is the file; none before one came whole.
    pub file: Option<Uuid>,
    /// Its size as it came.
    pub bytes: i64,
    /// Its parts.
    pub parts: i32,
    /// SHA-256 of it as it came, in hex.
    pub sha256: Option<String>,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it had come.
    pub stored_at: Option<Instant>,
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
