//! Loja Integrada: its REST API behind the neutral [`Platform`] trait.
//!
//! Owns the platform's addresses, loose types, limits and refusals; a file per resource. Knows
//! nothing of stores, points or the database. Its documentation is thin and its answers vary, so
//! every plausible reading is accepted, and writes are never repeated blindly. Built by the
//! registry from a session ([`Api`]) and settings.

mod answer;
mod check;
mod coupon_body;
mod coupons;
mod customers;
mod descriptor;
mod hook;
mod lines;
mod orders;
mod paging;
mod products;
mod status;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::HashMap;

use async_trait::async_trait;
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::OnceCell;

pub use descriptor::DESCRIPTOR;
pub use hook::{hook, hook_token};
pub use status::status_class;

use super::http::{Answer, Api, Auth, FetchError, encode_segment};
use super::record::Record;
use super::registry::{CredentialProblem, Credentials, LojaIntegradaSettings};
use super::{
    NewCoupon, OrderListing, OrderStatus, Page, PageToken, Platform, PlatformCoupon, PlatformCustomer, PlatformError,
    PlatformOrder, PlatformProduct, Reject, Shop, Window,
};
use answer::{accept, parse};
use paging::{Listing, Walk};
use wire::own_id;

/// A shop on Loja Integrada.
pub struct LojaIntegrada {
    api: Api,
    settings: LojaIntegradaSettings,
    /// Status codes by id, read once, for orders that name their status only by id.
    codes: OnceCell<HashMap<String, String>>,
}

impl LojaIntegrada {
    /// The shop that `api` is a session with.
    pub fn new(api: Api, settings: LojaIntegradaSettings) -> Self {
        Self {
            api,
            settings,
            codes: OnceCell::new(),
        }
    }

    /// The way to authenticate with what the merchant filled in: `api_key` alone is a personal
    /// token, together with `application_key` it is the pair of keys.
    pub fn auth(credentials: &Credentials) -> Result<Auth, CredentialProblem> {
        descriptor::auth(credentials)
    }

    fn walk(&self, list: &str) -> Walk {
        Walk::start(list, self.settings.page_size)
    }

    /// One row of a list, to see whether the list may be read.
    fn probe(list: &str) -> Walk {
        Walk::start(list, 1)
    }

    async fn page(&self, walk: &Walk) -> Result<Listing, PlatformError> {
        let query = walk.query();
        let query: Vec<(&str, &str)> = query
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        let resource = resource_of(&walk.list);
        let answer = accept(resource, self.api.get(&walk.path(), &query).await?)?;
        Listing::parse(resource, &answer.body)
    }

    async fn item(&self, resource: &str, id: &str) -> Result<Box<RawValue>, PlatformError> {
        let path = format!("/v1/{resource}/{}", encode_segment(id));
        let answer = accept(resource, self.api.get(&path, &[]).await?)?;
        parse(resource, &answer.body)
    }

    /// A detail that can be done without. `None` where it cannot be had now; an error where going
    /// on would be wrong: refused credentials and the request limit.
    async fn optional_item(&self, resource: &str, id: &str) -> Result<Option<Box<RawValue>>, PlatformError> {
        match self.item(resource, id).await {
            Ok(raw) => Ok(Some(raw)),
            Err(
                error @ (PlatformError::Unauthorized { .. }
                | PlatformError::Expired { .. }
                | PlatformError::Forbidden { .. }
                | PlatformError::RateLimited { .. }),
            ) => Err(error),
            Err(error) => {
                tracing::warn!(platform.resource = resource, error = %error, "a detail cannot be had; going on without it");
                Ok(None)
            }
        }
    }

    /// Sends a change once. Some shops move the address without its final slash to the one with it:
    /// since nothing was done, the change is then sent there, by us and not by following the answer.
    async fn write(&self, method: Method, path: &str, body: &Value) -> Result<Answer, PlatformError> {
        let path = format!("/v1/{path}");
        match self.api.try_send_once(method.clone(), &path, body).await {
            Err(FetchError::Redirected {
                status: StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT,
            }) => {}
            other => return other.map_err(of_write),
        }
        self.api
            .try_send_once(method, &format!("{path}/"), body)
            .await
            .map_err(of_write)
    }

