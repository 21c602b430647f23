//! Codes that customers are sent by e-mail, to redeem with at a till.

use sea_orm::entity::prelude::*;

use crate::{CustomerId, Instant, RedemptionCodeId, StoreId};

/// A customer's code. Its digits are worked out from the id and the installation's key; no row holds them. A row goes with
/// the redemption that uses it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "redemption_codes")]
pub struct Model {
    /// Whose; a customer has one at a time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// The store.
    pub store_id: StoreId,
    /// Id: another one for each code.
    pub id: RedemptionCodeId,
    /// How often it was tried, in vain.
    pub tries: i32,
    /// When it was asked for.
    pub created_at: Instant,
    /// Refused from here on.
    pub expires_at: Instant,
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
