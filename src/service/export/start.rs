use entity::export_run::{self, ExportFormat, ExportList, ExportState};
use entity::{ExportRunId, StoreId, store};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveEnum, ActiveModelTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect,
};
use serde_json::{Value, json};

use super::open;
use crate::app::App;
use crate::db::begin;
use crate::queue::{Enqueue, RunExport, Whose, enqueue};
use crate::service::audit::{self, Changes};
use crate::service::idempotency::{self, Claim, Key, KeyError};

/// Most exports of a store that are under way at once.
pub const MOST: u64 = 3;

/// What is to be exported.
#[derive(Debug, Clone)]
pub struct NewExport {
    /// Of which store.
    pub store: StoreId,
    /// Which list.
    pub list: ExportList,
    /// The global id of what the list belongs to, where that is not the store.
    pub of: Option<String>,
    /// What the file looks like.
    pub format: ExportFormat,
    /// Which rows, as the API was asked.
    pub filter: Value,
    /// In which order, by the API's name of it.
    pub sort: String,
    /// Which columns, in their order.
    pub columns: Vec<String>,
    /// Who asks.
    pub actor: String,
}

/// Why an export cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No columns at all, or one twice.
    #[error("name each column once, and at least one; leave 'columns' out for all")]
    Columns,
    /// Many are under way.
    #[error("{MOST} exports of the store are under way; wait until one has ended, or cancel one with cancelExport")]
    TooMany,
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Starts an export. Who may see the list, the caller has made sure.
pub async fn start(app: &App, new: NewExport, key: Key) -> Result<ExportRunId, StartError> {
    let once: std::collections::BTreeSet<&String> = new.columns.iter().collect();
    if new.columns.is_empty() || once.len() < new.columns.len() {
        return Err(StartError::Columns);
    }
    let txn = begin(&app.db).await?;
    let id: ExportRunId = app.id();
    if let Claim::Done(id) = idempotency::claim(&txn, app, &key, id.0).await? {
        return Ok(ExportRunId(id));
    }
    // Held, so that two who start at once count each other.
    store::Entity::find_by_id(new.store)
        .lock(LockType::NoKeyUpdate)
        .one(&txn)
        .await?;
    let under_way = export_run::Entity::in_store(new.store).filter(open());
    if under_way.count(&txn).await? >= MOST {
        return Err(StartError::TooMany);
    }
    let told = Changes::none()
        .field("list", Value::Null, new.list.to_value())
        .field("format", Value::Null, new.format.to_value())
        .field("columns", Value::Null, json!(new.columns));
    let store = new.store;
    row(app, id, new).into_active_model().insert(&txn).await?;
    let job = Enqueue::now(app, Whose::of(store, id), RunExport { run: id }, id.to_string());
    enqueue(&txn, app, job).await?;
    audit::record(&txn, app, store, ("export.start", id), told).await?;
    txn.commit().await?;
    Ok(id)
}

fn row(app: &App, id: ExportRunId, new: NewExport) -> export_run::Model {
    export_run::Model {
        id,
        store_id: new.store,
        list: new.list,
        of_id: new.of,
        format: new.format,
        filter: new.filter,
        sort: new.sort,
        columns: json!(new.columns),
        state: ExportState::Queued,
        done: 0,
        total: None,
        bytes: 0,
        packed_bytes: 0,
        checksum: 0,
        parts: 0,
        actor: new.actor,
        lease_until: None,
        lease_holder: None,
        cancel_requested_at: None,
        error_message: None,
        created_at: app.clock.now(),
        started_at: None,
        finished_at: None,
        expires_at: None,
    }
}
