use std::sync::Arc;

use entity::integration;

use crate::app::App;
use crate::platform::registry::Credentials;
use crate::platform::{Kind, Platform, PlatformError};
use crate::secrets::VaultError;
use crate::service::consent::StoredTokens;

/// Why an integration's shop cannot be spoken to.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The stored credentials cannot be opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The platform is not one that this program knows.
    #[error("the platform '{0}' is not known to this version of the program")]
    UnknownPlatform(String),
    /// The platform refuses.
    #[error(transparent)]
    Platform(#[from] PlatformError),
}

/// Opens a session with an integration's shop.
pub fn session(app: &App, integration: &integration::Model) -> Result<Arc<dyn Platform>, SessionError> {
    let unknown = || SessionError::UnknownPlatform(integration.platform.clone());
    let kind: Kind = integration.platform.parse().map_err(|_| unknown())?;
    let credentials = credentials(app, integration)?;
    let tokens = Arc::new(StoredTokens::new(app.clone(), integration.id));
    Ok(app
        .platforms
        .connect_with(kind, &credentials, integration.shop_id.as_deref(), tokens)?)
}

/// Opens an integration's credentials.
pub(crate) fn credentials(app: &App, integration: &integration::Model) -> Result<Credentials, VaultError> {
    let plain = app
        .vault
        .unseal(&integration.id.to_string(), &integration.credentials)?;
    let plain = String::from_utf8(plain).map_err(|_| VaultError::Sealed)?;
    Credentials::from_json(&plain).map_err(|_| VaultError::Sealed)
}
