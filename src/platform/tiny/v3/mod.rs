//! Tiny by its API 3: an app of the merchant's, consent on the platform, JSON.
//!
//! Owns this interface's addresses, lists, errors and limits. What its records tell is read where those of the API 2.0
//! are, in words of its own, and its webhooks are the same. Knows nothing of stores, points or the database, nor of where
//! the tokens of the consent are kept: its session ([`Api`]) has them. What is taken for granted is in `CONTRACT.md`.

mod answers;
mod descriptor;
mod pace;
mod walk;

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::value::RawValue;
use tokio::sync::Mutex;
use url::Url;

pub use super::status::class_of_number as status_class;
pub use descriptor::DESCRIPTOR;

use super::words::V3;
use super::{account, contact, no_coupons, order, status};
use crate::platform::consent::{ConsentApp, Proof};
use crate::platform::http::{Api, Limits};
use crate::platform::registry::{CredentialProblem, Credentials, TinyV3Settings};
use crate::platform::{
    NewCoupon, OrderListing, OrderStatus, Page, PageToken, Platform, PlatformCoupon, PlatformCustomer, PlatformError,
    PlatformOrder, PlatformProduct, Reject, Shop, Window,
};
use answers::{accept, parse};
use descriptor::{CLIENT_ID, CLIENT_SECRET};
use pace::Paced;
use walk::{CONTACTS, ORDERS};

/// How long a refresh token lives, where the answer does not say.
const REFRESH_LIFE: Duration = Duration::from_hours(24);
/// The largest page.
const LARGEST_PAGE: u32 = 100;
/// Somebody waits in front of a screen: fewer tries than an import makes.
const CHECK_TRIES: u32 = 2;
/// Contacts that a session remembers.
const REMEMBERED: usize = 10_000;

/// An account of Tiny, by the API 3.
pub struct TinyV3 {
    api: Paced,
    page_size: u32,
    contacts_page_size: u32,
    update_filter: String,
    /// Contacts behind orders that tell little of their buyer.
    contacts: Mutex<HashMap<String, Option<PlatformCustomer>>>,
}

impl TinyV3 {
    /// The account that `api` is a session with.
    pub fn new(api: Api, settings: &TinyV3Settings) -> Self {
        Self {
            api: Paced::new(api, settings.heed_told_limit),
            page_size: settings.page_size.clamp(1, LARGEST_PAGE),
            contacts_page_size: settings.contacts_page_size.clamp(1, LARGEST_PAGE),
            update_filter: settings.update_filter.clone(),
            contacts: Mutex::new(HashMap::new()),
        }
    }

