//! Settings: compiled-in defaults, then a file, then the environment; checked at start.
//!
//! One struct per section. `config/default.toml` documents each key. What is wrong is said with the
//! key's full name and how to mend it, before anything else is started.

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Toml};
use secrecy::SecretString;
use serde::Deserialize;

use crate::http::HttpSettings;
use crate::mail::MailSettings;
use crate::platform::registry::PlatformSettings;

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where files are kept.
    pub data: Data,
    /// The database.
    pub database: Database,
    /// Encryption of credentials.
    pub secrets: Secrets,
    /// The API.
    pub http: Http,
    /// Sessions.
    pub access: Access,
    /// Workers.
    pub jobs: Jobs,
    /// Imports.
    pub import: Import,
    /// What happened.
    pub events: Events,
    /// Limits on feeds.
    pub feed: Feed,
    /// Codes that customers redeem with.
    pub redemption_codes: RedemptionCodes,
    /// Limits on files of sales.
    pub uploads: Uploads,
    /// Requests to the outside.
    pub outbound: Outbound,
    /// Platforms.
    pub platforms: PlatformSettings,
    /// E-mails.
    pub mail: MailSettings,
    /// Logging.
    pub log: Log,
}

/// Section `data`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// The data folder.
    pub dir: PathBuf,
}

/// Section `database`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Connection URL; empty means SQLite in the data folder.
    pub url: String,
    /// Connections of this process; 0 means the engine's default.
    pub max_connections: u32,
    /// Seconds that a statement waits for a connection or for SQLite's write lock.
    pub wait_seconds: u64,
    /// Whether the schema is brought up to date at start.
    pub migrate_at_start: bool,
}

/// Section `secrets`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// 32 bytes in base64; empty means made on first start.
    pub key: SecretString,
}

/// Section `http`.
#[derive(Debug, Clone, Deserialize)]
pub struct Http {
    /// Address to listen on.
    pub address: String,
    /// Everything else.
    #[serde(flatten)]
    pub settings: HttpSettings,
}

/// Section `access`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// Minutes that an access token lives.
    pub access_minutes: u32,
    /// Days that a refresh token lives.
    pub refresh_days: u32,
    /// Seconds in which an exchange of a refresh token may be repeated.
    pub refresh_grace_seconds: u32,
    /// Sign-ins allowed per e-mail address and minute.
    pub sign_ins_per_minute: u32,
    /// E-mails about forgotten passwords allowed per address and hour.
    pub resets_per_hour: u32,
    /// Minutes that the code of a forgotten password lives.
    pub reset_minutes: u32,
    /// Days that an invitation lives.
    pub invitation_days: u32,
    /// The frontend's address.
    pub site_url: String,
    /// Where platforms send merchants back to who consented there.
    pub callback_url: String,
}

/// Section `jobs`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jobs {
    /// Milliseconds between looks for jobs.
    pub poll_milliseconds: u64,
    /// Seconds between a worker's signs of life.
    pub heartbeat_seconds: u64,
    /// Signs of life that a dead worker has missed.
    pub missed_heartbeats: usize,
    /// Seconds that work under way belongs to its worker without a sign of life.
    pub lease_seconds: u32,
    /// Imports done at once.
    pub imports: usize,
    /// Coupons made at once.
    pub coupons: usize,
    /// E-mails sent at once.
    pub emails: usize,
    /// Seconds between looks of the schedule.
    pub schedule_seconds: u64,
    /// Seconds until the first retry.
    pub retry_first_seconds: u32,
    /// Longest delay between retries.
    pub retry_longest_seconds: u32,
    /// Seconds after which a request about a coupon is no longer on its way, and its effect shows.
    pub coupon_settle_seconds: u32,
}

/// Section `events`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// Days that events are kept.
    pub keep_days: u32,
    /// Subscriptions that one user or API token may have open in a process.
    pub streams_per_requester: usize,
    /// Seconds within which a receiver of a webhook has to answer.
    pub webhook_timeout_seconds: u64,
    /// Milliseconds between looks for events that webhooks are to be told of.
    pub webhook_look_milliseconds: u64,
    /// Hours without a successful delivery after which a webhook is paused.
    pub pause_webhooks_after_hours: u32,
    /// Deliveries sent at once.
    pub deliveries: usize,
}

