//! Adjustments: points given or taken by hand.

use sea_orm::entity::prelude::*;

use crate::{AdjustmentId, CustomerId, Instant, LotId, Points, StoreId};

/// What somebody did.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum AdjustmentKind {
    /// A correction, plus or minus.
    #[sea_orm(string_value = "adjustment")]
    Adjustment,
    /// A present.
    #[sea_orm(string_value = "bonus")]
    Bonus,
    /// Undid another adjustment.
    #[sea_orm(string_value = "reversal")]
    Reversal,
    /// Gave expired points again.
    #[sea_orm(string_value = "reinstatement")]
    Reinstatement,
}

/// Points given or taken by hand: the source of its ledger entries. Never changed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "adjustments")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AdjustmentId,
    /// The store.
    pub store_id: StoreId,
    /// Whose points.
    pub customer_id: CustomerId,
    /// What was done.
    pub kind: AdjustmentKind,
    /// How many points; negative when taken.
    pub points: Points,
    /// Why, in words.
    pub reason: String,
    /// Who did it.
    pub actor: String,
    /// The adjustment that this one undid; an adjustment is undone once.
    pub reverses_id: Option<AdjustmentId>,
    /// The lot whose expired points this one gave again.
    pub lot_id: Option<LotId>,
    /// When.
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
