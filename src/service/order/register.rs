//! Sales that an ERP or a till pushes in.

use entity::{IntegrationId, OrderId, Points, SaleBatchId, StoreId, integration, sale_batch};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter,
};
use serde::{Deserialize, Serialize};

use super::apply::{Change, ImportedOrder, apply};
use super::sale::{PushedSale, SaleProblem};
use super::source::Source;
use crate::app::App;
use crate::db::begin;
use crate::platform::Kind;
use crate::service::audit::{self, Changes};
use crate::service::idempotency::{self, Claim, Key, KeyError};
use crate::service::import::hold_store;
use crate::service::points::Cause;

/// The most sales of one request.
pub const MAX_SALES: usize = 100;

/// Sales to be registered.
#[derive(Debug, Clone)]
pub struct RegisterRequest {
    /// The store.
    pub store: StoreId,
    /// The source.
    pub integration: IntegrationId,
    /// The sales.
    pub sales: Vec<PushedSale>,
    /// Who pushes them.
    pub actor: String,
    /// The request's id.
    pub request_id: Option<String>,
}

/// What became of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was not known before.
    Created,
    /// It told something new of a sale that was known.
    Updated,
    /// It told nothing new.
    Unchanged,
    /// It cannot be used.
    Rejected,
}

impl From<Change> for Outcome {
    fn from(change: Change) -> Self {
        match change {
            Change::Created => Self::Created,
            Change::Updated => Self::Updated,
            Change::Unchanged => Self::Unchanged,
        }
    }
}

/// What became of a sale, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleResult {
    /// Its key in the source, as it was sent.
    pub external_id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The sale; none for one that was rejected.
    pub order: Option<OrderId>,
    /// The points that it gives after the request.
    pub points: Points,
    /// Why it was rejected.
    pub problems: Vec<SaleProblem>,
}

/// Why sales cannot be registered at all.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// There is no such integration in the store.
    #[error("there is no such integration")]
    NotFound,
    /// The integration is with a shop.
    #[error("this integration reads its sales from a shop; connect a source of the platform SALES_API and use that")]
    NotASource,
    /// The integration is off.
    #[error("the integration is not active, or its sales are not registered; activate it first")]
    NotActive,
    /// There are none, or too many.
    #[error("send 1 to {MAX_SALES} sales at once; there are {0}")]
    Count(usize),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Registers sales, in one transaction with a number of statements that does not grow with them. A sale that
/// cannot be used is rejected with its reasons and stops no other. The answer is stored with the effect: the
/// same key again gives it again.
pub async fn register(app: &App, request: RegisterRequest, key: Key) -> Result<Vec<SaleResult>, RegisterError> {
    if !(1..=MAX_SALES).contains(&request.sales.len()) {
        return Err(RegisterError::Count(request.sales.len()));
    }
    let txn = begin(&app.db).await?;
    let id: SaleBatchId = app.id();
    if let Claim::Done(id) = idempotency::claim(&txn, app, &key, id.0).await? {
        return Ok(answered(&txn, SaleBatchId(id)).await?);
    }
    hold_store(&txn, request.store).await?;
    let source = source(&txn, request.store, request.integration).await?;
    let cause = Cause {
        actor: request.actor,
        request_id: request.request_id,
        at: app.clock.now(),
    };
    let (results, lag_seconds) = write(&txn, app, &source, &cause, &request.sales).await?;
    if let Some(seconds) = lag_seconds {
        note_lag(&txn, source.integration.id, seconds).await?;
    }
    keep(&txn, app, &source, cause, (id, &results)).await?;
    txn.commit().await?;
    Ok(results)
}

