//! Bling: the ERP's API v3 behind the neutral [`Platform`] trait.
//!
//! Owns the platform's addresses, loose types and limits. An ERP is no shop: what it tells of a shop's order counts as
//! the shop's, by `numeroLoja`. It makes no coupons. Knows nothing of stores, points or the database, nor of where the
//! tokens of the merchant's consent are kept: its session ([`Api`]) has them. What is taken for granted is in
//! `CONTRACT.md`.

mod answers;
mod contact;
mod dates;
mod descriptor;
mod hook;
mod limits;
mod order;
mod status;
mod walk;

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::value::RawValue;
use tokio::sync::Mutex;
use url::Url;

pub use descriptor::{CLIENT_SECRET, DESCRIPTOR};
pub use hook::{SIGNATURE, hook};
pub(crate) use limits::beside;
pub use status::status_class;

use super::consent::{ConsentApp, Proof};
use super::http::{Api, Limits};
use super::record::{FieldError, Record};
use super::registry::{BlingSettings, CredentialProblem, Credentials};
use super::{
    NewCoupon, OrderListing, OrderStatus, Page, PageToken, Platform, PlatformCoupon, PlatformCustomer, PlatformError,
    PlatformOrder, PlatformProduct, Reject, Shop, Window,
};
use answers::{accept, parse};
use contact::Contact;
use descriptor::CLIENT_ID;
use walk::ORDERS;

/// What every call says: tokens are JWTs.
pub const HEADERS: &[(&str, &str)] = &[("enable-jwt", "1")];

/// How long a refresh token lives.
const REFRESH_LIFE: Duration = Duration::from_hours(24 * 30);

/// The largest page.
const LARGEST_PAGE: u32 = 100;

/// The company's data, in the platform's own word.
const COMPANY: &str = "empresas";

/// The longest id of a company that is kept.
const LONGEST_COMPANY: usize = 128;

/// Contacts that a session remembers.
const REMEMBERED: usize = 10_000;

/// An account on Bling.
pub struct Bling {
    api: Api,
    page_size: u32,
    contacts: Mutex<HashMap<String, Contact>>,
}

impl Bling {
    /// The account that `api` is a session with.
    pub fn new(api: Api, settings: &BlingSettings) -> Self {
        Self {
            api: api.with_headers(HEADERS),
            page_size: settings.page_size.clamp(1, LARGEST_PAGE),
            contacts: Mutex::new(HashMap::new()),
        }
    }

    /// The merchant's app.
    ///
    /// # Errors
    /// [`PlatformError::Unreachable`] when an address in the settings is none.
    pub fn app(credentials: &Credentials, settings: &BlingSettings) -> Result<ConsentApp, PlatformError> {
        let address = |text: &str| {
            text.parse::<Url>().map_err(|_| PlatformError::Unreachable {
                detail: "an address of Bling in the settings is not an address".into(),
            })
        };
        let value = |key: &str| credentials.get(key).cloned().unwrap_or_default();
        Ok(ConsentApp {
            authorize_url: address(&settings.authorize_url)?,
            token_url: address(&settings.token_url)?,
            client_id: value(CLIENT_ID),
            client_secret: value(CLIENT_SECRET),
            proof: Proof::Basic,
            scope: None,
            tells_callback: false,
            headers: HEADERS,
            refresh_life: REFRESH_LIFE,
            limits: Limits {
                per_minute: settings.tokens_per_minute,
                burst: 5,
                concurrency: 1,
            },
        })
    }

    /// Whether typed credentials have a shape that can be sent.
    pub fn check_shape(credentials: &Credentials) -> Result<(), CredentialProblem> {
        use secrecy::ExposeSecret as _;
        for key in [CLIENT_ID, CLIENT_SECRET] {
            let is_sound = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
            if credentials
                .get(key)
                .is_some_and(|value| !is_sound(value.expose_secret()))
            {
                return Err(CredentialProblem::Invalid {
                    key: key.to_owned(),
                    reason: "it has letters, digits and signs, without blanks and colons".to_owned(),
                });
            }
        }
        Ok(())
    }

    async fn detail(&self, id: &str) -> Result<Box<RawValue>, PlatformError> {
        let answer = accept(ORDERS, self.api.get(&format!("/pedidos/vendas/{id}"), &[]).await?)?;
        let raw: &RawValue = parse(ORDERS, &answer.body)?;
        let is_it = Record::parse(raw).is_ok_and(|record| record.id("id").as_deref() == Some(id));
        if is_it {
            Ok(raw.to_owned())
        } else {
            Err(PlatformError::Malformed {
                detail: "the answer is not the order that was asked for".into(),
            })
        }
    }

    /// The contact behind an order's buyer, asked for once. One that was deleted adds nothing.
    async fn contact(&self, id: &str) -> Result<Contact, PlatformError> {
        let mut known = self.contacts.lock().await;
        if let Some(contact) = known.get(id) {
            return Ok(contact.clone());
        }
        let told = self.api.get(&format!("/contatos/{id}"), &[]).await?;
        let contact = match accept("contatos", told) {
            Ok(answer) => {
                let raw: &RawValue = parse("contatos", &answer.body)?;
                Record::parse(raw)
                    .map(|record| contact::contact(&record))
                    .unwrap_or_default()
            }
            Err(PlatformError::NotFound { .. }) => Contact::default(),
            Err(error) => return Err(error),
        };
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(id.to_owned(), contact.clone());
        Ok(contact)
    }

