use chrono::TimeDelta;
use entity::{Instant, IntegrationId, StoreId, consent_request, integration};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, IntoActiveModel, QueryFilter};
use url::Url;

use crate::app::App;
use crate::db::begin;
use crate::platform::consent::ConsentApp;
use crate::platform::{Kind, PlatformError};
use crate::secrets::{VaultError, new_token, sha256_hex};
use crate::service::audit::{self, Changes};
use crate::service::integration::credentials;

/// Minutes in which a merchant has to come back.
pub const REQUEST_MINUTES: i64 = 15;

/// What a state begins with.
pub(super) const PREFIX: &str = "consent";

/// Why consent cannot be asked for.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// There is no such integration in the store.
    #[error("there is no such integration")]
    NotFound,
    /// Its platform is reached by credentials alone.
    #[error("this platform is connected by its credentials alone; there is nothing to consent to")]
    Unsupported,
    /// The stored credentials do not serve.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// `access.callback_url` is not an address.
    #[error("access.callback_url is not an address")]
    Callback,
    /// A secret cannot be made or opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Where a merchant is to go.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The platform's page.
    pub url: Url,
    /// Until when the merchant can come back from there.
    pub expires_at: Instant,
}

/// Where platforms send merchants back to.
pub fn callback_url(app: &App) -> Option<Url> {
    app.config.access.callback_url.parse().ok()
}

/// Prepares a way to the platform's page of consent. What comes back with the merchant is random, serves once and
/// soon ends; its hash is kept with the integration and with whoever asks.
pub async fn ask(app: &App, store: StoreId, id: IntegrationId) -> Result<Asked, AskError> {
    let known = integration::Entity::in_store(store)
        .filter(integration::Column::Id.eq(id))
        .one(&app.db)
        .await?
        .ok_or(AskError::NotFound)?;
    let consent_app = app_of(app, &known)?.ok_or(AskError::Unsupported)?;
    let callback = callback_url(app).ok_or(AskError::Callback)?;
    let state = new_token(PREFIX)?;
    let now = app.clock.now();
    let row = consent_request::Model {
        state_hash: sha256_hex(&state),
        integration_id: id,
        store_id: store,
        actor: app.author().map(|author| author.actor.clone()).unwrap_or_default(),
        created_at: now,
        expires_at: now + TimeDelta::minutes(REQUEST_MINUTES),
        used_at: None,
    };
    let asked = Asked {
        url: consent_app.authorize_address(&state, &callback),
        expires_at: row.expires_at,
    };
    let txn = begin(&app.db).await?;
    row.into_active_model().insert(&txn).await?;
    audit::record(&txn, app, store, ("integration.askConsent", id), Changes::none()).await?;
    txn.commit().await?;
    Ok(asked)
}

/// The app that an integration's credentials are of; none where its platform is reached by credentials alone.
pub(super) fn app_of(app: &App, integration: &integration::Model) -> Result<Option<ConsentApp>, AppError> {
    let Ok(kind) = integration.platform.parse::<Kind>() else {
        return Ok(None);
    };
    let credentials = credentials(app, integration)?;
    Ok(app.platforms.consent_app(kind, &credentials)?)
}

/// Why an app cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum AppError {
    #[error(transparent)]
    Platform(#[from] PlatformError),
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<AppError> for AskError {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Platform(error) => Self::Platform(error),
            AppError::Vault(error) => Self::Vault(error),
        }
    }
}
