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
