//! What can be configured about the HTTP side: switches, sizes, times and the limits on documents.
//!
//! Plain data read by the configuration. It knows no framework, so that the configuration can hold
//! it without knowing axum. The defaults suit development; production turns `graphiql`,
//! `introspection` and `get_queries` off.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, de::Error as _};

/// Settings of everything that is answered over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the operator's")]
pub struct HttpSettings {
    /// Serve GraphiQL at `/graphql` and the query console at `/`.
    pub graphiql: bool,
    /// Answer `__schema` and `__type`.
    pub introspection: bool,
    /// Answer queries over `GET`. Mutations are never answered over `GET`.
    pub get_queries: bool,
    /// The longest request body and WebSocket message, in bytes.
    pub max_body_bytes: usize,
    /// How long one request may take, in seconds. Subscriptions have `stream_seconds` instead.
    pub request_timeout_seconds: u64,
    /// How long one subscription lasts before the server completes it, in seconds. The client
    /// subscribes again, and so shows its token again.
    pub stream_seconds: u64,
    /// Origins whose pages may call this server, such as `https://painel.example.com.br`; `*` for
    /// all. Empty: none but the server's own.
    #[serde(deserialize_with = "origins")]
    pub cors_origins: Vec<String>,
    /// A manifest of persisted documents, or a folder of manifests; empty: there are none.
    pub persisted_documents: PathBuf,
    /// Answer users and strangers nothing but persisted documents. API tokens may send any document.
    pub only_persisted: bool,
    /// Header in which a proxy in front of this server tells the caller's address, such as
    /// `x-forwarded-for`, whose last entry counts; empty: the address that is connected.
    #[serde(deserialize_with = "header_name")]
    pub address_header: String,
    /// Limits on each GraphQL request.
    pub limits: Limits,
    /// Limit on what each caller asks for in all.
    pub cost: CostSettings,
    /// Limits on WebSockets.
    pub sockets: SocketSettings,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            graphiql: true,
            introspection: true,
            get_queries: true,
            max_body_bytes: 1024 * 1024,
            request_timeout_seconds: 30,
            stream_seconds: 3600,
            cors_origins: Vec::new(),
            persisted_documents: PathBuf::new(),
            only_persisted: false,
            address_header: String::new(),
            limits: Limits::default(),
            cost: CostSettings::default(),
            sockets: SocketSettings::default(),
        }
    }
}

/// The bucket that each API token, each user and, of strangers, each address has in each process.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CostSettings {
    /// What a full bucket holds, counted as `max_complexity` is; 0: nothing is counted.
    pub capacity: u64,
    /// What is restored in each second.
    pub restore_per_second: u64,
}

impl Default for CostSettings {
    fn default() -> Self {
        Self {
            capacity: 100_000,
            restore_per_second: 5_000,
        }
    }
}

/// How long WebSockets are kept that say nothing, and how many there are in each process.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SocketSettings {
    /// How long a client may stay silent before it introduces itself, in seconds.
    pub init_seconds: u64,
    /// How often a client is pinged, in seconds. One that leaves two pings unanswered is gone. At least 1.
    pub ping_seconds: u64,
    /// The most connections of this process.
    pub max_connections: usize,
    /// The most connections of one API token, one user and, of strangers, one address.
    pub max_per_caller: usize,
}

impl Default for SocketSettings {
    fn default() -> Self {
        Self {
            init_seconds: 10,
            ping_seconds: 30,
            max_connections: 10_000,
            max_per_caller: 64,
        }
    }
}

/// The most that one GraphQL request may ask for. All but `max_tokens` and `max_repeated` count
/// what is left after each fragment has been put in the place of its spreads.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Words and signs of the document; a long name, string or comment counts once for every 16 bytes.
    pub max_tokens: usize,
    /// Levels of fields. The usual introspection query has 15.
    pub max_depth: usize,
    /// Fields with an alias.
    pub max_aliases: usize,
    /// Directives.
    pub max_directives: usize,
    /// Fields and fragments.
    pub max_fields: usize,
    /// Fields that stand again in a selection set in which they already are.
    pub max_repeated: usize,
    /// Fields, where those below `first`, `last` or `ids` count once for each row asked for.
    pub max_complexity: usize,
    /// Operations in an array body, which share one `max_complexity`; 0 refuses arrays.
    pub max_batch: usize,
    /// Values in the JSON of one body, its variables above all.
    pub max_values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_tokens: 2_000,
            max_depth: 16,
            max_aliases: 50,
            max_directives: 50,
            max_fields: 2_000,
            max_repeated: 20,
            max_complexity: 20_000,
            max_batch: 10,
            max_values: 50_000,
        }
    }
}

fn header_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        Ok(name)
    } else {
        Err(D::Error::custom(format!("'{name}' is not a header's name")))
    }
}

fn origins<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let origins = Vec::<String>::deserialize(deserializer)?;
    match origins.iter().find(|origin| !is_origin(origin)) {
        Some(wrong) => Err(D::Error::custom(format!(
            "'{wrong}' is not an origin: write scheme and host without a path, such as https://painel.example.com.br"
        ))),
        None => Ok(origins),
    }
}

fn is_origin(text: &str) -> bool {
    text == "*" || url::Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == text)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn what_is_not_written_keeps_its_default() {
        let settings: HttpSettings = serde_json::from_str(r#"{"limits": {"max_depth": 3}}"#).unwrap();
        assert_eq!(
            settings.limits,
            Limits {
                max_depth: 3,
                ..Limits::default()
            }
        );
        assert_eq!(settings.max_body_bytes, 1024 * 1024);
    }

    #[test]
    fn misspelt_settings_and_wrong_origins_are_refused() {
        let refused = |text| serde_json::from_str::<HttpSettings>(text).unwrap_err().to_string();
        assert!(refused(r#"{"graphql": true}"#).contains("graphql"));
        assert!(refused(r#"{"limits": {"depth": 3}}"#).contains("depth"));
        assert!(refused(r#"{"address_header": "x forwarded"}"#).contains("x forwarded"));
        assert!(refused(r#"{"cors_origins": ["https://a.example/path"]}"#).contains("https://a.example/path"));
        assert!(serde_json::from_str::<HttpSettings>(r#"{"cors_origins": ["*", "http://localhost:5173"]}"#).is_ok());
    }
}
