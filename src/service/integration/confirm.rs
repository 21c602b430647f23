use entity::integration::{self, CredentialsState};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::{SessionError, session, statuses};
use crate::app::App;
use crate::db::begin;
use crate::platform::{Kind, PlatformError, Shop};
use crate::service::consent::BackError;
use crate::service::hook;

/// Tries what a new consent opens, and reads the statuses and which account it is. What the merchant must mend is noted
/// with the integration; a platform that is down for a moment leaves the statuses to be read later.
pub(crate) async fn confirm(app: &App, integration: &integration::Model) -> Result<(), BackError> {
    let asked = async {
        let shop = session(app, integration)?;
        shop.check().await?;
        let catalogue = shop.statuses().await?;
        Ok::<_, SessionError>((catalogue, shop.shops().await?))
    };
    let (catalogue, shops) = match asked.await {
        Ok(told) => told,
        Err(SessionError::Platform(error)) if error.is_transient() => {
            tracing::warn!(integration.id = %integration.id, %error, "the statuses could not be read after a consent");
            (Vec::new(), Vec::new())
        }
        Err(SessionError::Platform(error)) => {
            note(app, integration, &error).await?;
            return Err(BackError::Insufficient(error));
        }
        Err(error) => return Err(DbErr::Custom(error.to_string()).into()),
    };
    let txn = begin(&app.db).await?;
    statuses::keep(&txn, integration.id, catalogue).await?;
    keep_account(&txn, integration, &shops).await?;
    if let Ok(kind) = integration.platform.parse::<Kind>() {
        hook::ensure(&txn, app, kind, integration.store_id, integration.id).await?;
    }
    Ok(txn.commit().await?)
}

/// Notes which account was consented to, where the account itself is the shop: webhooks are known by it. Another consent
/// may be another account's.
async fn keep_account(
    db: &impl ConnectionTrait,
    integration: &integration::Model,
    shops: &[Shop],
) -> Result<(), DbErr> {
    let [only] = shops else { return Ok(()) };
    if integration.shop_id.as_deref() == Some(&only.external_id) {
        return Ok(());
    }
    integration::Entity::update_many()
        .col_expr(integration::Column::ShopId, Expr::value(Some(only.external_id.clone())))
        .filter(integration::Column::Id.eq(integration.id))
        .exec(db)
        .await?;
    Ok(())
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