    /// The code of the status with this id.
    async fn status_code(&self, id: &str) -> Result<String, PlatformError> {
        let codes = self.codes.get_or_try_init(|| async {
            let rows = self.status_rows().await?;
            Ok(rows
                .into_iter()
                .map(|(id, status)| (id, status.code))
                .collect::<HashMap<_, _>>())
        });
        let known = codes
            .await?
            .get(id)
            .cloned()
            .or_else(|| status::known_code(id).map(str::to_owned));
        // An id in no table stays visible as an unknown status.
        Ok(known.unwrap_or_else(|| id.to_owned()))
    }

    /// The catalogue of statuses, each with its id.
    async fn status_rows(&self) -> Result<Vec<(String, OrderStatus)>, PlatformError> {
        let mut rows = Vec::new();
        let mut walk = Some(self.walk("situacao"));
        while let Some(here) = walk {
            let listing = self.page(&here).await?;
            for raw in &listing.rows {
                let row = Record::parse(raw).ok().and_then(|record| status_row(&record));
                if row.is_none() {
                    tracing::warn!(platform.resource = "situacao", "a status without code is left out");
                }
                rows.extend(row);
            }
            walk = here.after(&listing, &[]);
        }
        Ok(rows)
    }
}

fn status_row(record: &Record<'_>) -> Option<(String, OrderStatus)> {
    let code = record.soft_text("codigo")?;
    let name = record.soft_text("nome").unwrap_or_else(|| code.clone());
    let status = OrderStatus {
        class: status_class(&code),
        code,
        name,
    };
    Some((own_id(record).unwrap_or_default(), status))
}

/// What a lost write means here: any other redirect may be the answer to a change that was made.
fn of_write(error: FetchError) -> PlatformError {
    match error {
        FetchError::Redirected { .. } => PlatformError::Unknown {
            detail: error.to_string(),
        },
        other => other.of_write(),
    }
}

/// The name that people know a list by: `cliente` for `cliente/search`.
fn resource_of(list: &str) -> &str {
    list.split('/').next().unwrap_or(list)
}

#[async_trait]
impl Platform for LojaIntegrada {
    async fn check(&self) -> Result<(), PlatformError> {
        self.check_access().await
    }

    async fn shops(&self) -> Result<Vec<Shop>, PlatformError> {
        let (external_id, name) = (Shop::NAMELESS.to_owned(), DESCRIPTOR.name.to_owned());
        Ok(vec![Shop {
            external_id,
            name,
            url: None,
            active: true,
        }])
    }

    async fn statuses(&self) -> Result<Vec<OrderStatus>, PlatformError> {
        Ok(self
            .status_rows()
            .await?
            .into_iter()
            .map(|(_, status)| status)
            .collect())
    }

    async fn customers(
        &self,
        window: Window,
        page: Option<&PageToken>,
    ) -> Result<Page<PlatformCustomer>, PlatformError> {
        self.customer_page(window, page).await
    }

    async fn orders(&self, window: Window, page: Option<&PageToken>) -> Result<Page<OrderListing>, PlatformError> {
        self.order_page(window, page).await
    }

    async fn order(&self, external_id: &str) -> Result<OrderListing, PlatformError> {
        self.order_by_number(external_id).await
    }

    async fn register_hook(&self, url: &str, token: &SecretString) -> Result<(), PlatformError> {
        self.send_hooks_to(url, token).await
    }

    async fn complete_order(&self, listing: &OrderListing) -> Result<Result<PlatformOrder, Reject>, PlatformError> {
        self.whole_order(listing).await
    }

    async fn products(&self, page: Option<&PageToken>) -> Result<Page<PlatformProduct>, PlatformError> {
        self.product_page(page).await
    }

    async fn create_coupon(&self, coupon: &NewCoupon) -> Result<PlatformCoupon, PlatformError> {
        self.new_coupon(coupon).await
    }

    async fn find_coupon(&self, code: &str) -> Result<Option<PlatformCoupon>, PlatformError> {
        self.coupon_by_code(code).await
    }

    async fn coupons(&self, page: Option<&PageToken>) -> Result<Page<PlatformCoupon>, PlatformError> {
        self.coupon_page(page).await
    }

    async fn disable_coupon(&self, code: &str) -> Result<(), PlatformError> {
        self.switch_coupon_off(code).await
    }
}
