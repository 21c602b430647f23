//! What a world is made of: products, orders, coupons, and what a platform tells the generator.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};

/// What a platform tells the generator about itself.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Makes this platform's orders differ from the other's; the people and products stay alike.
    pub salt: u64,
    /// Id of the first customer.
    pub first_person_id: u64,
    /// Internal id of the first order.
    pub first_order_id: u64,
    /// Id of the first coupon.
    pub first_coupon_id: u64,
    /// Turns an order's internal id into the number that the shop shows.
    pub number: fn(u64) -> String,
    /// The shops of the account that sell. Most orders belong to the first.
    pub shops: &'static [u64],
    /// Lives of which one order each has come to the end, in the first shop, as many as fit.
    pub showcase: &'static [&'static [&'static str]],
    /// Everyday lives of all other orders, which are somewhere on their way. The first status of
    /// the first one is that of a new order.
    pub everyday: &'static [&'static [&'static str]],
    /// How a part of the money that is given back shows.
    pub refunds: Refunds,
    /// The number that an order, by its id and channel, has in the shop that it came from, where that is another system.
    pub shop_number: fn(u64, Channel) -> Option<String>,
}

/// How money that is given back shows on an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refunds {
    /// The discount grows by it: the order costs less.
    Shrink,
    /// It is told beside amounts that stay.
    Beside,
}

/// Something on sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Running number from 1.
    pub id: u64,
    /// The sellable variant's code.
    pub sku: String,
    /// The code of the product that the variant belongs to.
    pub parent_code: String,
    /// Name without the variant.
    pub name: String,
    /// The variant's name.
    pub variant: String,
    /// The names of the categories that lead to it, from the top.
    pub category: [&'static str; 2],
    /// Price in cents.
    pub cents: i64,
    /// Pieces in stock.
    pub stock: u32,
}

impl Product {
    /// The path to its category.
    pub fn category_path(&self) -> String {
        self.category.join(" > ")
    }
}

/// Where a sale was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The shop's own site.
    Site,
    /// A marketplace.
    Marketplace,
    /// Typed in by staff.
    Manual,
    /// A till.
    PointOfSale,
}

/// How an order was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// Pix.
    Pix,
    /// Credit card.
    Card,
    /// Bank slip.
    BankSlip,
}

/// One product of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Index in [`World::products`](super::World::products).
    pub product: usize,
    /// How many.
    pub quantity: u32,
    /// Price of one, in cents.
    pub unit_cents: i64,
}

/// An order reached a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChange {
    /// The platform's own code.
    pub status: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A coupon that an order carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedCoupon {
    /// The coupon's id on the platform.
    pub id: u64,
    /// The code as the coupon has it.
    pub code: String,
    /// What it took off, in cents; part of the order's discount.
    pub cents: i64,
}

/// An order. Its total is products - discount + shipping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Internal id; orders are kept by ascending id.
    pub id: u64,
    /// The number that the shop shows.
    pub number: String,
    /// The number of the shop's order that this sale is, where the platform is no shop.
    pub shop_number: Option<String>,
    /// The shop of the account that sold.
    pub shop_id: u64,
    /// Index of the buyer in [`World::people`](super::World::people).
    pub person: usize,
    /// What was bought.
    pub lines: Vec<Line>,
    /// Sum of the lines, in cents.
    pub products_cents: i64,
    /// Everything taken off, coupon included, in cents.
    pub discount_cents: i64,
    /// Shipping, in cents.
    pub shipping_cents: i64,
    /// How much of the total was paid with store credit, in cents.
    pub store_credit_cents: i64,
    /// Products' money given back beside amounts that stay, in cents.
    pub refunded_cents: i64,
    /// How the rest was paid.
    pub payment: Payment,
    /// Where it was sold.
    pub channel: Channel,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// Every status so far, oldest first; never empty.
    pub timeline: Vec<StatusChange>,
    /// The statuses that are still to come if nobody interferes.
    pub upcoming: Vec<String>,
    /// The coupon that it carries.
    pub coupon: Option<UsedCoupon>,
}

impl Order {
    /// What the order costs, in cents.
    pub fn total_cents(&self) -> i64 {
        self.products_cents - self.discount_cents + self.shipping_cents
    }

    /// The present status, the platform's own code.
    pub fn status(&self) -> &str {
        self.timeline.last().map_or("", |change| change.status.as_str())
    }

    /// When the present status was reached.
    pub fn changed_at(&self) -> DateTime<Utc> {
        self.timeline.last().map_or(self.placed_at, |change| change.at)
    }
}

/// A coupon. What only one platform knows of it is in `own`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Coupon {
    /// The coupon's id on the platform.
    pub id: u64,
    /// The code as stored.
    pub code: String,
    /// Cents off, where the coupon is an amount.
    pub amount_cents: Option<i64>,
    /// Hundredths of a percent off, where it is a percentage.
    pub basis_points: Option<i64>,
    /// The smallest sum of products it is good for, in cents.
    pub minimum_cents: i64,
    /// First instant of validity; `None` is always.
    pub valid_from: Option<DateTime<Utc>>,
    /// Last instant of validity; `None` is never ending.
    pub valid_until: Option<DateTime<Utc>>,
    /// Index of the only person who may use it.
    pub person: Option<usize>,
    /// The only shop it is good in.
    pub shop_id: Option<u64>,
    /// Whether it can be used at all.
    pub active: bool,
    /// When it was created; `None` for those the world began with.
    pub created_at: Option<DateTime<Utc>>,
    /// Numbers of the orders that carry it, with the buyer's index.
    pub uses: Vec<(String, usize)>,
    /// The platform's own fields, as it keeps them.
    pub own: Map<String, Value>,
}

/// An order to be placed.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// Index of the buyer.
    pub person: usize,
    /// The shop that sells; `None` is the first one.
    pub shop_id: Option<u64>,
    /// Sum of the products, in cents.
    pub products_cents: i64,
    /// Everything taken off, in cents.
    pub discount_cents: i64,
    /// Shipping, in cents.
    pub shipping_cents: i64,
    /// Where it is sold.
    pub channel: Channel,
    /// The status it begins with; `None` is that of a new order.
    pub status: Option<String>,
    /// The coupon that it carries.
    pub coupon: Option<UsedCoupon>,
    /// The number of the shop's order that it is, where the platform is no shop.
    pub shop_number: Option<String>,
}
