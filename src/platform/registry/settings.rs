//! What an operator may set for each platform: addresses and how hard we press.

use serde::Deserialize;

use crate::platform::http::Limits;

/// Settings of every platform. Defaults are those of the real platforms.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlatformSettings {
    /// Magazord.
    pub magazord: MagazordSettings,
    /// Loja Integrada.
    pub loja_integrada: LojaIntegradaSettings,
    /// JET.
    pub jet: JetSettings,
    /// Bis2Bis.
    pub bis2bis: Bis2BisSettings,
    /// Bling.
    pub bling: BlingSettings,
    /// Tiny by its API 2.0.
    pub tiny: TinySettings,
    /// Tiny by its API 3.
    pub tiny_v3: TinyV3Settings,
}

/// Settings of Magazord.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MagazordSettings {
    /// The address of the API; `{alias}` stands for the shop's panel. With or without `/api` and a
    /// final slash.
    pub base_url: String,
    /// Requests a minute and account, in the long run. The platform publishes no limit; one request
    /// at a time, a quarter of a second apart, is known to pass.
    pub per_minute: u32,
    /// Requests that may follow each other at once after a silence. The platform refuses bursts.
    pub burst: u32,
    /// Requests under way at the same time. The platform refuses parallel requests.
    pub concurrency: u32,
    /// Rows a page, at most 100.
    pub page_size: u32,
}

impl Default for MagazordSettings {
    fn default() -> Self {
        Self {
            base_url: "https://{alias}.painel.magazord.com.br/api".into(),
            per_minute: 240,
            burst: 1,
            concurrency: 1,
            page_size: 100,
        }
    }
}

impl MagazordSettings {
    /// The limits kept with each account.
    pub fn limits(&self) -> Limits {
        Limits {
            per_minute: self.per_minute,
            burst: self.burst,
            concurrency: self.concurrency,
        }
    }
}

/// Settings of Loja Integrada.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LojaIntegradaSettings {
    /// The address of the API.
    pub base_url: String,
    /// Requests a minute and account, in the long run. With `burst` it stays below the platform's
    /// 100 a minute.
    pub per_minute: u32,
    /// Requests that may follow each other at once after a silence.
    pub burst: u32,
    /// Requests under way at the same time.
    pub concurrency: u32,
    /// Rows a page, at most 50.
    pub page_size: u32,
}

impl Default for LojaIntegradaSettings {
    fn default() -> Self {
        Self {
            base_url: "https://api.awsli.com.br".into(),
            per_minute: 55,
            burst: 40,
            concurrency: 1,
            page_size: 50,
        }
    }
}

impl LojaIntegradaSettings {
    /// The limits kept with each account.
    pub fn limits(&self) -> Limits {
        Limits {
            per_minute: self.per_minute,
            burst: self.burst,
            concurrency: self.concurrency,
        }
    }
}

/// Settings of JET.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JetSettings {
    /// The address of the OpenAPI.
    pub base_url: String,
    /// The address of the legacy order API; `{cluster}` stands for the cluster's name.
    pub adm_url: String,
    /// Requests a minute and account, in the long run. The platform publishes no limit; half a second between
    /// requests is what partners keep to.
    pub per_minute: u32,
    /// Requests that may follow each other at once after a silence.
    pub burst: u32,
    /// Requests under way at the same time.
    pub concurrency: u32,
    /// Items of the legacy queue that are read before they are acknowledged.
    pub page_size: u32,
}

impl Default for JetSettings {
    fn default() -> Self {
        Self {
            base_url: "https://openapi.plataformaneo.com.br".into(),
            adm_url: "https://adm-pedido-{cluster}.plataformaneo.com.br".into(),
            per_minute: 120,
            burst: 1,
            concurrency: 1,
            page_size: 50,
        }
    }
}

impl JetSettings {
    /// The limits kept with each account.
    pub fn limits(&self) -> Limits {
        Limits {
            per_minute: self.per_minute,
            burst: self.burst,
            concurrency: self.concurrency,
        }
    }
}

/// Settings of Bis2Bis.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bis2BisSettings {
    /// Where shops are; `{address}` stands for what the merchant typed, without its scheme.
    pub base_url: String,
    /// Requests a minute and shop, in the long run. The platform publishes no limit.
    pub per_minute: u32,
    /// Requests that may follow each other at once after a silence.
    pub burst: u32,
    /// Requests under way at the same time.
    pub concurrency: u32,
    /// Rows a page, at most 300.
    pub page_size: u32,
}

impl Default for Bis2BisSettings {
    fn default() -> Self {
        Self {
            base_url: "https://{address}".into(),
            per_minute: 240,
            burst: 1,
            concurrency: 1,
            page_size: 100,
        }
    }
}

