//! Tiny, the ERP of Olist, by either of its interfaces: the API 2.0 here, the API 3 in [`v3`].
//!
//! Owns the platform's forms and envelopes, loose types, days without a time, statuses and limits; orders, contacts and
//! webhooks of both interfaces are read in one place. It is no shop: its
//! sales are those of shops and tills, and an order that carries a shop's number is that shop's. Knows nothing of
//! stores, points or the database. Built by the registry from a session ([`Api`]) and the token. What is taken for
//! granted, and what is accepted because nobody knows, is in `CONTRACT.md` beside this file.

mod call;
mod contact;
mod dates;
mod descriptor;
mod hook;
mod order;
mod status;
mod v3;
mod walk;
mod words;

use async_trait::async_trait;
use chrono::DateTime;
use secrecy::SecretString;
use serde_json::value::RawValue;

pub use descriptor::DESCRIPTOR;
pub use hook::hook;
pub use status::status_class;
pub use v3::{DESCRIPTOR as V3_DESCRIPTOR, TinyV3, status_class as v3_status_class};

use super::http::Api;
use super::record::Record;
use super::registry::{CredentialProblem, Credentials, TinySettings};
use super::{
    NewCoupon, OrderListing, OrderStatus, Page, PageToken, Platform, PlatformCoupon, PlatformCustomer, PlatformError,
    PlatformOrder, PlatformProduct, Reject, Shop, Window, WindowKind,
};
use call::{Desk, Failed, Told};
use words::V2;

/// Somebody waits in front of a screen: fewer tries than an import makes.
const CHECK_TRIES: u32 = 2;

/// An account of Tiny.
pub struct Tiny {
    desk: Desk,
    contacts_at_once: usize,
}

impl Tiny {
    /// The token that was typed.
    pub fn token(credentials: &Credentials) -> Result<SecretString, CredentialProblem> {
        descriptor::token(credentials)
    }

    /// The account that `api` is a session with.
    pub fn new(api: Api, token: SecretString, settings: &TinySettings) -> Self {
        Self {
            desk: Desk::new(api, token, settings.heed_told_limit),
            contacts_at_once: usize::try_from(settings.page_size).unwrap_or(usize::MAX),
        }
    }
}

fn no_coupons<T>() -> Result<T, PlatformError> {
    Err(PlatformError::Unsupported {
        detail: "an ERP makes no coupons; hand them out by hand or from a pool of codes".into(),
    })
}

#[async_trait]
impl Platform for Tiny {
    async fn check(&self) -> Result<(), PlatformError> {
        let since = DateTime::UNIX_EPOCH;
        let by = WindowKind::Created;
        self.desk.with_max_tries(CHECK_TRIES).check(Window { since, by }).await
    }

    /// The account itself, by its CNPJ or CPF, which webhooks tell too.
    async fn shops(&self) -> Result<Vec<Shop>, PlatformError> {
        let told = match self.desk.ask("info", &[]).await.map_err(Failed::of_read) {
            Ok(Told::Found(raw)) => Some(raw),
            Ok(Told::Nothing) | Err(PlatformError::NotFound { .. } | PlatformError::Refused { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(vec![account(told.as_deref(), DESCRIPTOR.name)])
    }

    async fn statuses(&self) -> Result<Vec<OrderStatus>, PlatformError> {
        Ok(status::statuses())
    }

    async fn customers(
        &self,
        window: Window,
        page: Option<&PageToken>,
    ) -> Result<Page<PlatformCustomer>, PlatformError> {
        self.desk.contacts(window, page, self.contacts_at_once).await
    }

    async fn orders(&self, window: Window, page: Option<&PageToken>) -> Result<Page<OrderListing>, PlatformError> {
        self.desk.orders(window, page).await
    }

    async fn order(&self, external_id: &str) -> Result<OrderListing, PlatformError> {
        if !order::is_id(external_id) {
            return Err(PlatformError::NotFound {
                what: "an order whose id is not a number".into(),
            });
        }
        let raw = self.desk.one_order(external_id).await?;
        let listing = order::listing(&raw, &V2)
            .ok()
            .filter(|listing| listing.external_id == external_id);
        listing.ok_or_else(|| PlatformError::Malformed {
            detail: "the answer is not the order that was asked for".into(),
        })
    }

    async fn complete_order(&self, listing: &OrderListing) -> Result<Result<PlatformOrder, Reject>, PlatformError> {
        let detail = if order::is_whole(&listing.row) {
            None
        } else {
            self.desk.order(&listing.external_id).await?
        };
        let raw = detail.as_deref().unwrap_or(&listing.row);
        Ok(order::order(raw, &V2).map_err(|error| error.reject(raw, Some(listing.external_id.clone()))))
    }

    async fn products(&self, page: Option<&PageToken>) -> Result<Page<PlatformProduct>, PlatformError> {
        self.desk.products(page).await
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

/// The account as its only shop, called `nameless` where it tells no name.
fn account(envelope: Option<&RawValue>, nameless: &str) -> Shop {
    let told = envelope.map(|raw| order::unwrapped(raw, "conta"));
    let record = told.and_then(|raw| Record::parse(raw).ok());
    let text = |key: &str| record.as_ref().and_then(|record| record.soft_text(key));
    let document = ["cnpj_cpf", "cnpj", "cpfCnpj"]
        .iter()
        .find_map(|key| text(key))
        .map(|document| hook::bare(&document));
    Shop {
        external_id: document
            .filter(|document| !document.is_empty())
            .unwrap_or_else(|| Shop::NAMELESS.to_owned()),
        name: text("fantasia")
            .or_else(|| text("razao_social"))
            .or_else(|| text("razaoSocial"))
            .unwrap_or_else(|| nameless.to_owned()),
        url: None,
        active: true,
    }
}
