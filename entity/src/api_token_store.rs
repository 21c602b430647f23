//! The stores that API tokens open.

use sea_orm::entity::prelude::*;

use crate::{ApiTokenId, StoreId};

/// A store that a token opens.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_token_stores")]
pub struct Model {
    /// The token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_id: ApiTokenId,
    /// The store.
    #[sea_orm(primary_key, auto_increment = false)]
    pub store_id: StoreId,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
