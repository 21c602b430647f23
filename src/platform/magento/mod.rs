//! Bis2Bis: shops made with Magento, reached by Magento's own interfaces behind the neutral [`Platform`] trait.
//!
//! There are two generations and so two doors, [`soap`] and [`rest`]; both bring records of the same fields, which are
//! read in one place. Owns addresses, sessions, windows, codes and refusals. Knows nothing of stores, points or the
//! database. What is taken for granted, and what is accepted because nobody knows, is in `CONTRACT.md` beside this
//! file. Built by the registry from a session ([`Api`]), settings and what the merchant typed.

mod access;
mod check;
mod customer;
mod descriptor;
mod order;
mod record;
mod rest;
mod soap;
mod status;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use serde_json::value::RawValue;

pub use access::{ADDRESS, Access, parse_address};
pub use descriptor::DESCRIPTOR;
pub use status::status_class;

use super::{
    NewCoupon, OrderListing, OrderStatus, Page, PageToken, Platform, PlatformCoupon, PlatformCustomer, PlatformError,
    PlatformOrder, PlatformProduct, Reject, Shop, Window, WindowKind,
    http::{Answer, Api},
    registry::Bis2BisSettings,
};
use access::Login;
use record::{FieldError, Record, id_of};
use rest::{Rest, Search};
use soap::Soap;

/// The field that orders are known by: their number, which both doors know.
const KEY: &str = "increment_id";
/// The most rows that are asked for at once.
const LARGEST_PAGE: u32 = 300;
/// How many orders tell which statuses a store has made for itself.
const SAMPLE: u32 = 100;

/// A kind of record: its name for merchants, where REST and SOAP list it, and the field that tells one from another.
#[derive(Debug, Clone, Copy)]
struct Resource {
    name: &'static str,
    path: &'static str,
    call: &'static str,
    id: &'static str,
    soap_id: &'static str,
}

const ORDERS: Resource = Resource {
    name: "sales",
    path: "orders",
    call: "salesOrderList",
    id: "entity_id",
    soap_id: KEY,
};
const CUSTOMERS: Resource = Resource {
    name: "customers",
    path: "customers/search",
    call: "customerCustomerList",
    id: "entity_id",
    soap_id: "customer_id",
};
const PRODUCTS: Resource = Resource {
    name: "catalog",
    path: "products",
    call: "catalogProductList",
    id: "entity_id",
    soap_id: "product_id",
};

/// Some rows of a walk, and where it goes on.
struct Batch {
    rows: Vec<Box<RawValue>>,
    next: Option<PageToken>,
}

/// One of the two doors.
enum Door {
    Soap(Soap),
    Rest(Rest),
}

/// A shop of either generation.
pub struct Magento {
    door: Door,
    attribute: String,
    /// For looking what stands behind the other door.
    api: Api,
}

impl Magento {
    /// The shop that `api` is a session with, opened with what the merchant typed.
    pub fn new(api: Api, settings: &Bis2BisSettings, access: Access) -> Self {
        let size = settings.page_size.clamp(1, LARGEST_PAGE);
        let door = match access.login {
            Login::Soap { user, key } => Door::Soap(Soap::new(api.clone(), user, key, size)),
            login => Door::Rest(Rest::new(api.clone(), login, access.store_code, size)),
        };
        Self {
            door,
            attribute: access.attribute,
            api,
        }
    }

    async fn walk(
        &self,
        resource: Resource,
        window: Window,
        token: Option<&PageToken>,
    ) -> Result<Batch, PlatformError> {
        let field = match window.by {
            WindowKind::Created => "created_at",
            WindowKind::Changed => "updated_at",
        };
        match &self.door {
            Door::Soap(soap) => soap.walk(resource, field, window.since, token).await,
            Door::Rest(rest) => rest.walk(resource, field, window.since, token).await,
        }
    }

    /// The field of an id in rows of this list.
    fn id_of(&self, resource: Resource) -> &'static str {
        match &self.door {
            Door::Soap(_) => resource.soap_id,
            // REST calls it so in rows, whatever its filters say.
            Door::Rest(_) => "id",
        }
    }
}

