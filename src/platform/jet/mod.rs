//! JET: both generations of its API behind the neutral [`Platform`] trait.
//!
//! Owns the platform's addresses, loose types and statuses. The current generation (OpenAPI) gives one order by
//! its id, of which webhooks tell; the legacy one ("adm") has a queue that is acknowledged. The order is the same
//! in both. Knows nothing of stores, points or the database. Built by the registry from a session ([`Api`]) and
//! what the credentials open. What is taken for granted is in `CONTRACT.md`.

mod adm;
mod answers;
mod dates;
mod descriptor;
mod hook;
mod open_api;
mod order;
mod queue;
mod status;

use async_trait::async_trait;
use serde_json::value::RawValue;

pub use descriptor::{Access, DESCRIPTOR, Login};
pub use hook::hook;
pub use status::status_class;

use super::http::{Api, Auth};
use super::registry::{CredentialProblem, Credentials, JetSettings};
use super::{
    NewCoupon, OrderListing, OrderStatus, Page, PageToken, Platform, PlatformCoupon, PlatformCustomer, PlatformError,
    PlatformOrder, PlatformProduct, Reject, SalesBy, Shop, Window,
};
use adm::Adm;
use open_api::OpenApi;

/// A shop on JET.
pub struct Jet {
    door: Door,
    page_size: usize,
}

/// The generation that is spoken with.
enum Door {
    OpenApi(OpenApi),
    Adm(Adm),
}

impl Jet {
    /// What typed credentials open.
    pub fn access(credentials: &Credentials) -> Result<Access, CredentialProblem> {
        descriptor::access(credentials)
    }

    /// The address that a generation lives at.
    pub fn address(settings: &JetSettings, access: &Access) -> String {
        match access {
            Access::OpenApi { .. } => settings.base_url.clone(),
            Access::Adm(login) => settings.adm_url.replace("{cluster}", &login.cluster),
        }
    }

    /// How a session shows who calls. The legacy generation logs in first.
    pub fn auth(access: &Access) -> Auth {
        match access {
            Access::OpenApi { key } => Auth::Named {
                name: "apiKey",
                value: key.clone(),
            },
            Access::Adm(_) => Auth::None,
        }
    }

    /// The shop that `api` is a session with.
    pub fn new(api: Api, access: Access, settings: &JetSettings) -> Self {
        let door = match access {
            Access::OpenApi { .. } => Door::OpenApi(OpenApi(api)),
            Access::Adm(login) => Door::Adm(Adm::new(api, login)),
        };
        Self {
            door,
            page_size: usize::try_from(settings.page_size).unwrap_or(usize::MAX),
        }
    }

    async fn raw_order(&self, id: &str) -> Result<Box<RawValue>, PlatformError> {
        match &self.door {
            Door::OpenApi(api) => api.order(id).await,
            Door::Adm(adm) => adm.order(id).await,
        }
    }
}

fn unsupported<T>(what: &str) -> Result<T, PlatformError> {
    Err(PlatformError::Unsupported {
        detail: format!("no way to {what} is known for JET"),
    })
}

#[async_trait]
impl Platform for Jet {
    fn sales_by(&self) -> SalesBy {
        match &self.door {
            Door::OpenApi(_) => SalesBy::Id,
            Door::Adm(_) => SalesBy::Queue,
        }
    }

    async fn check(&self) -> Result<(), PlatformError> {
        match &self.door {
            Door::OpenApi(api) => api.check().await,
            Door::Adm(adm) => adm.check().await,
        }
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
        Ok(status::statuses())
    }

    async fn customers(&self, _: Window, _: Option<&PageToken>) -> Result<Page<PlatformCustomer>, PlatformError> {
        unsupported("list customers")
    }

    async fn orders(&self, window: Window, page: Option<&PageToken>) -> Result<Page<OrderListing>, PlatformError> {
        match &self.door {
            Door::Adm(adm) => adm.walk(window, page, self.page_size).await,
            // Nothing lists them: each is asked for by the id that a webhook tells.
            Door::OpenApi(_) => Ok(Page {
                items: Vec::new(),
                rejects: Vec::new(),
                next: None,
                total: None,
            }),
        }
    }

    async fn order(&self, external_id: &str) -> Result<OrderListing, PlatformError> {
        if !order::is_id(external_id) {
            return Err(PlatformError::NotFound {
                what: "an order whose id is not a number".into(),
            });
        }
        let raw = self.raw_order(external_id).await?;
        let listing = order::listing(&raw).filter(|listing| listing.external_id == external_id);
        listing.ok_or_else(|| PlatformError::Malformed {
            detail: "the answer is not the order that was asked for".into(),
        })
    }

    async fn complete_order(&self, listing: &OrderListing) -> Result<Result<PlatformOrder, Reject>, PlatformError> {
        let read = order::order(&listing.row);
        Ok(read.map_err(|error| error.reject(&listing.row, Some(listing.external_id.clone()))))
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
