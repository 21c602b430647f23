//! Customers.

use macros::Sparse;
use sea_orm::entity::prelude::*;

use crate::{CustomerId, Instant, Points, StoreId};

/// A shop's customer, taking part in the programme of one store.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Sparse)]
#[sea_orm(table_name = "customers")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CustomerId,
    /// The store.
    pub store_id: StoreId,
    /// Full name.
    pub name: Option<String>,
    /// The name without case and accents, by which customers are sorted and found; empty without a name.
    pub name_key: String,
    /// E-mail, normalised.
    pub email: Option<String>,
    /// CPF (11 digits) or CNPJ (14 characters), normalised. Unique in the store.
    pub document: Option<String>,
    /// A document was given that is neither a CPF nor a CNPJ.
    pub document_invalid: bool,
    /// Phone, digits only.
    pub phone: Option<String>,
    /// Birth date.
    pub birth_date: Option<Date>,
    /// When the customer signed up in the shop.
    pub signed_up_at: Option<Instant>,
    /// The platform's newsletter flag; not consent.
    pub newsletter: Option<bool>,
    /// Points in lots: available and pending. Equal to the sum of the entries' `balance_delta`.
    pub points_balance: Points,
    /// Points held for redemptions under way.
    pub points_reserved: Points,
    /// Points owed: taken back after they were spent.
    pub points_debt: Points,
    /// The customer who this one turned out to be. Whoever asks for this one means that one; what is this one's
    /// own, sales and platform records, stays so that the merge can be undone.
    pub merged_into_id: Option<CustomerId>,
    /// When the customer was first seen.
    pub created_at: Instant,
    /// When the record last changed.
    pub updated_at: Instant,
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