impl Bis2BisSettings {
    /// The limits kept with each shop.
    pub fn limits(&self) -> Limits {
        Limits {
            per_minute: self.per_minute,
            burst: self.burst,
            concurrency: self.concurrency,
        }
    }
}

/// Settings of Bling.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BlingSettings {
    /// The address of the API.
    pub base_url: String,
    /// The page that merchants consent on.
    pub authorize_url: String,
    /// Where codes and refresh tokens are exchanged.
    pub token_url: String,
    /// Requests a minute and account, in the long run. The platform allows 3 in a second.
    pub per_minute: u32,
    /// Requests that may follow each other at once after a silence.
    pub burst: u32,
    /// Requests under way at the same time.
    pub concurrency: u32,
    /// Rows a page, at most 100.
    pub page_size: u32,
    /// Calls of the token address a minute, of all accounts together. With a burst of 5 it stays below the platform's 20.
    pub tokens_per_minute: u32,
}

impl Default for BlingSettings {
    fn default() -> Self {
        Self {
            base_url: "https://api.bling.com.br/Api/v3".into(),
            authorize_url: "https://www.bling.com.br/Api/v3/oauth/authorize".into(),
            token_url: "https://api.bling.com.br/Api/v3/oauth/token".into(),
            per_minute: 150,
            burst: 1,
            concurrency: 1,
            page_size: 100,
            tokens_per_minute: 12,
        }
    }
}

impl BlingSettings {
    /// The limits kept with each account.
    pub fn limits(&self) -> Limits {
        Limits {
            per_minute: self.per_minute,
            burst: self.burst,
            concurrency: self.concurrency,
        }
    }
}

/// Settings of Tiny.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TinySettings {
    /// The address of the API 2.0.
    pub base_url: String,
    /// Requests a minute and account, in the long run, as long as the account's own limit is not known. With `burst`
    /// it stays below the 20 of the smallest plan.
    pub per_minute: u32,
    /// Requests that may follow each other at once after a silence.
    pub burst: u32,
    /// Requests under way at the same time.
    pub concurrency: u32,
    /// Contacts that are handed on at once: each costs a request.
    pub page_size: u32,
    /// Whether the limit that answers tell takes the place of `per_minute` and `burst`: three quarters of it, since
    /// the account's other integrations share it.
    pub heed_told_limit: bool,
}

impl Default for TinySettings {
    fn default() -> Self {
        Self {
            base_url: "https://api.tiny.com.br/api2".into(),
            per_minute: 15,
            burst: 2,
            concurrency: 1,
            page_size: 20,
            heed_told_limit: true,
        }
    }
}

impl TinySettings {
    /// The limits kept with each account before it tells its own.
    pub fn limits(&self) -> Limits {
        Limits {
            per_minute: self.per_minute,
            burst: self.burst,
            concurrency: self.concurrency,
        }
    }
}

/// Settings of Tiny by its API 3.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TinyV3Settings {
    /// The address of the API 3.
    pub base_url: String,
    /// The page that merchants consent on.
    pub authorize_url: String,
    /// Where codes and refresh tokens are exchanged.
    pub token_url: String,
    /// Requests a minute and account, in the long run, as long as the account's own limit is not known. With `burst`
    /// it stays below the 30 of the smallest plan.
    pub per_minute: u32,
    /// Requests that may follow each other at once after a silence.
    pub burst: u32,
    /// Requests under way at the same time.
    pub concurrency: u32,
    /// Rows of a page of orders, at most 100.
    pub page_size: u32,
    /// Contacts that are handed on at once: each costs a request.
    pub contacts_page_size: u32,
    /// What the filter of orders by the day of their last change is called.
    pub update_filter: String,
    /// Whether the limit that answers tell takes the place of `per_minute` and `burst`, and everybody rests when it is
    /// nearly used up: three quarters of it, since the account's other integrations share it.
    pub heed_told_limit: bool,
    /// Calls of the token address a minute, of all accounts together.
    pub tokens_per_minute: u32,
}

impl Default for TinyV3Settings {
    fn default() -> Self {
        Self {
            base_url: "https://api.tiny.com.br/public-api/v3".into(),
            authorize_url: "https://accounts.tiny.com.br/realms/tiny/protocol/openid-connect/auth".into(),
            token_url: "https://accounts.tiny.com.br/realms/tiny/protocol/openid-connect/token".into(),
            per_minute: 20,
            burst: 2,
            concurrency: 1,
            page_size: 100,
            contacts_page_size: 20,
            update_filter: "dataAtualizacao".into(),
            heed_told_limit: true,
            tokens_per_minute: 30,
        }
    }
}

impl TinyV3Settings {
    /// The limits kept with each account before it tells its own.
    pub fn limits(&self) -> Limits {
        Limits {
            per_minute: self.per_minute,
            burst: self.burst,
            concurrency: self.concurrency,
        }
    }
}
