//! Sessions with a platform in a sandbox, and what a contract compares.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use fidelidade::platform::consent::Tokens;
use fidelidade::platform::http::{Client, HttpSettings, LocalPacer, RetryPolicy};
use fidelidade::platform::registry::{Credentials, PlatformSettings};
use fidelidade::platform::{Page, PageToken, Platform, PlatformError, Registry};
use secrecy::SecretString;

use super::subject::{ACCESS_TOKEN, Reading, Subject, Typed};
use crate::support::sandbox::Sandbox;

/// More pages than any walk here has: a walk that is longer turns in circles.
const MOST_PAGES: usize = 60;

/// How a session behaves; the default is quick and patient.
pub(super) struct Manner {
    /// Tries of a read.
    pub(super) max_tries: u32,
    /// The longest that an exchange may take.
    pub(super) timeout: Duration,
    /// The first pause between tries.
    pub(super) pause: Duration,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            max_tries: 8,
            timeout: Duration::from_secs(10),
            pause: Duration::from_millis(1),
        }
    }
}

/// A way to the platform: sessions through one door share connections and turns.
pub(super) struct Door {
    pub(super) subject: &'static dyn Subject,
    registry: Registry,
}

impl Door {
    /// A door to the sandbox itself.
    pub(super) fn to(sandbox: &Sandbox, subject: &'static dyn Subject, manner: &Manner) -> Self {
        Self::with(sandbox.settings_through(&sandbox.origin()), subject, manner)
    }

    /// A door with these settings.
    pub(super) fn with(settings: PlatformSettings, subject: &'static dyn Subject, manner: &Manner) -> Self {
        let http = HttpSettings {
            allow_private: true,
            timeout: manner.timeout,
            retry: RetryPolicy {
                max_tries: manner.max_tries,
                base: manner.pause,
                cap: manner.pause * 4,
                ..RetryPolicy::default()
            },
            ..HttpSettings::default()
        };
        let registry = Registry::new(Client::new(http).unwrap(), Arc::new(LocalPacer::default()), settings);
        Self { subject, registry }
    }

    /// A session with these credentials, for the subject's shop.
    pub(super) fn open_with(&self, typed: Typed) -> Arc<dyn Platform> {
        self.open_shop(typed, self.subject.shop())
    }

    /// A session with these credentials, for one shop or for all.
    pub(super) fn open_shop(&self, typed: Typed, shop: Option<&str>) -> Arc<dyn Platform> {
        let mut typed = typed;
        let tokens = Arc::new(Given(typed.remove(ACCESS_TOKEN).unwrap_or_default()));
        let kind = self.subject.kind();
        let credentials = Credentials::parse(kind, typed).unwrap();
        self.registry.connect_with(kind, &credentials, shop, tokens).unwrap()
    }

    /// A session with good credentials.
    pub(super) fn open(&self, reading: &Reading) -> Arc<dyn Platform> {
        self.open_with(self.subject.good(reading))
    }
}

/// The token of a consent that was given once.
struct Given(String);

#[async_trait]
impl Tokens for Given {
    async fn access(&self, _: Option<&SecretString>) -> Result<SecretString, PlatformError> {
        Ok(SecretString::from(self.0.clone()))
    }
}

/// Walks to the end: all items, which must have come without rejects.
pub(super) async fn walk<T>(
    page: impl AsyncFn(Option<PageToken>) -> Result<Page<T>, PlatformError>,
) -> Result<Vec<T>, PlatformError> {
    let mut items = Vec::new();
    let mut token = None;
    for _ in 0..MOST_PAGES {
        let found = page(token).await?;
        assert_eq!(found.rejects, [], "good rows were rejected");
        items.extend(found.items);
        token = found.next;
        if token.is_none() {
            return Ok(items);
        }
    }
    panic!("the walk does not end");
}
