//! Which platforms there are, and how a session with one is opened.
//!
//! The only place that knows every adapter by name: [`Kind`] for what is stored and asked for,
//! [`Credentials`] for what a merchant types, [`PlatformSettings`] for what an operator sets, and
//! [`Registry`] to connect. Everyone else holds `Arc<dyn Platform>`.

mod credentials;
mod kind;
mod settings;

use std::sync::Arc;

use secrecy::ExposeSecret;
use url::Url;

use super::{
    Platform, PlatformError,
    bling::{self, Bling},
    consent::{ConsentApp, Grant, Granted, NoTokens, Tokens},
    http::{AccountKey, Api, Auth, Client, Held, Limits, Pacer, Together, exchange_token},
    jet::Jet,
    loja_integrada::LojaIntegrada,
    magazord::{self, Magazord},
    magento::{self, Magento},
    sales_api::SalesApi,
    tiny::{Tiny, TinyV3},
};
use crate::secrets::sha256_hex;

pub use super::sales_api::Status as SaleStatus;
pub use credentials::{CredentialProblem, Credentials};
pub use kind::{HookProof, Kind, UnknownKind};
pub use settings::{
    Bis2BisSettings, BlingSettings, JetSettings, LojaIntegradaSettings, MagazordSettings, PlatformSettings,
    TinySettings, TinyV3Settings,
};

/// Opens sessions with platforms. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    client: Client,
    pacer: Arc<dyn Pacer>,
    settings: PlatformSettings,
}

impl Registry {
    /// A registry whose sessions share this client and these turns.
    pub fn new(client: Client, pacer: Arc<dyn Pacer>, settings: PlatformSettings) -> Self {
        Self {
            client,
            pacer,
            settings,
        }
    }

    /// The app that a merchant's credentials are of, where the merchant consents on the platform itself.
    ///
    /// # Errors
    /// As [`Registry::connect`].
    pub fn consent_app(&self, kind: Kind, credentials: &Credentials) -> Result<Option<ConsentApp>, PlatformError> {
        match kind {
            Kind::Bling => Bling::app(credentials, &self.settings.bling).map(Some),
            Kind::TinyV3 => TinyV3::app(credentials, &self.settings.tiny_v3).map(Some),
            Kind::Magazord | Kind::LojaIntegrada | Kind::Jet | Kind::Bis2Bis | Kind::Tiny | Kind::SalesApi => Ok(None),
        }
    }

    /// Exchanges a code or a refresh token for tokens, once.
    ///
    /// # Errors
    /// As [`exchange_token`].
    pub async fn exchange_token(&self, app: &ConsentApp, grant: Grant<'_>) -> Result<Granted, PlatformError> {
        exchange_token(&self.client, &self.pacer, app, grant).await
    }

    /// Opens a session without the tokens of a consent: see [`Registry::connect_with`].
    ///
    /// # Errors
    /// As [`Registry::connect_with`].
    pub fn connect(
        &self,
        kind: Kind,
        credentials: &Credentials,
        shop_id: Option<&str>,
    ) -> Result<Arc<dyn Platform>, PlatformError> {
        self.connect_with(kind, credentials, shop_id, Arc::new(NoTokens))
    }

