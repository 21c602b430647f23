use entity::{consent, integration};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use crate::app::App;
use crate::service::integration::session;

/// Asks the platform what its webhooks call the account that a consent opens, and notes it, unless it is known. An app
/// may not be allowed to ask: then it stays unknown, and is asked for when the tokens are renewed.
pub(crate) async fn learn_account(app: &App, integration: &integration::Model) -> Result<(), DbErr> {
    let known = consent::Entity::live()
        .filter(consent::Column::IntegrationId.eq(integration.id))
        .one(&app.db)
        .await?;
    let Some(row) = known.filter(|row| row.account.is_none()) else {
        return Ok(());
    };
    let asked =
        async { Ok::<_, crate::service::integration::SessionError>(session(app, integration)?.account().await?) };
    let told = match asked.await {
        Ok(told) => told,
        Err(error) => {
            tracing::info!(integration.id = %integration.id, %error, "the platform does not tell whose account a consent opens");
            None
        }
    };
    if told.is_none() {
        return Ok(());
    }
    // Another consent may have come meanwhile, for another account.
    let same = consent::Column::IntegrationId
        .eq(integration.id)
        .and(consent::Column::GivenAt.eq(row.given_at));
    consent::Entity::update_many()
        .col_expr(consent::Column::Account, Expr::value(told))
        .filter(same)
        .exec(&app.db)
        .await?;
    Ok(())
}
