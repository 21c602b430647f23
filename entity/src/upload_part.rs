//! Parts of files that were sent to be imported.

use sea_orm::entity::prelude::*;

use crate::UploadId;

/// A part of a file, as it came.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "upload_parts")]
pub struct Model {
    /// The upload.
    #[sea_orm(primary_key, auto_increment = false)]
    pub upload_id: UploadId,
    /// The attempt to send the file that brought it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub file: Uuid,
    /// Its place in the file, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// What is in it.
    pub content: Vec<u8>,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
