//! Neutral shapes: what every platform's answers are parsed into.
//!
//! An adapter turns its platform's odd bodies into these at the door; whatever cannot be turned
//! becomes a [`Reject`] with its reason and never stops the page it came with. Nothing here knows
//! a platform, a database or a protocol.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// An amount of Brazilian reais in centavos. Always an integer, never a float.
pub type Cents = i64;

/// The part of a platform's data that an import walks: everything changed at or after `since`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Rows changed (or, where the platform cannot tell changes, created) at or after this instant.
    pub since: DateTime<Utc>,
    /// How the instant is meant: the platform's change time or its creation time.
    pub by: WindowKind,
}

/// How a shop's sales are come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SalesBy {
    /// A list is walked.
    List,
    /// A queue is emptied. What it gave comes again until it is acknowledged: the [`PageToken`] of a page is
    /// stored with the page's effects, and whoever is asked for the page after it may acknowledge it.
    Queue,
    /// Nothing lists them: each is asked for by its id, of which the platform's webhooks tell.
    Id,
    /// They are pushed in, and nothing is asked for.
    Push,
}

/// What the body of a platform's webhook says. A hint and never more: whoever gets it asks the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hook {
    /// An order is new or has changed.
    Order {
        /// The order's key on the platform.
        external_id: String,
        /// The event, as the platform names it.
        event: String,
        /// What tells the event from others, and is the same when it is sent again: at most 64 characters.
        key: String,
    },
    /// Nothing that matters here: a trial, another subject, or what nobody can read.
    Nothing,
}

/// Which of a platform's clocks a [`Window`] speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WindowKind {
    /// First import: rows created since.
    Created,
    /// Incremental import: rows changed since.
    Changed,
}

/// Where a walk over pages goes on. Opaque to everyone but the adapter that made it; stored, so a
/// walk resumes after a restart at the page where it stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageToken(pub String);

/// One page of a walk.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows that could be read, in the platform's order.
    pub items: Vec<T>,
    /// The rows that could not, each with its reason.
    pub rejects: Vec<Reject>,
    /// The next page, or `None` at the end of the walk.
    pub next: Option<PageToken>,
    /// How many rows the whole walk has, where the platform says so.
    pub total: Option<u64>,
}

/// A record that cannot be used, kept aside with its reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Reject {
    /// The record's id on the platform, where it could be read.
    pub external_id: Option<String>,
    /// The field at fault, as the platform names it, for instance `valorTotal`.
    pub field: Option<String>,
    /// What is wrong and how to mend it, in English, without personal data.
    pub message: String,
    /// The record as received, with personal data masked by [`super::mask::mask`].
    pub record: serde_json::Value,
}

/// Person or company, where the platform says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PersonKind {
    /// A natural person (pessoa física), identified by CPF.
    Person,
    /// A company (pessoa jurídica), identified by CNPJ.
    Company,
}

/// A customer as a platform tells of one. Text is trimmed; empty text is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct PlatformCustomer {
    /// The customer's id on the platform.
    pub external_id: String,
    /// Full name.
    pub name: Option<String>,
    /// E-mail as received, trimmed. Validity is judged by the importer.
    pub email: Option<String>,
    /// CPF or CNPJ as received, with or without punctuation. Judged by the importer.
    pub document: Option<String>,
    /// Breaks ties when a document could be read both ways.
    pub kind: Option<PersonKind>,
    /// Phone, digits only.
    pub phone: Option<String>,
    /// Birth date; a calendar date, never an instant.
    pub birth_date: Option<NaiveDate>,
    /// When the customer signed up in the shop.
    pub signed_up_at: Option<DateTime<Utc>>,
    /// When the platform last changed the record.
    pub changed_at: Option<DateTime<Utc>>,
    /// The platform's newsletter flag: a source of its own, never consent.
    pub newsletter: Option<bool>,
    /// The record was anonymised by the platform (LGPD): nobody to give points to.
    pub anonymised: bool,
}

/// A row of a platform's order list, before its details are known.
#[derive(Debug, Clone)]
pub struct OrderListing {
    /// The order's stable key on the platform: with the integration, its natural unique key.
    pub external_id: String,
    /// Changes whenever anything in the list row changes: an order whose stored fingerprint is the
    /// same needs no detail and no write. At most 64 characters.
    pub fingerprint: String,
    /// When the platform last changed the order, where the row says so.
    pub changed_at: Option<DateTime<Utc>>,
    /// The row as received, for [`super::Platform::complete_order`].
    pub row: Box<serde_json::value::RawValue>,
}

impl PartialEq for OrderListing {
    fn eq(&self, other: &Self) -> bool {
        self.external_id == other.external_id
            && self.fingerprint == other.fingerprint
            && self.changed_at == other.changed_at
            && self.row.get() == other.row.get()
    }
}

/// Where a sale was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SalesChannel {
    /// The shop's own site.
    Site,
    /// A marketplace; the buyer is the marketplace's customer and earns no points by default.
    Marketplace,
    /// Typed in by the shop's staff.
    Manual,
    /// A till in a physical store.
    PointOfSale,
    /// The platform does not say.
    Unknown,
}

