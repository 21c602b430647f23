//! The outside shops: one trait, neutral shapes, errors, one HTTP client; a folder per platform.
//!
//! An adapter knows its platform's protocol and nothing of stores, points or the database. It is
//! used by jobs and by the use cases that check a connection. Adding one is described in
//! `docs/adding-a-platform.md`.

pub mod bling;
pub mod consent;
pub mod descriptor;
pub mod error;
pub mod http;
pub mod jet;
pub mod loja_integrada;
pub mod magazord;
pub mod magento;
pub mod mask;
pub mod model;
mod record;
pub mod registry;
pub mod sales_api;
pub mod signature;
pub mod tiny;
mod wall_clock;

use async_trait::async_trait;
use secrecy::SecretString;

pub use descriptor::{Capabilities, CredentialField, Descriptor, LocalText, OrderStatus, StatusClass};
pub use error::{PlatformError, RefusalReason};
pub use model::{
    Buyer, Cents, DetailLevel, Discount, Hook, NewCoupon, OrderLine, OrderListing, Page, PageToken, PersonKind,
    PlatformCoupon, PlatformCustomer, PlatformOrder, PlatformProduct, Reject, SalesBy, SalesChannel, Shop, Window,
    WindowKind,
};
pub use registry::{HookProof, Kind, Registry, SaleStatus};

/// A shop on a platform, reached with one merchant's credentials.
///
/// Every method may be called again after any error. Reads are retried inside where the platform's
/// rules allow; a write is sent once, and a lost answer is [`PlatformError::Unknown`].
#[async_trait]
pub trait Platform: Send + Sync {
    /// How this shop's sales are come by.
    fn sales_by(&self) -> SalesBy {
        SalesBy::List
    }

    /// Tries the credentials on every resource that the product needs and reports the first that
    /// is refused.
    async fn check(&self) -> Result<(), PlatformError>;

    /// The shops of the account; a single one where the platform knows no more.
    async fn shops(&self) -> Result<Vec<Shop>, PlatformError>;

    /// The order statuses of this shop.
    async fn statuses(&self) -> Result<Vec<OrderStatus>, PlatformError>;

    /// What the platform's webhooks call the account that the credentials open; none where they call it nothing.
    async fn account(&self) -> Result<Option<String>, PlatformError> {
        Ok(None)
    }

    /// One page of customers.
    async fn customers(
        &self,
        window: Window,
        page: Option<&PageToken>,
    ) -> Result<Page<PlatformCustomer>, PlatformError>;

    /// One page of the order list, without details. A page is kept when its token comes back: see
    /// [`SalesBy::Queue`]. Where nothing lists orders, an empty page.
    async fn orders(&self, window: Window, page: Option<&PageToken>) -> Result<Page<OrderListing>, PlatformError>;

    /// The row of one order by its id, as a list would give it; [`PlatformError::NotFound`] when the shop has
    /// none, or not yet.
    async fn order(&self, external_id: &str) -> Result<OrderListing, PlatformError> {
        let _ = external_id;
        Err(PlatformError::Unsupported {
            detail: "this platform's orders are read by their list".into(),
        })
    }

    /// Has the platform send its webhooks about orders to this address, and show this token with each. Doing it again
    /// changes nothing.
    async fn register_hook(&self, url: &str, token: &SecretString) -> Result<(), PlatformError> {
        let _ = (url, token);
        Err(PlatformError::Unsupported {
            detail: "its webhooks are set up in its panel, if it has any: paste hookUrl there".into(),
        })
    }

    /// The row of an order that the shop once told of, by its id and its number; none when the shop has it no more.
    /// [`PlatformError::Unsupported`] where an order that is gone looks like one that cannot be had now.
    async fn find_order(&self, external_id: &str, number: &str) -> Result<Option<OrderListing>, PlatformError> {
        let _ = number;
        match self.order(external_id).await {
            Ok(found) => Ok(Some(found)),
            Err(PlatformError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The whole order behind a list row, asking for its detail where the row does not suffice.
    /// A record that cannot be read is the inner error; a detail that cannot be had now gives the
    /// list row with [`DetailLevel::ListOnly`], or with [`DetailLevel::RowWithoutAmounts`].
    async fn complete_order(&self, listing: &OrderListing) -> Result<Result<PlatformOrder, Reject>, PlatformError>;

    /// One page of products.
    async fn products(&self, page: Option<&PageToken>) -> Result<Page<PlatformProduct>, PlatformError>;

    /// Creates a coupon with exactly this code. Sent once.
    async fn create_coupon(&self, coupon: &NewCoupon) -> Result<PlatformCoupon, PlatformError>;

    /// The coupon with this code (compared without regard to case), if the shop has it.
    async fn find_coupon(&self, code: &str) -> Result<Option<PlatformCoupon>, PlatformError>;

    /// One page of the shop's coupons.
    async fn coupons(&self, page: Option<&PageToken>) -> Result<Page<PlatformCoupon>, PlatformError>;

    /// Makes a coupon unusable, where the platform can.
    async fn disable_coupon(&self, code: &str) -> Result<(), PlatformError>;
}