    /// Opens a session with a merchant's credentials, for one shop of the account where the
    /// platform has several. Nothing is sent yet. Where the merchant consents on the platform itself, requests show
    /// what `tokens` gives.
    ///
    /// # Errors
    /// [`PlatformError::Unauthorized`] when stored credentials no longer have a valid shape;
    /// [`PlatformError::Unreachable`] when the address in the settings is not one.
    pub fn connect_with(
        &self,
        kind: Kind,
        credentials: &Credentials,
        shop_id: Option<&str>,
        tokens: Arc<dyn Tokens>,
    ) -> Result<Arc<dyn Platform>, PlatformError> {
        let account = account_key(kind, credentials);
        match kind {
            Kind::Magazord => {
                let settings = &self.settings.magazord;
                let alias = credentials
                    .get(magazord::ALIAS)
                    .map(ExposeSecret::expose_secret)
                    .unwrap_or_default();
                let address = magazord::base_address(&settings.base_url, alias);
                let auth = magazord::auth(credentials).map_err(|problem| unusable(&problem))?;
                let api = self.api(account, settings.limits(), &address, auth)?;
                Ok(Arc::new(Magazord::new(api, settings, shop_id)))
            }
            Kind::LojaIntegrada => {
                let settings = &self.settings.loja_integrada;
                let auth = LojaIntegrada::auth(credentials).map_err(|problem| unusable(&problem))?;
                let api = self.api(account, settings.limits(), &settings.base_url, auth)?;
                Ok(Arc::new(LojaIntegrada::new(api, settings.clone())))
            }
            Kind::Bis2Bis => {
                let settings = &self.settings.bis2bis;
                let access = magento::Access::read(credentials).map_err(|problem| unusable(&problem))?;
                let address = access.base_address(&settings.base_url);
                let api = self.api(account, settings.limits(), &address, Auth::None)?;
                Ok(Arc::new(Magento::new(api, settings, access)))
            }
            Kind::Jet => {
                let settings = &self.settings.jet;
                let access = Jet::access(credentials).map_err(|problem| unusable(&problem))?;
                let address = Jet::address(settings, &access);
                let api = self.api(account, settings.limits(), &address, Jet::auth(&access))?;
                Ok(Arc::new(Jet::new(api, access, settings)))
            }
            Kind::Bling => {
                let settings = &self.settings.bling;
                let beside = bling::beside(&account);
                let pacer = Arc::new(Together::new(Arc::clone(&self.pacer), beside));
                let auth = Auth::Consent(Held(tokens));
                let api = self.paced_api(pacer, account, settings.limits(), &settings.base_url, auth)?;
                Ok(Arc::new(Bling::new(api, settings)))
            }
            Kind::Tiny => {
                let settings = &self.settings.tiny;
                let token = Tiny::token(credentials).map_err(|problem| unusable(&problem))?;
                let api = self.api(account, settings.limits(), &settings.base_url, Auth::None)?;
                Ok(Arc::new(Tiny::new(api, token, settings)))
            }
            Kind::TinyV3 => {
                let settings = &self.settings.tiny_v3;
                let auth = Auth::Consent(Held(tokens));
                let api = self.api(account, settings.limits(), &settings.base_url, auth)?;
                Ok(Arc::new(TinyV3::new(api, settings)))
            }
            Kind::SalesApi => Ok(Arc::new(SalesApi)),
        }
    }

    fn api(&self, account: AccountKey, limits: Limits, address: &str, auth: Auth) -> Result<Api, PlatformError> {
        self.paced_api(Arc::clone(&self.pacer), account, limits, address, auth)
    }

    fn paced_api(
        &self,
        pacer: Arc<dyn Pacer>,
        account: AccountKey,
        limits: Limits,
        address: &str,
        auth: Auth,
    ) -> Result<Api, PlatformError> {
        let base = Url::parse(address).map_err(|_| PlatformError::Unreachable {
            detail: "the platform's base_url is not an address".into(),
        })?;
        Ok(Api::new(self.client.clone(), pacer, account, limits, base, auth))
    }
}

fn unusable(problem: &CredentialProblem) -> PlatformError {
    PlatformError::Unauthorized {
        detail: problem.to_string(),
    }
}

/// What a platform counts its limit on: the panel for Magazord, the shop for Bis2Bis, the credential elsewhere. Only
/// a digest, since it is stored and logged.
fn account_key(kind: Kind, credentials: &Credentials) -> AccountKey {
    let mut counted = kind.to_string();
    for (key, value) in credentials.iter() {
        let counts = match kind {
            Kind::Magazord => key == magazord::ALIAS,
            Kind::Bis2Bis => key == magento::ADDRESS,
            Kind::LojaIntegrada | Kind::Jet | Kind::Bling | Kind::Tiny | Kind::TinyV3 | Kind::SalesApi => true,
        };
        if counts {
            counted.push('\0');
            counted.push_str(key);
            counted.push('\0');
            counted.push_str(value.expose_secret());
        }
    }
    AccountKey(sha256_hex(counted))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed set-up is a failed test")]
    use std::collections::BTreeMap;

    use super::*;
    use crate::platform::http::{HttpSettings, LocalPacer};

    fn magazord(token: &str, alias: &str) -> Credentials {
        let typed = [("token", token), ("password", ""), ("alias", alias)];
        let typed: BTreeMap<_, _> = typed.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Credentials::parse(Kind::Magazord, typed).unwrap()
    }

    #[test]
    fn the_account_is_the_panel_and_hides_the_credential() {
        let first = account_key(Kind::Magazord, &magazord("secret-a", "loja"));
        assert_eq!(first, account_key(Kind::Magazord, &magazord("secret-b", "loja")));
        assert_ne!(first, account_key(Kind::Magazord, &magazord("secret-a", "outra")));
        assert_eq!(first.0.len(), 64);
    }

    #[test]
    fn a_session_opens_without_sending() {
        let client = Client::new(HttpSettings::default()).unwrap();
        let registry = Registry::new(client, Arc::new(LocalPacer::default()), PlatformSettings::default());
        assert!(
            registry
                .connect(Kind::Magazord, &magazord("t", "loja"), Some("1"))
                .is_ok()
        );
    }
}