/// How much of an order could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DetailLevel {
    /// List row and detail.
    Full,
    /// Only the list row: the detail could not be had now and is asked for again by the next import.
    ListOnly,
    /// The same, and the row does not tell what the products cost: amounts that a detail told before stay.
    RowWithoutAmounts,
}

/// Who bought, as far as an order tells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Buyer {
    /// The customer's id on the platform.
    pub external_id: Option<String>,
    /// Full name.
    pub name: Option<String>,
    /// E-mail as received; blank and marketplace relay addresses are `None`.
    pub email: Option<String>,
    /// CPF or CNPJ as received.
    pub document: Option<String>,
    /// Person or company.
    pub kind: Option<PersonKind>,
    /// Phone, digits only.
    pub phone: Option<String>,
    /// Birth date.
    pub birth_date: Option<NaiveDate>,
    /// The platform shows that the buyer's record is anonymised.
    pub anonymised: bool,
}

/// A unit of a sale.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderLine {
    /// The SKU sold.
    pub sku: Option<String>,
    /// What the customer sees.
    pub name: String,
    /// The category's path from the top, such as `Roupas > Camisetas`, where the platform tells it.
    pub category: Option<String>,
    /// How many, in thousandths (2 pieces = 2000), so that goods sold by weight stay integers.
    pub quantity_milli: i64,
    /// Price of one unit before discounts.
    pub unit_price: Cents,
    /// The line's total after its discounts.
    pub total: Cents,
}

/// An order as a platform tells of one.
#[derive(Debug, Clone, PartialEq)]
pub struct PlatformOrder {
    /// The order's stable key on the platform (same as in its [`OrderListing`]).
    pub external_id: String,
    /// The number that people know it by.
    pub number: String,
    /// The number of the shop's order that this sale is, where the source is not the shop itself and knows it.
    pub shop_number: Option<String>,
    /// The status code, as in the platform's [`super::OrderStatus::code`].
    pub status: String,
    /// When the sale was made.
    pub placed_at: DateTime<Utc>,
    /// When the platform last changed it, where known.
    pub changed_at: Option<DateTime<Utc>>,
    /// Who bought.
    pub buyer: Buyer,
    /// Products before discounts.
    pub products: Cents,
    /// All discounts on products, as a positive amount.
    pub discount: Cents,
    /// Shipping.
    pub shipping: Cents,
    /// Interest and other surcharges.
    pub surcharge: Cents,
    /// What the customer pays in all.
    pub total: Cents,
    /// The part paid with store credit or the platform's own cashback.
    pub credit_used: Cents,
    /// Product money given back, where it is told beside amounts that stay; 0 where the amounts shrink with it.
    pub refunded: Cents,
    /// The coupon code used, trimmed, as received.
    pub coupon_code: Option<String>,
    /// Where the sale was made.
    pub channel: SalesChannel,
    /// The shop (of several on the account) that sold.
    pub shop_id: Option<String>,
    /// What was sold. Empty without the detail.
    pub lines: Vec<OrderLine>,
    /// How much could be read.
    pub detail: DetailLevel,
}

/// One of several shops of an account (Magazord).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shop {
    /// Its id on the platform.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: Option<String>,
    /// Whether it is open.
    pub active: bool,
}

impl Shop {
    /// What the only shop of an account is called whose platform tells nothing to call it by.
    pub const NAMELESS: &str = "default";
}

/// What a coupon takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Discount {
    /// A fixed amount in centavos.
    Amount(Cents),
    /// A percentage in hundredths of a per cent (10 % = 1000), at most 100 %.
    Percent(u32),
    /// Shipping is free.
    FreeShipping,
}

/// A coupon that is to exist in the shop.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCoupon {
    /// The code the shopper types: upper case, at most 32 characters. The natural idempotency key.
    pub code: String,
    /// Internal text; carries the redemption's id, so that a coupon found later is known as ours.
    pub description: String,
    /// What it takes off.
    pub discount: Discount,
    /// Smallest order, if any.
    pub minimum_order: Option<Cents>,
    /// Valid from.
    pub valid_from: DateTime<Utc>,
    /// Valid up to and including this instant.
    pub valid_until: DateTime<Utc>,
    /// The only customer who may use it, where the platform can bind it.
    pub customer_external_id: Option<String>,
    /// The shop it is for, where the account has several.
    pub shop_id: Option<String>,
}

/// A coupon as the platform tells of one.
#[derive(Debug, Clone, PartialEq)]
pub struct PlatformCoupon {
    /// Its id on the platform.
    pub external_id: String,
    /// Its code, as stored there.
    pub code: String,
    /// Its internal text, where told.
    pub description: Option<String>,
    /// What it takes off; `None` for kinds that this program never makes.
    pub discount: Option<Discount>,
    /// Smallest order, where told; zero for none.
    pub minimum_order: Option<Cents>,
    /// Valid up to, where told.
    pub valid_until: Option<DateTime<Utc>>,
    /// Whether it can be used.
    pub active: bool,
    /// How often it was used, where the platform counts.
    pub times_used: Option<u32>,
}

/// A product as the platform tells of one.
#[derive(Debug, Clone, PartialEq)]
pub struct PlatformProduct {
    /// Its id on the platform.
    pub external_id: String,
    /// Its SKU.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Whether it is for sale.
    pub active: bool,
}
