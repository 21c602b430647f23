//! Which run last saw each sale in its shop's list: what a run did not see is asked for by itself.

use sea_orm::entity::prelude::*;

use crate::{ImportRunId, OrderId};

/// The run that last saw a sale in the list.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_sightings")]
pub struct Model {
    /// The sale.
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: OrderId,
    /// The run.
    pub import_run_id: ImportRunId,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