/// Keeps the answer, which the same key gets again, and notes who asked.
pub(super) async fn keep(
    txn: &DatabaseTransaction,
    app: &App,
    source: &Source,
    cause: Cause,
    (id, results): (SaleBatchId, &[SaleResult]),
) -> Result<(), DbErr> {
    let batch = sale_batch::Model {
        id,
        store_id: source.store.id,
        integration_id: source.integration.id,
        results: serde_json::to_value(results).map_err(|error| DbErr::Json(error.to_string()))?,
        actor: cause.actor,
        request_id: cause.request_id,
        created_at: cause.at,
    };
    batch.into_active_model().insert(txn).await?;
    let changes = Changes::none().field("sales", (), results.len());
    audit::record(txn, app, source.store.id, ("sales.register", id), changes).await
}

/// The store of a source, wherever it is; who may use it, the caller finds out.
pub async fn store_of_source(app: &App, integration: IntegrationId) -> Result<Option<StoreId>, DbErr> {
    let row = integration::Entity::find_by_id(integration).one(&app.db).await?;
    Ok(row.map(|row| row.store_id))
}

/// The answer that was kept.
pub(super) async fn answered(db: &impl ConnectionTrait, id: SaleBatchId) -> Result<Vec<SaleResult>, DbErr> {
    let batch = sale_batch::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(id.to_string()))?;
    serde_json::from_value(batch.results).map_err(|error| DbErr::Json(error.to_string()))
}

pub(super) async fn source(
    db: &impl ConnectionTrait,
    store: StoreId,
    integration: IntegrationId,
) -> Result<Source, RegisterError> {
    let row = pushed_source(db, store, integration).await?;
    Ok(Source::load(db, row).await?)
}

/// A store's source of pushed sales that is on.
pub(crate) async fn pushed_source(
    db: &impl ConnectionTrait,
    store: StoreId,
    integration: IntegrationId,
) -> Result<integration::Model, RegisterError> {
    let row = integration::Entity::in_store(store)
        .filter(integration::Column::Id.eq(integration))
        .one(db)
        .await?
        .ok_or(RegisterError::NotFound)?;
    if !row.platform.parse().is_ok_and(Kind::is_pushed) {
        return Err(RegisterError::NotASource);
    }
    if !row.active || !row.register_sales {
        return Err(RegisterError::NotActive);
    }
    Ok(row)
}

/// Writes sales, whoever brings them, with a number of statements that does not grow with them: what became of
/// each, and how long the newest of the new ones had been made. The caller holds the store.
pub(super) async fn write(
    txn: &DatabaseTransaction,
    app: &App,
    source: &Source,
    cause: &Cause,
    sales: &[PushedSale],
) -> Result<(Vec<SaleResult>, Option<i64>), DbErr> {
    let judged = sales.iter().map(|sale| sale.problems(&source.store.currency, cause.at));
    let judged: Vec<Vec<SaleProblem>> = judged.collect();
    let good = sales.iter().zip(&judged).filter(|(_, problems)| problems.is_empty());
    let snapshots: Vec<ImportedOrder> = good.map(|(sale, _)| sale.snapshot()).collect();
    let applied = apply(txn, app, source, cause, &snapshots).await?;
    let mut told = applied.told.iter();
    let results = sales.iter().zip(judged).map(|(sale, problems)| {
        let used = problems.is_empty().then(|| told.next()).flatten();
        let (outcome, order) = match used {
            None => (Outcome::Rejected, None),
            Some((order, change)) => (Outcome::from(*change), Some(*order)),
        };
        SaleResult {
            external_id: sale.external_id.clone(),
            outcome,
            order,
            points: order
                .and_then(|order| applied.points.get(&order))
                .copied()
                .unwrap_or_default(),
            problems,
        }
    });
    Ok((results.collect(), applied.lag_seconds))
}

/// How long the newest sale had been made when it came.
pub(super) async fn note_lag(db: &impl ConnectionTrait, integration: IntegrationId, seconds: i64) -> Result<(), DbErr> {
    integration::Entity::update_many()
        .col_expr(integration::Column::OrderLagSeconds, Expr::value(Some(seconds)))
        .filter(integration::Column::Id.eq(integration))
        .exec(db)
        .await?;
    Ok(())
}
