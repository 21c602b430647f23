use async_trait::async_trait;
use entity::IntegrationId;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;

use super::renew::{Fresh, fresh, margin};
use crate::app::App;
use crate::platform::PlatformError;
use crate::platform::consent::Tokens;

/// The tokens of an integration's consent, as a session takes them. One token is remembered until it ends or is
/// refused; every other comes from the database.
pub struct StoredTokens {
    app: App,
    integration: IntegrationId,
    remembered: Mutex<Option<Fresh>>,
}

impl StoredTokens {
    /// The tokens of this integration.
    pub fn new(app: App, integration: IntegrationId) -> Self {
        Self {
            app,
            integration,
            remembered: Mutex::new(None),
        }
    }
}

#[async_trait]
impl Tokens for StoredTokens {
    async fn access(&self, refused: Option<&SecretString>) -> Result<SecretString, PlatformError> {
        let is_refused = |token: &SecretString| refused.is_some_and(|old| old.expose_secret() == token.expose_secret());
        let now = self.app.clock.now();
        let mut remembered = self.remembered.lock().await;
        if let Some(known) = remembered
            .as_ref()
            .filter(|known| now < known.until && !is_refused(&known.token))
        {
            return Ok(known.token.clone());
        }
        let serves = |row: &entity::consent::Model, token: &SecretString| {
            now < row.access_ends_at - margin(row) && !is_refused(token)
        };
        let found = fresh(&self.app, self.integration, serves).await?;
        let token = found.token.clone();
        *remembered = Some(found);
        Ok(token)
    }
}