    /// The merchant's app.
    ///
    /// # Errors
    /// [`PlatformError::Unreachable`] when an address in the settings is none.
    pub fn app(credentials: &Credentials, settings: &TinyV3Settings) -> Result<ConsentApp, PlatformError> {
        let address = |text: &str| {
            text.parse::<Url>().map_err(|_| PlatformError::Unreachable {
                detail: "an address in the settings platforms.tiny_v3 is not an address".into(),
            })
        };
        let value = |key: &str| credentials.get(key).cloned().unwrap_or_default();
        Ok(ConsentApp {
            authorize_url: address(&settings.authorize_url)?,
            token_url: address(&settings.token_url)?,
            client_id: value(CLIENT_ID),
            client_secret: value(CLIENT_SECRET),
            proof: Proof::Form,
            scope: Some("openid"),
            tells_callback: true,
            headers: &[],
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
        descriptor::check_shape(credentials)
    }

    /// The contact behind an order's buyer, asked for once.
    async fn contact(&self, id: &str) -> Result<Option<PlatformCustomer>, PlatformError> {
        let mut known = self.contacts.lock().await;
        if let Some(contact) = known.get(id) {
            return Ok(contact.clone());
        }
        let raw = self.contact_detail(id).await?;
        let contact = raw.and_then(|raw| contact::customer(&raw, None, &V3).ok());
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(id.to_owned(), contact.clone());
        Ok(contact)
    }

    /// The order of a detail, with what its buyer's contact adds where the order names the contact alone.
    async fn whole(
        &self,
        listing: &OrderListing,
        raw: &RawValue,
    ) -> Result<Result<PlatformOrder, Reject>, PlatformError> {
        let mut order = match order::order(raw, &V3) {
            Ok(order) => order,
            Err(error) => return Ok(Err(error.reject(raw, Some(listing.external_id.clone())))),
        };
        if let Some(id) = order::contact_to_ask(raw, &V3)
            && let Some(contact) = self.contact(&id).await?
        {
            order::add_contact(&mut order, contact);
        }
        Ok(Ok(order))
    }
}

fn unsupported<T>(detail: &str) -> Result<T, PlatformError> {
    Err(PlatformError::Unsupported { detail: detail.into() })
}

#[async_trait]
impl Platform for TinyV3 {
    async fn check(&self) -> Result<(), PlatformError> {
        let api = self.api.with_max_tries(CHECK_TRIES);
        let one = [("limit", "1"), ("offset", "0")];
        for resource in [ORDERS, CONTACTS] {
            let answer = accept(resource, api.get(&format!("/{resource}"), &one).await?)?;
            parse(resource, &answer.body)?;
        }
        Ok(())
    }

    /// Its CNPJ or CPF.
    async fn account(&self) -> Result<Option<String>, PlatformError> {
        let shops = self.shops().await?;
        let mut documents = shops.into_iter().map(|shop| shop.external_id);
        Ok(documents.find(|document| document != Shop::NAMELESS))
    }

    /// The account itself, by its CNPJ or CPF.
    async fn shops(&self) -> Result<Vec<Shop>, PlatformError> {
        let answer = self.api.with_max_tries(CHECK_TRIES).get("/info", &[]).await?;
        let answer = match accept("info", answer) {
            Ok(answer) => Some(answer),
            Err(PlatformError::Forbidden { .. } | PlatformError::NotFound { .. } | PlatformError::Refused { .. }) => {
                None
            }
            Err(error) => return Err(error),
        };
        let told = answer.as_ref().map(|answer| parse("info", &answer.body)).transpose()?;
        Ok(vec![account(told, DESCRIPTOR.name)])
    }

    async fn statuses(&self) -> Result<Vec<OrderStatus>, PlatformError> {
        Ok(status::numbered())
    }

    async fn customers(
        &self,
        window: Window,
        page: Option<&PageToken>,
    ) -> Result<Page<PlatformCustomer>, PlatformError> {
        self.contact_page(window, page).await
    }

    async fn orders(&self, window: Window, page: Option<&PageToken>) -> Result<Page<OrderListing>, PlatformError> {
        self.order_page(window, page).await
    }

    async fn order(&self, external_id: &str) -> Result<OrderListing, PlatformError> {
        if !order::is_id(external_id) {
            return Err(PlatformError::NotFound {
                what: "an order whose id is not a number".into(),
            });
        }
        let raw = self.one_order(external_id).await?;
        order::listing(&raw, &V3).map_err(|error| PlatformError::Malformed {
            detail: format!("the order cannot be used: {}", error.message),
        })
    }

    async fn complete_order(&self, listing: &OrderListing) -> Result<Result<PlatformOrder, Reject>, PlatformError> {
        let detail = if order::is_whole(&listing.row) {
            None
        } else {
            self.detail(ORDERS, &listing.external_id).await?
        };
        self.whole(listing, detail.as_deref().unwrap_or(&listing.row)).await
    }

    async fn products(&self, _: Option<&PageToken>) -> Result<Page<PlatformProduct>, PlatformError> {
        unsupported("products are not read from this ERP")
    }

    async fn create_coupon(&self, _: &NewCoupon) -> Result<PlatformCoupon, PlatformError> {
        no_coupons()
    }

    async fn find_coupon(&self, _: &str) -> Result<Option<PlatformCoupon>, PlatformError> {
        no_coupons()
    }

    async fn coupons(&self, _: Option<&PageToken>) -> Result<Page<PlatformCoupon>, PlatformError> {
        no_coupons()
    }

    async fn disable_coupon(&self, _: &str) -> Result<(), PlatformError> {
        no_coupons()
    }
}
