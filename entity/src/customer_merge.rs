//! Merges: two customers who turned out to be one.

use sea_orm::entity::prelude::*;

use crate::{CustomerId, CustomerMergeId, Instant, Points, StoreId};

/// A merge, done or undone: the source of the entries that move points.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_merges")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CustomerMergeId,
    /// The store.
    pub store_id: StoreId,
    /// Who is read as the other since.
    pub from_id: CustomerId,
    /// Who stays.
    pub into_id: CustomerId,
    /// Debt that moved along.
    pub debt: Points,
    /// Why, in words.
    pub reason: String,
    /// Who did it.
    pub actor: String,
    /// When.
    pub created_at: Instant,
    /// When it was undone.
    pub undone_at: Option<Instant>,
    /// Who undid it.
    pub undone_by: Option<String>,
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
