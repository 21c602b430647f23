//! What the connection of those lists who were merged into a customer. Their own types are another's: whoever looks
//! one of them up finds the customer who stayed.

use async_graphql::{ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{CustomerId, customer};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use super::connection::List;
use super::filter::{IdFilter, Wanted, Where, condition};
use super::list_filters::parts;
use super::sort::MergedCustomerSort;
use crate::graphql::in_place::{Plain, Way};

/// Which of those who were merged into a customer.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct MergedCustomerFilter {
    /// By id.
    id: Option<IdFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<MergedCustomerFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<MergedCustomerFilter>>,
}

impl Where for MergedCustomerFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<CustomerId>(customer::Column::Id, self.id.as_ref());
    }
}

/// Somebody who was merged into a customer, as known before.
#[derive(SimpleObject)]
pub(super) struct MergedCustomer {
    /// Opaque and global: names the customer who is to be separated again. As a node it is the customer who stayed.
    id: ID,
    /// Full name.
    name: Option<String>,
    /// E-mail address, lower-case.
    email: Option<String>,
    /// CPF or CNPJ.
    document: Option<String>,
    /// When this one was first seen here.
    created_at: DateTime<Utc>,
}

impl Plain for MergedCustomer {
    fn way(_: &str) -> Way<Self> {
        Way::AtHand
    }
}

impl From<customer::Model> for MergedCustomer {
    fn from(row: customer::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            name: row.name,
            email: row.email,
            document: row.document,
            created_at: row.created_at,
        }
    }
}

/// Those who were merged into a customer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct MergedCustomers(
    pub(super) CustomerId,
    pub(super) MergedCustomerFilter,
    pub(super) MergedCustomerSort,
);

impl List for MergedCustomers {
    type Entity = customer::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<customer::Entity> {
        customer::Entity::find()
            .filter(customer::Column::MergedIntoId.eq(self.0))
            .filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<customer::Column> {
        vec![customer::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2.descends()
    }

    fn key(&self, row: &customer::Model) -> Uuid {
        row.id.0
    }
}
