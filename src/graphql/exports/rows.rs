//! Reading the rows of a run, page by page, along the same keys as those of a connection.

use async_graphql::{InputType, Value};
use async_trait::async_trait;
use entity::Instant;
use entity::export_run::{self, ExportList};
use sea_orm::{DatabaseTransaction, DbErr};

use super::column::named;
use super::{Column, Exported, Scope, StoreEntries, StoreLots};
use crate::app::{self, Rows};
use crate::graphql::access_lists::{Invitations, Members, Tokens};
use crate::graphql::audit_lists::Audited;
use crate::graphql::connection::List;
use crate::graphql::filter::checked;
use crate::graphql::job_lists::Jobs;
use crate::graphql::lists::{Coupons, Customers, Integrations, Orders, Redemptions, Rewards};
use crate::graphql::page_loader::{count, rows_after};
use crate::graphql::run_lists::{ImportRejects, ImportRuns};
use crate::graphql::webhook_lists::{Deliveries, Webhooks};

/// Rows that are read at once.
const TOGETHER: u64 = 1000;

/// The lists that can be exported, for workers.
pub struct Lists;

impl app::Lists for Lists {
    fn open(&self, run: &export_run::Model, now: Instant) -> Result<Box<dyn Rows>, String> {
        match run.list {
            ExportList::Orders => open::<Orders>(run, now),
            ExportList::Customers => open::<Customers>(run, now),
            ExportList::Rewards => open::<Rewards>(run, now),
            ExportList::Redemptions => open::<Redemptions>(run, now),
            ExportList::Coupons => open::<Coupons>(run, now),
            ExportList::LedgerEntries => open::<StoreEntries>(run, now),
            ExportList::PointLots => open::<StoreLots>(run, now),
            ExportList::ImportRejects => open::<ImportRejects>(run, now),
            ExportList::Integrations => open::<Integrations>(run, now),
            ExportList::ImportRuns => open::<ImportRuns>(run, now),
            ExportList::Webhooks => open::<Webhooks>(run, now),
            ExportList::WebhookDeliveries => open::<Deliveries>(run, now),
            ExportList::Jobs => open::<Jobs>(run, now),
            ExportList::Members => open::<Members>(run, now),
            ExportList::Invitations => open::<Invitations>(run, now),
            ExportList::ApiTokens => open::<Tokens>(run, now),
            ExportList::AuditLog => open::<Audited>(run, now),
        }
    }
}

fn open<L: Exported>(run: &export_run::Model, now: Instant) -> Result<Box<dyn Rows>, String> {
    let unknown = || "the export asks for what this version does not know any more; start another".to_owned();
    let filter = read::<L::Filter>(&run.filter).ok_or_else(unknown)?;
    let filter = checked(Some(filter), Scope::of(run.store_id)).map_err(|error| error.message)?;
    let sort = read::<L::Sort>(&run.sort.clone().into()).ok_or_else(unknown)?;
    let names: Vec<String> = serde_json::from_value(run.columns.clone()).unwrap_or_default();
    let list = L::exported(run.store_id, run.of_id.as_deref(), filter, sort);
    Ok(Box::new(Reading {
        list: list.ok_or_else(unknown)?,
        columns: named::<L::Column>(&names).ok_or_else(unknown)?,
        after: None,
        now,
    }))
}

/// An input that was kept.
fn read<T: InputType>(kept: &serde_json::Value) -> Option<T> {
    T::parse(Some(Value::from_json(kept.clone()).ok()?)).ok()
}

/// A list that is being read.
struct Reading<L: Exported> {
    list: L,
    columns: Vec<L::Column>,
    /// The place of the last row that was read.
    after: Option<L::Key>,
    now: Instant,
}

#[async_trait]
impl<L: Exported> Rows for Reading<L> {
    async fn count(&self, db: &DatabaseTransaction) -> Result<i64, DbErr> {
        count(db, &self.list).await
    }

    async fn next(&mut self, db: &DatabaseTransaction) -> Result<Vec<Vec<serde_json::Value>>, DbErr> {
        let rows = rows_after(db, &self.list, self.after.clone(), TOGETHER).await?;
        if let Some(last) = rows.last() {
            self.after = Some(List::key(&self.list, last));
        }
        let rows = L::complete(db, rows, &self.columns, self.now).await?;
        let values = |row: &L::Row| self.columns.iter().map(|column| column.value(row)).collect();
        Ok(rows.iter().map(values).collect())
    }
}
