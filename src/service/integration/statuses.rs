use entity::order_status::{self, StatusClass};
use entity::{IntegrationId, integration};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DbErr, IntoActiveModel};

use super::{SessionError, session};
use crate::app::App;
use crate::db::begin;
use crate::platform::{self, OrderStatus};
use crate::service::audit::{self, Changes};
use crate::service::rows;

/// Why statuses cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The shop cannot be asked.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Reads the shop's statuses anew and keeps them.
pub async fn refresh_statuses(app: &App, integration: &integration::Model) -> Result<(), RefreshError> {
    let statuses = session(app, integration)?
        .statuses()
        .await
        .map_err(SessionError::from)?;
    let txn = begin(&app.db).await?;
    keep(&txn, integration.id, statuses).await?;
    let done = ("integration.refreshStatuses", integration.id);
    audit::record(&txn, app, integration.store_id, done, Changes::none()).await?;
    txn.commit().await?;
    Ok(())
}

/// Writes a catalogue. Statuses that the shop no longer lists stay: orders may still carry them.
pub(super) async fn keep(
    db: &impl ConnectionTrait,
    integration: IntegrationId,
    statuses: Vec<OrderStatus>,
) -> Result<(), DbErr> {
    let rows = statuses.into_iter().zip(1..).map(|(status, position)| {
        order_status::Model {
            integration_id: integration,
            code: status.code,
            name: status.name,
            class: class(status.class),
            position,
        }
        .into_active_model()
    });
    let update = OnConflict::columns([order_status::Column::IntegrationId, order_status::Column::Code])
        .update_columns([
            order_status::Column::Name,
            order_status::Column::Class,
            order_status::Column::Position,
        ])
        .to_owned();
    rows::insert(db, rows.collect(), Some(update)).await
}

/// A platform's class as the tables hold it.
pub fn class(class: platform::StatusClass) -> StatusClass {
    match class {
        platform::StatusClass::Pending => StatusClass::Pending,
        platform::StatusClass::Earning => StatusClass::Earning,
        platform::StatusClass::Delivered => StatusClass::Delivered,
        platform::StatusClass::Hold => StatusClass::Hold,
        platform::StatusClass::Revoking => StatusClass::Revoking,
        platform::StatusClass::Unknown => StatusClass::Unknown,
    }
}
