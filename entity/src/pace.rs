//! The pace at which platform accounts are called.

use sea_orm::entity::prelude::*;

/// One platform account's place in time, shared by all processes.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "paces")]
pub struct Model {
    /// Hash that stands for the account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account: String,
    /// Theoretical arrival time of the next request (GCRA), in Unix milliseconds.
    pub tat_ms: i64,
    /// Nobody sends before this, in Unix milliseconds.
    pub blocked_until_ms: i64,
    /// A request is under way until it is released, at the latest until this, in Unix milliseconds.
    pub busy_until_ms: i64,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
