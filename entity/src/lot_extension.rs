//! Lots whose expiry was put off.

use sea_orm::entity::prelude::*;

use crate::{EntryId, Instant, LotId};

/// An entry gave points back to a lot that had expired meanwhile, and let them be spent a while longer.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lot_extensions")]
pub struct Model {
    /// The entry.
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: EntryId,
    /// The lot.
    #[sea_orm(primary_key, auto_increment = false)]
    pub lot_id: LotId,
    /// When the lot expired until then.
    pub expires_before: Instant,
    /// When it has expired since.
    pub expires_at: Instant,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
