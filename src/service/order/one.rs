use entity::integration;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, QueryFilter};

use super::apply::{ImportedOrder, apply};
use super::register::note_lag;
use super::source::Source;
use crate::app::App;
use crate::service::import::hold_store;
use crate::service::points::Cause;

/// Saves one order that a shop was asked for, as a page of an import would, inside its caller's transaction. What it
/// is judged by is read once the store is held: settings may have changed while the shop was asked.
pub async fn save_one(
    txn: &DatabaseTransaction,
    app: &App,
    integration: &integration::Model,
    cause: &Cause,
    told: ImportedOrder,
) -> Result<(), DbErr> {
    hold_store(txn, integration.store_id).await?;
    let now = integration::Entity::in_store(integration.store_id)
        .filter(integration::Column::Id.eq(integration.id))
        .one(txn)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(integration.id.to_string()))?;
    let source = Source::load(txn, now).await?;
    let applied = apply(txn, app, &source, cause, &[told]).await?;
    match applied.lag_seconds {
        Some(seconds) => note_lag(txn, integration.id, seconds).await,
        None => Ok(()),
    }
}
