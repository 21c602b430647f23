//! Lines of sales.

use sea_orm::entity::prelude::*;

use crate::{Cents, OrderId};

/// What was sold, line by line.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_lines")]
pub struct Model {
    /// The sale.
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: OrderId,
    /// Its place, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// The SKU.
    pub sku: Option<String>,
    /// What the customer saw.
    pub name: String,
    /// How many, in thousandths.
    pub quantity_milli: i64,
    /// Price of one, before discounts.
    pub unit_cents: Cents,
    /// The line's total after discounts.
    pub total_cents: Cents,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
