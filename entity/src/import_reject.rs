//! Records that imports kept aside.

use sea_orm::entity::prelude::*;

use crate::{ImportRejectId, ImportRunId, Instant, StoreId};

/// A record that could not be used, with its reason.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_rejects")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ImportRejectId,
    /// The store.
    pub store_id: StoreId,
    /// The run that met it.
    pub import_run_id: ImportRunId,
    /// What kind of record: `customer`, `order`, `product`.
    pub resource: String,
    /// The line of the file that it stands on, in an import of a file.
    pub line: Option<i64>,
    /// Its id on the platform.
    pub external_id: Option<String>,
    /// The field at fault.
    pub field: Option<String>,
    /// What is wrong and how to mend it.
    pub message: String,
    /// The record, personal data masked.
    pub record: Json,
    /// When it was met.
    pub created_at: Instant,
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
