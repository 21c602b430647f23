use entity::{IntegrationId, StoreId, consent_request, integration};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};
use url::Url;

use super::ask::{AppError, PREFIX, app_of, callback_url};
use super::keep::{self, Sealed};
use crate::access::{Permission, standing};
use crate::app::{App, Author};
use crate::db::begin;
use crate::platform::PlatformError;
use crate::platform::consent::Grant;
use crate::secrets::{VaultError, sha256_hex};
use crate::service::audit::{self, Changes};
use crate::service::integration::confirm;

/// A state's length: the prefix, an underscore, and 32 bytes in base64.
const STATE_LENGTH: usize = PREFIX.len() + 1 + 43;
/// The longest code that is passed on.
const LONGEST_CODE: usize = 4096;

/// What a merchant comes back with.
#[derive(Debug, Clone, Copy)]
pub enum Back<'a> {
    /// A code that is worth tokens.
    Code(&'a str),
    /// The merchant declined, or the platform did.
    Declined,
}

/// Why nothing came of a merchant's way back.
#[derive(Debug, thiserror::Error)]
pub enum BackError {
    /// Nobody is waited for with this state: it is made up, was used, or is too old.
    #[error("nobody is waited for with this state")]
    State,
    /// Whoever asked may not connect the store any more, or the integration is of another app now.
    #[error("whoever asked for the consent may not ask for it any more")]
    Stale,
    /// Consent was not given.
    #[error("consent was not given")]
    Declined,
    /// The platform gives nothing for the code.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// The consent was given and is kept; what it opens does not suffice.
    #[error("the consent is kept, and yet the platform refuses: {0}")]
    Insufficient(PlatformError),
    /// An address in the settings is none.
    #[error("access.site_url or access.callback_url is not an address")]
    Address,
    /// A secret cannot be sealed or opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl From<AppError> for BackError {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Platform(error) => Self::Platform(error),
            AppError::Vault(error) => Self::Vault(error),
        }
    }
}

/// Takes a merchant in who comes back from a platform's page: exchanges the code and keeps the tokens. Gives the
/// frontend's page to go on to.
///
/// The state serves once, whatever comes of it. Between the exchange and its write there is no copy of the tokens: if
/// the process dies there, the merchant consents again.
pub async fn come_back(app: &App, state: &str, back: Back<'_>) -> Result<Url, BackError> {
    let request = take(app, state).await?;
    let app = app.on_behalf_of(Author {
        actor: request.actor.clone(),
        request_id: None,
    });
    let code = match back {
        Back::Code(code) if code.len() <= LONGEST_CODE => code,
        Back::Code(_) | Back::Declined => return Err(BackError::Declined),
    };
    let may = standing(&app, &request.actor, request.store_id).await?;
    if !may.contains(&Permission::ManageIntegrations) {
        return Err(BackError::Stale);
    }
    let id = request.integration_id;
    let page = page_of(&app, id)?;
    let known = find(&app, request.store_id, id).await?.ok_or(BackError::Stale)?;
    let given = app_of(&app, &known)?.ok_or(BackError::Stale)?;
    let callback = callback_url(&app).ok_or(BackError::Address)?;
    let code = code.to_owned();
    // On its own: a browser that goes away does not lose what the platform gave.
    let done = tokio::spawn(async move {
        let grant = Grant::Code {
            code: &code,
            callback: &callback,
        };
        let granted = app.platforms.exchange_token(&given, grant).await?;
        let sealed = Sealed::new(&app, id, &granted, None)?;
        keep_given(&app, &known, sealed, &request.actor).await?;
        confirm(&app, &known).await
    });
    done.await
        .map_err(|error| DbErr::Custom(format!("a consent was not kept: {error}")))??;
    Ok(page)
}

/// The request that a state belongs to, once.
async fn take(app: &App, state: &str) -> Result<consent_request::Model, BackError> {
    use consent_request::Column as C;
    if state.len() != STATE_LENGTH {
        return Err(BackError::State);
    }
    let now = app.clock.now();
    let hash = sha256_hex(state);
    let open = C::StateHash
        .eq(&hash)
        .and(C::UsedAt.is_null())
        .and(C::ExpiresAt.gt(now));
    let taken = consent_request::Entity::update_many()
        .col_expr(C::UsedAt, Expr::value(Some(now)))
        .filter(open)
        .exec(&app.db)
        .await?;
    if taken.rows_affected == 0 {
        return Err(BackError::State);
    }
    let row = consent_request::Entity::find_by_id(hash).one(&app.db).await?;
    row.ok_or(BackError::State)
}

async fn find(app: &App, store: StoreId, id: IntegrationId) -> Result<Option<integration::Model>, DbErr> {
    integration::Entity::in_store(store)
        .filter(integration::Column::Id.eq(id))
        .one(&app.db)
        .await
}

/// Keeps the tokens, if the integration is still of the app that they were given to.
async fn keep_given(app: &App, known: &integration::Model, sealed: Sealed, actor: &str) -> Result<(), BackError> {
    let txn = begin(&app.db).await?;
    let same = integration::Entity::in_store(known.store_id)
        .filter(integration::Column::Id.eq(known.id))
        .one(&txn)
        .await?
        .filter(|now| now.credentials == known.credentials)
        .ok_or(BackError::Stale)?;
    keep::give(&txn, &same, sealed, actor).await?;
    let changes = Changes::none().hidden("consent", true);
    audit::record(&txn, app, same.store_id, ("integration.consent", same.id), changes).await?;
    Ok(txn.commit().await?)
}

/// The frontend's page of an integration.
fn page_of(app: &App, id: IntegrationId) -> Result<Url, BackError> {
    let site: Url = app.config.access.site_url.parse().map_err(|_| BackError::Address)?;
    let mut page = site.join("integracoes").map_err(|_| BackError::Address)?;
    page.set_fragment(Some(&id.to_string()));
    Ok(page)
}
