//! Lots: points that came in together.

use sea_orm::entity::prelude::*;

use crate::{CustomerId, EntryId, Instant, LotId, OrderId, Points, StoreId};

/// Points that came in together, become available together and expire together.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "point_lots")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LotId,
    /// The store.
    pub store_id: StoreId,
    /// Whose points.
    pub customer_id: CustomerId,
    /// The entry that made it.
    pub entry_id: EntryId,
    /// The sale that it came from.
    pub order_id: Option<OrderId>,
    /// The lot that had these points first, where they were spent and came back: never itself one that
    /// continues another.
    pub continues_lot_id: Option<LotId>,
    /// How many came in.
    pub points: Points,
    /// How many are left: `points` less what allocations took.
    pub remaining: Points,
    /// Spendable from here on.
    pub available_at: Instant,
    /// No longer spendable from here on.
    pub expires_at: Option<Instant>,
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
    /// Those that still have points. The condition is written out: a bound value would keep either database from
    /// using the index of just these rows.
    pub fn unspent() -> Select<Self> {
        Self::find().filter(Expr::cust("remaining > 0"))
    }
    /// Those that still have points and run out some day. Written out like the index of just these rows.
    pub fn expiring() -> Select<Self> {
        Self::find().filter(Expr::cust("remaining > 0 AND expires_at IS NOT NULL"))
    }
}