/// A page of records, each read alone.
fn read_page<T>(
    batch: Batch,
    key: &str,
    mut read: impl FnMut(&Record<'_>, &RawValue) -> Result<T, FieldError>,
) -> Page<T> {
    let mut page = Page {
        items: Vec::new(),
        rejects: Vec::new(),
        next: batch.next,
        total: None,
    };
    for row in &batch.rows {
        match Record::read(row).and_then(|record| read(&record, row)) {
            Ok(item) => page.items.push(item),
            Err(fault) => page.rejects.push(fault.reject(row, id_of(row, key))),
        }
    }
    page
}

/// Something answers at the address, but it does not speak as Magento does.
fn not_there(answer: &Answer) -> PlatformError {
    PlatformError::WrongAddress {
        detail: format!("there is no such API (status {})", answer.status.as_u16()),
    }
}

fn no_coupons<T>() -> Result<T, PlatformError> {
    Err(PlatformError::Unsupported {
        detail: "Bis2Bis has no call that makes coupons; hand them out by hand or from a pool of codes".into(),
    })
}

#[async_trait]
impl Platform for Magento {
    async fn check(&self) -> Result<(), PlatformError> {
        self.check_access().await
    }

    async fn shops(&self) -> Result<Vec<Shop>, PlatformError> {
        Ok(vec![Shop {
            external_id: Shop::NAMELESS.into(),
            name: "Bis2Bis".into(),
            url: None,
            active: true,
        }])
    }

    async fn statuses(&self) -> Result<Vec<OrderStatus>, PlatformError> {
        let rows = match &self.door {
            Door::Soap(soap) => soap.recent_orders().await?,
            Door::Rest(rest) => {
                let search = Search {
                    filter: None,
                    sort: &["updated_at"],
                    direction: "DESC",
                    size: SAMPLE,
                    page: 1,
                };
                rest.list(ORDERS, &search).await?.rows
            }
        };
        let code = |row: &RawValue| {
            let record = Record::read(row).ok()?;
            status::code(
                record.text_or_none("state").as_deref(),
                record.text_or_none("status").as_deref(),
            )
        };
        Ok(status::catalogue(rows.iter().filter_map(|row| code(row))))
    }

    async fn customers(
        &self,
        window: Window,
        page: Option<&PageToken>,
    ) -> Result<Page<PlatformCustomer>, PlatformError> {
        let batch = self.walk(CUSTOMERS, window, page).await?;
        let key = self.id_of(CUSTOMERS);
        Ok(read_page(batch, key, |record, _| {
            customer::read(record, key, &self.attribute)
        }))
    }

    async fn orders(&self, window: Window, page: Option<&PageToken>) -> Result<Page<OrderListing>, PlatformError> {
        let batch = self.walk(ORDERS, window, page).await?;
        Ok(read_page(batch, KEY, order::listing))
    }

    async fn complete_order(&self, listing: &OrderListing) -> Result<Result<PlatformOrder, Reject>, PlatformError> {
        let (detail, is_whole) = match &self.door {
            Door::Soap(soap) => (soap.order(&listing.external_id).await?, false),
            Door::Rest(_) => (None, true),
        };
        Ok(order::read(listing, detail.as_deref(), is_whole, &self.attribute))
    }

    async fn products(&self, page: Option<&PageToken>) -> Result<Page<PlatformProduct>, PlatformError> {
        let batch = match &self.door {
            Door::Soap(soap) => soap.all(PRODUCTS).await?,
            Door::Rest(rest) => rest.walk_by_id(PRODUCTS, page).await?,
        };
        let key = self.id_of(PRODUCTS);
        Ok(read_page(batch, key, |record, _| {
            Ok(PlatformProduct {
                external_id: record.id(key)?.ok_or_else(|| FieldError::missing(key))?,
                sku: record.text("sku")?.ok_or_else(|| FieldError::missing("sku"))?,
                name: record.text_or_none("name").unwrap_or_default(),
                // 2 is switched off; SOAP's list does not tell.
                active: record.text_or_none("status").as_deref() != Some("2"),
            })
        }))
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
