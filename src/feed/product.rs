//! What a feed is turned into: products, and the items that could not become one. Plain data; the rules are in `item`.

use serde::Serialize;

use super::availability::Availability;
use super::price::{FeedPrice, PriceProblem};
use super::sale_period::SalePeriod;

/// One item of a feed: a product, or the reason why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedItem {
    /// A usable product.
    Product(Box<FeedProduct>),
    /// An item that cannot be used.
    Rejected(Rejection),
}

/// A product as the feed describes it. Texts are plain (no HTML, no references), with white space trimmed and
/// collapsed; blank ones are absent. Addresses are absolute and begin with http or https.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedProduct {
    /// Number of the item in the feed, from 1.
    pub position: u64,
    /// The shop's own id of the product, unique in the feed; case matters.
    pub id: String,
    /// Name of the product.
    pub title: String,
    /// Description, tags removed.
    pub description: Option<String>,
    /// The product's page.
    pub link: Option<String>,
    /// The main picture.
    pub image_link: Option<String>,
    /// Further pictures, in the order of the feed.
    pub additional_images: Vec<String>,
    /// Whether it can be had.
    pub availability: Availability,
    /// The regular price.
    pub price: FeedPrice,
    /// The reduced price, if there is one. It may be no lower than `price`; the report tells.
    pub sale_price: Option<FeedPrice>,
    /// When the reduced price holds; none: always.
    pub sale_period: Option<SalePeriod>,
    /// Payment in instalments.
    pub installment: Option<Installment>,
    /// Brand.
    pub brand: Option<String>,
    /// Global trade item number (EAN, UPC, ISBN), as written.
    pub gtin: Option<String>,
    /// The maker's part number.
    pub mpn: Option<String>,
    /// `new`, `refurbished`, `used`, or what the feed says instead, in lower case.
    pub condition: Option<String>,
    /// The shop's own category path, for instance `Roupas > Camisetas`.
    pub product_type: Option<String>,
    /// Google's category: its number or its path.
    pub google_product_category: Option<String>,
    /// Common to the variants of one product.
    pub item_group_id: Option<String>,
    /// Colour.
    pub color: Option<String>,
    /// Size.
    pub size: Option<String>,
    /// `male`, `female` or `unisex`.
    pub gender: Option<String>,
    /// `newborn`, `infant`, `toddler`, `kids` or `adult`.
    pub age_group: Option<String>,
    /// Material.
    pub material: Option<String>,
    /// Pattern.
    pub pattern: Option<String>,
    /// Weight with its unit, as written.
    pub shipping_weight: Option<String>,
    /// For adults only.
    pub is_adult: bool,
}

/// Payment in equal monthly parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Installment {
    /// Number of parts.
    pub months: u32,
    /// One part.
    pub amount: FeedPrice,
}

/// An item that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejection {
    /// Number of the item in the feed, from 1.
    pub position: u64,
    /// Line of the feed that it begins on, from 1.
    pub line: u64,
    /// Its id, if it has one.
    pub id: Option<String>,
    /// All the reasons, at least one.
    pub reasons: Vec<RejectReason>,
}

/// Why an item cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RejectReason {
    /// The item has no content.
    #[error("the item is empty")]
    Empty,
    /// No id.
    #[error("no id")]
    NoId,
    /// The id is longer than 255 characters.
    #[error("the id is longer than 255 characters")]
    IdTooLong,
    /// An earlier usable item has the same id.
    #[error("the id was used by an earlier item")]
    RepeatedId,
    /// No title.
    #[error("no title")]
    NoTitle,
    /// No price.
    #[error("no price")]
    NoPrice,
    /// The price cannot be read.
    #[error("the price \"{written}\" cannot be read: {problem}")]
    BadPrice {
        /// The price as written, shortened.
        written: String,
        /// What is wrong with it.
        problem: PriceProblem,
    },
    /// The item is larger or nested deeper than the limits allow.
    #[error("the item is too large or nested too deeply")]
    TooLarge,
    /// The feed ends within the item.
    #[error("the feed ends in the middle of this item")]
    CutShort,
}
