//! Redemptions that a store's staff see to.

use sea_orm::entity::prelude::*;

use crate::{CustomerId, FulfilmentId, Instant, RedemptionId, StoreId};

/// Where it stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum FulfilmentState {
    /// For the staff.
    #[sea_orm(string_value = "waiting")]
    Waiting,
    /// The customer has what was redeemed.
    #[sea_orm(string_value = "fulfilled")]
    Fulfilled,
    /// The staff refused; the points are back.
    #[sea_orm(string_value = "refused")]
    Refused,
    /// The redemption was cancelled before.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

/// What is to be done for a redemption by hand: one for each.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fulfilments")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FulfilmentId,
    /// The store.
    pub store_id: StoreId,
    /// The redemption.
    pub redemption_id: RedemptionId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Where it stands.
    pub state: FulfilmentState,
    /// What the customer is told: how to get it, or why not.
    pub note: Option<String>,
    /// Who dealt with it.
    pub actor: Option<String>,
    /// Since when it waits.
    pub requested_at: Instant,
    /// When it was dealt with.
    pub done_at: Option<Instant>,
    /// Raised by every change.
    pub version: i64,
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
