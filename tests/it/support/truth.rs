//! The sandbox's truth as typed values: what is compared with what a program read or did.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

/// Everything that is true of a platform.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Truth {
    pub(crate) now: DateTime<Utc>,
    pub(crate) customers: Vec<TruePerson>,
    pub(crate) products: Vec<TrueProduct>,
    pub(crate) orders: Vec<TrueOrder>,
}

impl Truth {
    /// The order with this number.
    pub(crate) fn order(&self, number: &str) -> &TrueOrder {
        self.orders.iter().find(|order| order.number == number).unwrap()
    }
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct TruePerson {
    pub(crate) external_id: u64,
    pub(crate) name: String,
    pub(crate) company: bool,
    pub(crate) document: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: String,
    pub(crate) birth_date: Option<NaiveDate>,
    pub(crate) registered_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// A product.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TrueProduct {
    pub(crate) sku: String,
}

/// An order. Amounts are cents.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct TrueOrder {
    pub(crate) id: u64,
    pub(crate) number: String,
    pub(crate) shop_number: Option<String>,
    pub(crate) shop_id: u64,
    pub(crate) status: String,
    pub(crate) placed_at: DateTime<Utc>,
    pub(crate) changed_at: DateTime<Utc>,
    pub(crate) products_cents: i64,
    pub(crate) discount_cents: i64,
    pub(crate) shipping_cents: i64,
    pub(crate) total_cents: i64,
    pub(crate) store_credit_cents: i64,
    pub(crate) refunded_cents: i64,
    pub(crate) lines: Vec<TrueLine>,
    pub(crate) channel: String,
    pub(crate) payment: String,
    pub(crate) person: TruePerson,
    pub(crate) coupon_code: Option<String>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct TrueLine {
    pub(crate) sku: String,
    pub(crate) category: String,
    pub(crate) quantity: i64,
    pub(crate) unit_cents: i64,
}

/// What became of a coupon code.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct CouponCount {
    /// The code in capitals.
    pub(crate) code: String,
    /// How often its creation was asked for.
    pub(crate) posts: u32,
    /// How many coupons have it.
    pub(crate) created: u32,
}
