//! Up to where events were handed out.

use sea_orm::entity::prelude::*;

/// A reader of all events, and its place.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_readers")]
pub struct Model {
    /// Which reader.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The place of the last event that it dealt with.
    pub place: i64,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
