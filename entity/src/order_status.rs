//! The order statuses of an integration's shop.

use sea_orm::entity::prelude::*;

use crate::IntegrationId;

/// What a status means for points.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum StatusClass {
    /// Nothing is given, nothing taken.
    #[sea_orm(string_value = "pending")]
    Pending,
    /// Paid or further: suggested for awarding.
    #[sea_orm(string_value = "earning")]
    Earning,
    /// The safest to award on.
    #[sea_orm(string_value = "delivered")]
    Delivered,
    /// Unclear: points stay, none are added.
    #[sea_orm(string_value = "hold")]
    Hold,
    /// Points are taken back.
    #[sea_orm(string_value = "revoking")]
    Revoking,
    /// In no table: changes nothing.
    #[sea_orm(string_value = "unknown")]
    Unknown,
}

crate::sparse::unread! { StatusClass = Self::Unknown }

/// A status of the platform's catalogue, as last read.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_statuses")]
pub struct Model {
    /// The integration.
    #[sea_orm(primary_key, auto_increment = false)]
    pub integration_id: IntegrationId,
    /// Its code on the platform.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// Its name as the merchant knows it.
    pub name: String,
    /// What it means for points.
    pub class: StatusClass,
    /// Its place in the platform's list.
    pub position: i32,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