    async fn whole(&self, raw: &RawValue) -> Result<Result<PlatformOrder, FieldError>, PlatformError> {
        let record = match Record::parse(raw) {
            Ok(record) => record,
            Err(error) => return Ok(Err(error)),
        };
        let contact = match order::contact_to_ask(&record) {
            Some(id) => Some(self.contact(&id).await?),
            None => None,
        };
        Ok(order::order(&record, contact.as_ref()))
    }
}

fn unsupported<T>(what: &str) -> Result<T, PlatformError> {
    Err(PlatformError::Unsupported {
        detail: format!("Bling is an ERP and cannot {what} here"),
    })
}

#[async_trait]
impl Platform for Bling {
    /// Somebody waits in front of a screen: fewer tries than an import makes.
    async fn check(&self) -> Result<(), PlatformError> {
        let api = self.api.clone().with_max_tries(2);
        let one = [("pagina", "1"), ("limite", "1")];
        accept(ORDERS, api.get("/pedidos/vendas", &one).await?)?;
        accept("contatos", api.get("/contatos", &one).await?)?;
        accept("situacoes", api.get("/situacoes/modulos", &[]).await?).map(drop)
    }

    async fn shops(&self) -> Result<Vec<Shop>, PlatformError> {
        Ok(vec![Shop {
            external_id: Shop::NAMELESS.to_owned(),
            name: DESCRIPTOR.name.to_owned(),
            url: None,
            active: true,
        }])
    }

    async fn statuses(&self) -> Result<Vec<OrderStatus>, PlatformError> {
        status::statuses(&self.api).await
    }

    /// The company's id, as webhooks tell it. An app without the scope for the company's data is refused it.
    async fn account(&self) -> Result<Option<String>, PlatformError> {
        let answer = accept(COMPANY, self.api.get("/empresas/me/dados-basicos", &[]).await?)?;
        let raw: &RawValue = parse(COMPANY, &answer.body)?;
        let told = Record::parse(raw).ok().and_then(|record| record.id("id"));
        Ok(told.filter(|id| (1..=LONGEST_COMPANY).contains(&id.len())))
    }

    async fn customers(&self, _: Window, _: Option<&PageToken>) -> Result<Page<PlatformCustomer>, PlatformError> {
        unsupported("list customers")
    }

    async fn orders(&self, window: Window, page: Option<&PageToken>) -> Result<Page<OrderListing>, PlatformError> {
        walk::page(&self.api, window, page, self.page_size).await
    }

    async fn order(&self, external_id: &str) -> Result<OrderListing, PlatformError> {
        if !order::is_id(external_id) {
            return Err(PlatformError::NotFound {
                what: "an order whose id is not a number".into(),
            });
        }
        let raw = self.detail(external_id).await?;
        order::listing(&raw).map_err(|error| PlatformError::Malformed {
            detail: format!("the order cannot be used: {}", error.message),
        })
    }

    async fn complete_order(&self, listing: &OrderListing) -> Result<Result<PlatformOrder, Reject>, PlatformError> {
        let reject = |error: FieldError, raw: &RawValue| error.reject(raw, Some(listing.external_id.clone()));
        let is_whole = Record::parse(&listing.row).is_ok_and(|record| order::is_whole(&record));
        let detail = if is_whole {
            Ok(listing.row.clone())
        } else {
            self.detail(&listing.external_id).await
        };
        let told = match detail {
            Ok(raw) => self
                .whole(&raw)
                .await
                .map(|read| read.map_err(|error| reject(error, &raw))),
            Err(error) => Err(error),
        };
        match told {
            // Waited for as long as tries last: the row alone tells too little to award by, and is asked for again.
            Err(
                PlatformError::Unreachable { .. } | PlatformError::Malformed { .. } | PlatformError::NotFound { .. },
            ) => {
                let read = Record::parse(&listing.row).and_then(|record| order::row(&record));
                Ok(read.map_err(|error| reject(error, &listing.row)))
            }
            other => other,
        }
    }

    async fn products(&self, _: Option<&PageToken>) -> Result<Page<PlatformProduct>, PlatformError> {
        unsupported("list products")
    }

    async fn create_coupon(&self, _: &NewCoupon) -> Result<PlatformCoupon, PlatformError> {
        unsupported("create coupons")
    }

    async fn find_coupon(&self, _: &str) -> Result<Option<PlatformCoupon>, PlatformError> {
        unsupported("look coupons up")
    }

    async fn coupons(&self, _: Option<&PageToken>) -> Result<Page<PlatformCoupon>, PlatformError> {
        unsupported("list coupons")
    }

    async fn disable_coupon(&self, _: &str) -> Result<(), PlatformError> {
        unsupported("end coupons")
    }
}
