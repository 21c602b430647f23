use entity::{IntegrationId, StoreId, hook_address, integration};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use super::address::shown_token;
use super::{AddressError, path_of, replace};
use crate::app::App;
use crate::db::begin;
use crate::domain::settings::{Problem, check_url};
use crate::service::audit::{self, Changes};
use crate::service::integration::{SessionError, session};

/// Why a platform does not send webhooks.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// There is no address that it could send to.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// That is not where the API is reached.
    #[error("some values cannot be used")]
    Invalid(Problem),
    /// The platform was asked, and does not.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Has the platform send webhooks to the integration's address behind this origin. One that has none is given one. Again
/// changes nothing.
pub async fn register(app: &App, store: StoreId, id: IntegrationId, origin: &str) -> Result<(), RegisterError> {
    let row = integration::Entity::in_store(store)
        .filter(integration::Column::Id.eq(id))
        .one(&app.db)
        .await?
        .ok_or(AddressError::NotFound)?;
    let origin = origin_of(origin).map_err(RegisterError::Invalid)?;
    let known = hook_address::Entity::find_by_id(id);
    let address = if let Some(address) = known.clone().one(&app.db).await? {
        address
    } else {
        replace(app, store, id).await?;
        known.one(&app.db).await?.ok_or(AddressError::NotFound)?
    };
    let url = format!("{origin}{}", path_of(app, &address));
    session(app, &row)?
        .register_hook(&url, &shown_token(app, &address))
        .await
        .map_err(SessionError::from)?;
    let txn = begin(&app.db).await?;
    // From now on what comes has to show the token, if the address is still the one that the platform took.
    let same = hook_address::Column::IntegrationId
        .eq(id)
        .and(hook_address::Column::Key.eq(address.key));
    hook_address::Entity::update_many()
        .col_expr(hook_address::Column::RegisteredAt, Expr::value(Some(app.clock.now())))
        .filter(same)
        .exec(&txn)
        .await?;
    let changes = Changes::none().field("origin", (), origin);
    audit::record(&txn, app, store, ("integration.registerHook", id), changes).await?;
    Ok(txn.commit().await?)
}

/// Scheme and host of an address without a path.
fn origin_of(text: &str) -> Result<String, Problem> {
    let url = check_url("origin", text)?;
    let origin = url.trim_end_matches('/').to_owned();
    if origin.matches('/').count() == 2 {
        return Ok(origin);
    }
    Err(Problem {
        field: "origin",
        code: "INVALID_URL",
        message: "only scheme and host of this API are wanted, for instance https://api.example.com.br".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::origin_of;

    #[test]
    fn an_origin_has_no_path() {
        assert_eq!(
            origin_of(" https://Api.Example.com.br/ ").as_deref(),
            Ok("https://api.example.com.br")
        );
        assert_eq!(
            origin_of("http://localhost:8080").as_deref(),
            Ok("http://localhost:8080")
        );
        for wrong in [
            "https://example.com/x",
            "https://example.com/?a=b",
            "ftp://example.com",
            "example.com",
            "",
        ] {
            assert!(origin_of(wrong).is_err(), "{wrong}");
        }
    }
}
