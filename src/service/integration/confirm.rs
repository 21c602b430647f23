use entity::integration::{self, CredentialsState};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::{SessionError, session, statuses};
use crate::app::App;
use crate::db::begin;
use crate::platform::{Kind, PlatformError};
use crate::service::consent::{BackError, learn_account};
use crate::service::hook;

/// Tries what a new consent opens, and reads the statuses and which account it is. What the merchant must mend is noted
/// with the integration; a platform that is down for a moment leaves the statuses to be read later.
pub(crate) async fn confirm(app: &App, integration: &integration::Model) -> Result<(), BackError> {
    let asked = async {
        let shop = session(app, integration)?;
        shop.check().await?;
        Ok::<_, SessionError>(shop.statuses().await?)
    };
    let catalogue = match asked.await {
        Ok(catalogue) => catalogue,
        Err(SessionError::Platform(error)) if error.is_transient() => {
            tracing::warn!(integration.id = %integration.id, %error, "the statuses could not be read after a consent");
            Vec::new()
        }
        Err(SessionError::Platform(error)) => {
            note(app, integration, &error).await?;
            return Err(BackError::Insufficient(error));
        }
        Err(error) => return Err(DbErr::Custom(error.to_string()).into()),
    };
    learn_account(app, integration).await?;
    let txn = begin(&app.db).await?;
    statuses::keep(&txn, integration.id, catalogue).await?;
    if let Ok(kind) = integration.platform.parse::<Kind>() {
        hook::ensure(&txn, app, kind, integration.store_id, integration.id).await?;
    }
    Ok(txn.commit().await?)
}

async fn note(app: &App, integration: &integration::Model, error: &PlatformError) -> Result<(), DbErr> {
    let state = match error {
        PlatformError::Forbidden { .. } => CredentialsState::Forbidden,
        PlatformError::ConsentNeeded { .. } => CredentialsState::AwaitingConsent,
        _ => CredentialsState::Refused,
    };
    integration::Entity::update_many()
        .col_expr(integration::Column::CredentialsState, Expr::value(state))
        .col_expr(
            integration::Column::CredentialsError,
            Expr::value(Some(error.to_string())),
        )
        .filter(integration::Column::Id.eq(integration.id))
        .exec(&app.db)
        .await?;
    Ok(())
}
