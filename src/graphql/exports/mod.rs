//! Lists as they are exported: the same as those of connections, with the same `where` and `orderBy`, and the columns
//! that their files have.
//!
//! A list joins by [`Exported`] and its columns, a value of `ExportList`, and a mutation of a few lines. Workers reach
//! the lists through the app; who may ask for an export is checked where it is started.

mod access;
mod activity;
mod column;
mod imports;
mod ledger;
mod offers;
mod rows;
mod runs;
mod sales;
mod webhooks;

pub(super) use column::{Column, names};
pub(super) use ledger::{StoreEntries, StoreLots};
pub use rows::Lists;
pub(super) use runs::{ExportRunFilter, ExportRuns};
#[cfg(test)]
use sales::OrderColumn;

use async_graphql::InputType;
use entity::export_run::ExportList;
use entity::{Instant, StoreId};
use sea_orm::{DatabaseTransaction, DbErr};

use super::connection::{List, RowOf};
use super::filter::Where;
use crate::access::Permission;

/// A list that can be exported.
pub(super) trait Exported: List {
    /// What it is called.
    const LIST: ExportList;
    /// Which rows.
    type Filter: Where<Scope: Scope> + InputType + Default;
    /// In which order.
    type Sort: InputType + Default;
    /// A row, with whatever its columns need beside it.
    type Row: Send;
    /// What its rows have.
    type Column: Column<Self::Row>;

    /// The list of a store, or of what an id of the store's names; none where that id can be none.
    fn exported(store: StoreId, of: Option<&str>, filter: Self::Filter, sort: Self::Sort) -> Option<Self>;

    /// Reads what columns need beside the rows.
    fn complete(
        db: &DatabaseTransaction,
        rows: Vec<RowOf<Self>>,
        columns: &[Self::Column],
        now: Instant,
    ) -> impl Future<Output = Result<Vec<Self::Row>, DbErr>> + Send;
}

/// What ids in a filter are looked up in.
pub(super) trait Scope: Copy {
    fn of(store: StoreId) -> Self;
}

impl Scope for StoreId {
    fn of(store: StoreId) -> Self {
        store
    }
}

impl Scope for () {
    fn of(_: StoreId) -> Self {}
}

/// The permission that a list needs, and so what was exported of it.
pub(super) fn permission(list: ExportList) -> Permission {
    match list {
        ExportList::Orders => Permission::ReadOrders,
        ExportList::Customers | ExportList::LedgerEntries | ExportList::PointLots => Permission::ReadCustomers,
        ExportList::Rewards => Permission::ReadStore,
        ExportList::Redemptions | ExportList::Coupons => Permission::ReadCoupons,
        ExportList::Integrations
        | ExportList::ImportRuns
        | ExportList::ImportRejects
        | ExportList::Webhooks
        | ExportList::WebhookDeliveries
        | ExportList::Jobs => Permission::ReadIntegrations,
        ExportList::Members | ExportList::Invitations | ExportList::ApiTokens => Permission::ReadAccess,
        ExportList::AuditLog => Permission::ReadAudit,
    }
}

/// An input as it is kept.
pub(super) fn kept(input: &impl InputType) -> serde_json::Value {
    input.to_value().into_json().unwrap_or_default()
}