/// Section `import`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// Minutes between imports.
    pub every_minutes: u32,
    /// Days that a first import goes back.
    pub days_back: u32,
    /// Minutes of the past that an incremental import reads again.
    pub overlap_minutes: u32,
    /// Days that the daily deep import goes back.
    pub deep_days: u32,
    /// Hours between readings of the feed.
    pub catalogue_every_hours: u32,
    /// Hours between walks over the coupons of a shop; 0: only when somebody asks.
    pub coupons_every_hours: u32,
}

/// Section `feed`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    /// Largest feed, unpacked, in bytes.
    pub max_decompressed_bytes: u64,
    /// Most items.
    pub max_items: u64,
    /// Seconds that fetching and reading may take.
    pub timeout_seconds: u64,
}

/// Section `redemption_codes`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedemptionCodes {
    /// Minutes that a code lives.
    pub minutes: u32,
    /// Wrong tries after which it is refused.
    pub tries: u16,
    /// Codes allowed per customer and hour.
    pub per_customer_and_hour: u32,
    /// Codes allowed per token or user and hour.
    pub per_caller_and_hour: u32,
}

/// Section `uploads`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uploads {
    /// Largest file, as it is sent, in bytes.
    pub max_bytes: u64,
    /// Largest file, unpacked, in bytes.
    pub max_unpacked_bytes: u64,
    /// Most lines of a file.
    pub max_lines: u64,
    /// Seconds without anything sent after which a file is given up.
    pub idle_seconds: u64,
}

/// Section `outbound`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbound {
    /// Whether private networks may be reached.
    pub allow_private: bool,
    /// Seconds for a whole request.
    pub timeout_seconds: u64,
    /// Seconds for connecting.
    pub connect_timeout_seconds: u64,
    /// Largest answer in bytes.
    pub max_body_bytes: usize,
    /// Tries of a read.
    pub max_tries: u32,
    /// Milliseconds before the first retry of a read.
    pub first_retry_milliseconds: u64,
    /// Seconds of the longest delay.
    pub longest_retry_seconds: u64,
}

/// Section `log`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Tracing filter.
    pub filter: String,
    /// Form.
    pub format: LogFormat,
}

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines, one object a line.
    Json,
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A key is unknown, missing or of the wrong kind.
    #[error("{0}\n  config/default.toml documents every key")]
    Unreadable(Box<figment::Error>),
    /// The file named does not exist.
    #[error("the configuration file {0} does not exist")]
    NoFile(PathBuf),
    /// Values that cannot be right.
    #[error("{}", .0.join("\n"))]
    Invalid(Vec<String>),
}

const DEFAULTS: &str = include_str!("../config/default.toml");

impl Config {
    /// Reads the settings: defaults, then the file, then the environment, and checks them.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(file) = file {
            if !file.is_file() {
                return Err(ConfigError::NoFile(file.to_owned()));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        Self::extract(&figment.merge(Env::prefixed("FIDELIDADE__").split("__")))
    }

    /// The compiled-in defaults with changes on top, in TOML. For tests, the demo and benches.
    pub fn with(changes: &str) -> Result<Self, ConfigError> {
        Self::extract(&Figment::from(Toml::string(DEFAULTS)).merge(Toml::string(changes)))
    }

    fn extract(figment: &Figment) -> Result<Self, ConfigError> {
        let config: Self = figment
            .extract()
            .map_err(|error| ConfigError::Unreadable(Box::new(error)))?;
        config.check()?;
        Ok(config)
    }

