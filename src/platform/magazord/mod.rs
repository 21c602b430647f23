//! Magazord: its REST API behind the neutral [`Platform`] trait.
//!
//! Owns the platform's addresses, envelopes, dates, codes and refusals; a file per resource. Knows
//! nothing of stores, points or the database. The platform documents little and answers in several
//! ways, so every plausible reading is accepted: `CONTRACT.md` beside this file lists them. Built
//! by the registry from a session ([`Api`]), settings and the chosen shop.

mod alias;
mod answers;
mod check;
mod coupon_body;
mod coupons;
mod customers;
mod dates;
mod descriptor;
mod envelope;
mod fields;
mod hook;
mod lines;
mod order_detail;
mod orders;
mod page;
mod products;
mod shops;
mod status;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use serde_json::value::RawValue;

pub use alias::{ALIAS, base_address, parse_alias};
pub use descriptor::{DESCRIPTOR, auth};
pub use hook::{SIGNATURE, hook};
pub use status::status_class;

use super::{
    NewCoupon, OrderListing, OrderStatus, Page, PageToken, Platform, PlatformCoupon, PlatformCustomer, PlatformError,
    PlatformOrder, PlatformProduct, Reject, Shop, Window, http::Api, registry::MagazordSettings,
};
use envelope::List;
use fields::{FieldError, Record, id_of};
use page::Cursor;

/// The most rows that the platform gives at once.
const LARGEST_PAGE: u32 = 100;

/// A kind of record: the platform's word for it, as merchants know it, and where it is listed.
#[derive(Debug, Clone, Copy)]
struct Resource {
    name: &'static str,
    path: &'static str,
}

const SHOPS: Resource = Resource {
    name: "loja",
    path: "/v2/site/loja",
};
const PEOPLE: Resource = Resource {
    name: "pessoa",
    path: "/v2/site/pessoa",
};
const ORDERS: Resource = Resource {
    name: "pedido",
    path: "/v2/site/pedido",
};
const COUPONS: Resource = Resource {
    name: "cupomDesconto",
    path: "/v2/site/cupomDesconto",
};
const PRODUCTS: Resource = Resource {
    name: "produto",
    path: "/v2/site/produto",
};

/// A panel on Magazord, and the shop of it that is imported.
pub struct Magazord {
    api: Api,
    shop: Option<String>,
    page_size: String,
}

impl Magazord {
    /// The panel that `api` is a session with; only rows of `shop_id` are given, where one is named.
    pub fn new(api: Api, settings: &MagazordSettings, shop_id: Option<&str>) -> Self {
        let shop = shop_id
            .map(str::trim)
            .filter(|shop| !shop.is_empty())
            .map(str::to_owned);
        Self {
            api,
            shop,
            page_size: settings.page_size.clamp(1, LARGEST_PAGE).to_string(),
        }
    }

    /// One page of a list, with these parameters beside the page's own.
    async fn list(&self, resource: Resource, cursor: &Cursor, filters: &[(&str, &str)]) -> Result<List, PlatformError> {
        let page = cursor.page();
        let mut query = vec![("limit", self.page_size.as_str()), ("page", page.as_str())];
        query.extend_from_slice(filters);
        let answer = self.api.get(resource.path, &query).await?;
        answers::expect_list(&answer, resource.name)
    }

    /// Whether a row belongs to the shop that is imported. A row that does not say does.
    fn is_ours(&self, shop: Option<&str>) -> bool {
        match (&self.shop, shop) {
            (Some(ours), Some(shop)) => ours == shop,
            _ => true,
        }
    }
}

/// A page of records, each read alone: `read` gives none for a row that is left out.
fn read_page<T>(
    cursor: &Cursor,
    list: &List,
    mut read: impl FnMut(&Record<'_>, &RawValue) -> Result<Vec<T>, FieldError>,
) -> Page<T> {
    let mut page = Page {
        items: Vec::new(),
        rejects: Vec::new(),
        next: None,
        total: list.total,
    };
    if cursor.is_repeated_by(list) {
        return page;
    }
    for row in &list.rows {
        match Record::read(row).and_then(|record| read(&record, row)) {
            Ok(items) => page.items.extend(items),
            Err(fault) => page.rejects.push(fault.reject(row, id_of(row))),
        }
    }
    page.next = cursor.after(list).and_then(|next| next.token());
    page
}

#[async_trait]
impl Platform for Magazord {
    async fn check(&self) -> Result<(), PlatformError> {
        self.check_access().await
    }

    async fn shops(&self) -> Result<Vec<Shop>, PlatformError> {
        self.list_shops().await
    }

    async fn statuses(&self) -> Result<Vec<OrderStatus>, PlatformError> {
        Ok(status::statuses())
    }

    async fn customers(
        &self,
        window: Window,
        page: Option<&PageToken>,
    ) -> Result<Page<PlatformCustomer>, PlatformError> {
        self.list_customers(window, page).await
    }

    async fn orders(&self, window: Window, page: Option<&PageToken>) -> Result<Page<OrderListing>, PlatformError> {
        self.list_orders(window, page).await
    }

    async fn order(&self, external_id: &str) -> Result<OrderListing, PlatformError> {
        self.order_by_code(external_id).await
    }

    async fn find_order(&self, external_id: &str, number: &str) -> Result<Option<OrderListing>, PlatformError> {
        // A code that leads to another order leads to none.
        match self.order_by_code(number).await {
            Ok(found) => Ok(Some(found).filter(|found| found.external_id == external_id)),
            Err(PlatformError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn complete_order(&self, listing: &OrderListing) -> Result<Result<PlatformOrder, Reject>, PlatformError> {
        self.whole_order(listing).await
    }

    async fn products(&self, page: Option<&PageToken>) -> Result<Page<PlatformProduct>, PlatformError> {
        self.list_products(page).await
    }

    async fn create_coupon(&self, coupon: &NewCoupon) -> Result<PlatformCoupon, PlatformError> {
        self.post_coupon(coupon).await
    }

    async fn find_coupon(&self, code: &str) -> Result<Option<PlatformCoupon>, PlatformError> {
        Ok(self.coupon_by_code(code).await?.map(|found| found.coupon))
    }

    async fn coupons(&self, page: Option<&PageToken>) -> Result<Page<PlatformCoupon>, PlatformError> {
        self.list_coupons(page).await
    }

    async fn disable_coupon(&self, code: &str) -> Result<(), PlatformError> {
        self.expire_coupon(code).await
    }
}
