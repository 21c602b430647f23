//! The source of sales that are pushed in: an ERP or a till without an adapter of its own.
//!
//! Owns its description and its fixed statuses. There is nothing behind it to be asked, so the session
//! knows the statuses and refuses everything else. The registry opens it like any platform's.

mod descriptor;
mod status;

use async_trait::async_trait;

use super::{
    NewCoupon, OrderListing, OrderStatus, Page, PageToken, Platform, PlatformCoupon, PlatformCustomer, PlatformError,
    PlatformOrder, PlatformProduct, Reject, SalesBy, Shop, Window,
};

pub use descriptor::DESCRIPTOR;
pub use status::{Status, status_class};

/// A session with a source that cannot be asked.
#[derive(Debug, Clone, Copy)]
pub struct SalesApi;

fn unsupported<T>(what: &str) -> Result<T, PlatformError> {
    Err(PlatformError::Unsupported {
        detail: format!("a source of pushed sales has no {what} to ask for"),
    })
}

#[async_trait]
impl Platform for SalesApi {
    fn sales_by(&self) -> SalesBy {
        SalesBy::Push
    }

    async fn check(&self) -> Result<(), PlatformError> {
        Ok(())
    }

    async fn shops(&self) -> Result<Vec<Shop>, PlatformError> {
        Ok(Vec::new())
    }

    async fn statuses(&self) -> Result<Vec<OrderStatus>, PlatformError> {
        Ok(status::statuses())
    }

    async fn customers(&self, _: Window, _: Option<&PageToken>) -> Result<Page<PlatformCustomer>, PlatformError> {
        unsupported("customers")
    }

    async fn orders(&self, _: Window, _: Option<&PageToken>) -> Result<Page<OrderListing>, PlatformError> {
        unsupported("orders")
    }

    async fn complete_order(&self, _: &OrderListing) -> Result<Result<PlatformOrder, Reject>, PlatformError> {
        unsupported("orders")
    }

    async fn products(&self, _: Option<&PageToken>) -> Result<Page<PlatformProduct>, PlatformError> {
        unsupported("products")
    }

    async fn create_coupon(&self, _: &NewCoupon) -> Result<PlatformCoupon, PlatformError> {
        unsupported("coupons")
    }

    async fn find_coupon(&self, _: &str) -> Result<Option<PlatformCoupon>, PlatformError> {
        unsupported("coupons")
    }

    async fn coupons(&self, _: Option<&PageToken>) -> Result<Page<PlatformCoupon>, PlatformError> {
        unsupported("coupons")
    }

    async fn disable_coupon(&self, _: &str) -> Result<(), PlatformError> {
        unsupported("coupons")
    }
}