    /// Values that parse but cannot be right: each is named, all at once.
    fn check(&self) -> Result<(), ConfigError> {
        let mut wrong = Vec::new();
        let mut positive = |key: &str, value: u64| {
            if value == 0 {
                wrong.push(format!("{key} must be at least 1"));
            }
        };
        positive("jobs.poll_milliseconds", self.jobs.poll_milliseconds);
        positive("jobs.heartbeat_seconds", self.jobs.heartbeat_seconds);
        positive("jobs.lease_seconds", self.jobs.lease_seconds.into());
        positive("jobs.schedule_seconds", self.jobs.schedule_seconds);
        positive("jobs.imports", self.jobs.imports as u64);
        positive("jobs.coupons", self.jobs.coupons as u64);
        positive("jobs.emails", self.jobs.emails as u64);
        positive("jobs.retry_first_seconds", self.jobs.retry_first_seconds.into());
        positive("jobs.coupon_settle_seconds", self.jobs.coupon_settle_seconds.into());
        positive("import.every_minutes", self.import.every_minutes.into());
        positive("import.days_back", self.import.days_back.into());
        positive("import.catalogue_every_hours", self.import.catalogue_every_hours.into());
        positive("access.access_minutes", self.access.access_minutes.into());
        positive("access.refresh_days", self.access.refresh_days.into());
        positive("access.sign_ins_per_minute", self.access.sign_ins_per_minute.into());
        positive("access.resets_per_hour", self.access.resets_per_hour.into());
        positive("access.reset_minutes", self.access.reset_minutes.into());
        positive("access.invitation_days", self.access.invitation_days.into());
        let codes = &self.redemption_codes;
        positive("redemption_codes.minutes", codes.minutes.into());
        positive("redemption_codes.tries", codes.tries.into());
        positive(
            "redemption_codes.per_customer_and_hour",
            codes.per_customer_and_hour.into(),
        );
        positive("redemption_codes.per_caller_and_hour", codes.per_caller_and_hour.into());
        positive("outbound.max_tries", self.outbound.max_tries.into());
        positive("uploads.max_bytes", self.uploads.max_bytes);
        positive("uploads.max_unpacked_bytes", self.uploads.max_unpacked_bytes);
        positive("uploads.max_lines", self.uploads.max_lines);
        positive("uploads.idle_seconds", self.uploads.idle_seconds);
        positive("database.wait_seconds", self.database.wait_seconds);
        let url = &self.database.url;
        if !(url.is_empty()
            || ["sqlite:", "postgres:", "postgresql:"]
                .iter()
                .any(|scheme| url.starts_with(scheme)))
        {
            wrong.push("database.url must be empty or begin with sqlite: or postgres://".to_owned());
        }
        if self.http.address.parse::<std::net::SocketAddr>().is_err() {
            wrong.push(format!(
                "http.address '{}' is not ADDRESS:PORT, for instance 127.0.0.1:8080",
                self.http.address
            ));
        }
        let http = &self.http.settings;
        if http.cost.capacity > 0 && http.cost.restore_per_second == 0 {
            wrong.push("http.cost.restore_per_second must be at least 1, or http.cost.capacity 0".to_owned());
        }
        if http.only_persisted && http.persisted_documents.as_os_str().is_empty() {
            wrong.push("http.only_persisted needs http.persisted_documents, a manifest or a folder of them".to_owned());
        }
        let is_web = |text: &str| text.parse::<url::Url>().is_ok_and(|url| !url.cannot_be_a_base());
        if !is_web(&self.access.site_url) {
            wrong.push("access.site_url must be a web address, for instance https://painel.loja.com.br/".to_owned());
        }
        if !is_web(&self.access.callback_url) {
            wrong.push(
                "access.callback_url must be the web address of this program's /oauth/callback, for instance \
                 https://api.loja.com.br/oauth/callback"
                    .to_owned(),
            );
        }
        if !self.platforms.magazord.base_url.contains("{alias}") {
            wrong.push("platforms.magazord.base_url must contain {alias}".to_owned());
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(ConfigError::Invalid(wrong))
        }
    }

    /// The database's URL, with the default filled in.
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            format!("sqlite:{}", self.data.dir.join("fidelidade.sqlite").display())
        } else {
            self.database.url.clone()
        }
    }

    /// Whether the embedded database is used: then only one process may run.
    pub fn is_embedded(&self) -> bool {
        self.database_url().starts_with("sqlite:")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::{Config, ConfigError};

    #[test]
    fn defaults_are_complete_and_valid() {
        let config = Config::with("").unwrap();
        assert!(config.is_embedded());
        assert_eq!(config.import.every_minutes, 15);
    }

    #[test]
    fn wrong_values_are_named_all_at_once() {
        let error = Config::with("[jobs]\nimports = 0\nemails = 0\n[http]\naddress = 'here'").unwrap_err();
        let ConfigError::Invalid(wrong) = error else {
            panic!("expected invalid values, got {error}")
        };
        assert_eq!(wrong.len(), 3, "{wrong:?}");
    }

    #[test]
    fn unknown_keys_are_refused_with_their_name() {
        let error = Config::with("[jobs]\nimport = 1").unwrap_err().to_string();
        assert!(error.contains("import"), "{error}");
    }
}
