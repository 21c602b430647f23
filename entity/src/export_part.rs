//! Parts of exported files.

use sea_orm::entity::prelude::*;

use crate::ExportRunId;

/// A part of a file, packed by itself: blocks of deflate of which none is the last.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "export_parts")]
pub struct Model {
    /// The run.
    #[sea_orm(primary_key, auto_increment = false)]
    pub export_run_id: ExportRunId,
    /// Its place in the file, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// Which byte of the unpacked file it begins at.
    pub begins_at: i64,
    /// What is in it.
    pub packed: Vec<u8>,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
