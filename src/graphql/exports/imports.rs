//! What imports kept aside.

use entity::export_run::ExportList;
use entity::{Instant, StoreId, import_reject};
use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::json;

use super::Exported;
use super::column::{as_they_are, at, columns, id};
use crate::graphql::filter::ImportRejectSort;
use crate::graphql::run_lists::{ImportRejectFilter, ImportRejects};

columns! {
    /// A column of the exported records that an import kept aside. In the file it is called like the field of one.
    ImportRejectColumn of import_reject::Model {
        /// Opaque and global.
        Id = |row| id(row.id),
        /// What kind of record: `customer`, `order`, `product`.
        Resource = |row| json!(row.resource),
        /// Its id on the platform, where it could be read.
        ExternalId = |row| json!(row.external_id),
        /// The field at fault, as the platform names it.
        Field = |row| json!(row.field),
        /// What is wrong and how to mend it.
        Message = |row| json!(row.message),
        /// The record, personal data masked; in a table it is JSON.
        Record = |row| row.record.clone(),
        /// When it was met.
        MetAt = |row| at(row.created_at),
    }
}

impl Exported for ImportRejects {
    const LIST: ExportList = ExportList::ImportRejects;
    type Filter = ImportRejectFilter;
    type Sort = ImportRejectSort;
    type Row = import_reject::Model;
    type Column = ImportRejectColumn;
    as_they_are!();

    fn exported(_: StoreId, of: Option<&str>, filter: ImportRejectFilter, sort: ImportRejectSort) -> Option<Self> {
        Some(Self(of?.parse().ok()?, filter, sort))
    }
}
