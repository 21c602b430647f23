use entity::integration::{self, CredentialsState};
use entity::{ReceivedHookId, received_hook};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use crate::app::App;
use crate::db::begin;
use crate::platform::{OrderListing, PlatformError};
use crate::service::order::{self, ImportedOrder};
use crate::service::points::Cause;

/// A hint that is to be followed.
#[derive(Debug, Clone)]
pub struct Hint {
    /// The hint.
    pub hook: received_hook::Model,
    /// Where its order is.
    pub integration: integration::Model,
}

/// A hint, unless it was followed already, or nobody wants to know any more.
pub async fn hint(app: &App, id: ReceivedHookId) -> Result<Option<Hint>, DbErr> {
    let hook = received_hook::Entity::find_by_id(id).one(&app.db).await?;
    let Some(hook) = hook.filter(|hook| hook.read_at.is_none()) else {
        return Ok(None);
    };
    let integration = integration::Entity::find_by_id(hook.integration_id)
        .one(&app.db)
        .await?;
    let integration = integration.filter(|known| known.active && known.register_sales);
    Ok(integration.map(|integration| Hint { hook, integration }))
}

/// Whether the order is here as the shop tells it.
pub async fn is_known(app: &App, hint: &Hint, listing: &OrderListing) -> Result<bool, DbErr> {
    let id = listing.external_id.clone();
    let known = order::known_fingerprints(&app.db, hint.integration.id, vec![id]).await?;
    Ok(known.get(&listing.external_id) == Some(&listing.fingerprint))
}

/// Saves the order as an import does, and notes that the hint was followed, in one transaction.
pub async fn save(app: &App, hint: &Hint, told: ImportedOrder) -> Result<(), DbErr> {
    let txn = begin(&app.db).await?;
    let cause = Cause::hook(hint.hook.id, app.clock.now());
    order::save_one(&txn, app, &hint.integration, &cause, told).await?;
    note(&txn, app, hint.hook.id).await?;
    txn.commit().await
}

/// Notes that a hint was followed, or leads nowhere.
pub async fn settle(app: &App, id: ReceivedHookId) -> Result<(), DbErr> {
    note(&app.db, app, id).await
}

async fn note(db: &impl ConnectionTrait, app: &App, id: ReceivedHookId) -> Result<(), DbErr> {
    received_hook::Entity::update_many()
        .col_expr(received_hook::Column::ReadAt, Expr::value(Some(app.clock.now())))
        .filter(received_hook::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Notes with the integration that the platform refuses its credentials, where that is what happened.
pub async fn note_refusal(app: &App, hint: &Hint, error: &PlatformError) -> Result<(), DbErr> {
    let state = match error {
        PlatformError::Unauthorized { .. } => CredentialsState::Refused,
        PlatformError::Expired { .. } => CredentialsState::Expired,
        PlatformError::Forbidden { .. } => CredentialsState::Forbidden,
        _ => return Ok(()),
    };
    let as_read = integration::Column::Id
        .eq(hint.integration.id)
        .and(integration::Column::Version.eq(hint.integration.version));
    integration::Entity::update_many()
        .col_expr(integration::Column::CredentialsState, Expr::value(state))
        .col_expr(
            integration::Column::CredentialsError,
            Expr::value(Some(error.to_string())),
        )
        .filter(as_read)
        .exec(&app.db)
        .await?;
    Ok(())
}
