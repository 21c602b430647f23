//! Who works in which store.

use sea_orm::entity::prelude::*;

use crate::{Instant, StoreId, UserId};

/// What a member of a store may do.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Role {
    /// Everything, members and credentials included.
    #[sea_orm(string_value = "owner")]
    Owner,
    /// Settings, rewards and points.
    #[sea_orm(string_value = "manager")]
    Manager,
    /// Looks customers up and redeems at the counter.
    #[sea_orm(string_value = "attendant")]
    Attendant,
    /// Reads.
    #[sea_orm(string_value = "analyst")]
    Analyst,
}

/// A user's role in a store.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "memberships")]
pub struct Model {
    /// The store.
    #[sea_orm(primary_key, auto_increment = false)]
    pub store_id: StoreId,
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// What the user may do there.
    pub role: Role,
    /// Since when.
    pub created_at: Instant,
    /// Raised by every change, for optimistic concurrency.
    pub version: i64,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
