use entity::{Cents, Instant, coupon, order};
use serde::{Deserialize, Serialize};

use crate::platform::{Discount, PlatformCoupon, PlatformOrder};

/// What one side says of a sale or a coupon: as it is kept with a difference.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Told {
    /// A sale's status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Products before discounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub products: Option<Cents>,
    /// Discounts, positive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<Cents>,
    /// What the customer pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Cents>,
    /// Product money given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refunded: Option<Cents>,
    /// The points that the sale has given; the books alone know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<i64>,
    /// Whether a coupon can be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usable: Option<bool>,
    /// How often it was used, where the shop counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times_used: Option<u32>,
    /// What it takes off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Cents>,
    /// The same in hundredths of a per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u32>,
    /// Smallest order, where it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_order: Option<Cents>,
    /// Valid up to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Instant>,
}

impl Told {
    /// What the shop says of a sale.
    pub fn order(order: &PlatformOrder) -> Self {
        Self {
            status: Some(order.status.clone()),
            products: Some(Cents(order.products)),
            discount: Some(Cents(order.discount)),
            total: Some(Cents(order.total)),
            refunded: Some(Cents(order.refunded)),
            ..Self::default()
        }
    }

    /// What the books say of a sale.
    pub fn booked_order(order: &order::Model) -> Self {
        Self {
            status: Some(order.status_code.clone()),
            products: Some(order.products_cents),
            discount: Some(order.discount_cents),
            total: Some(order.total_cents),
            refunded: Some(order.refunded_cents),
            points: Some(order.points.0),
            ..Self::default()
        }
    }

    /// What the shop says of a coupon.
    pub fn coupon(coupon: &PlatformCoupon, now: Instant) -> Self {
        let (amount, percent) = match coupon.discount {
            Some(Discount::Amount(cents)) => (Some(Cents(cents)), None),
            Some(Discount::Percent(hundredths)) => (None, Some(hundredths)),
            Some(Discount::FreeShipping) | None => (None, None),
        };
        Self {
            usable: Some(is_usable(coupon, now)),
            times_used: coupon.times_used,
            amount,
            percent,
            minimum_order: coupon.minimum_order.map(Cents),
            valid_until: coupon.valid_until,
            ..Self::default()
        }
    }

    /// What the books say of a coupon.
    pub fn booked_coupon(coupon: &coupon::Model, now: Instant) -> Self {
        let active = coupon.state == coupon::CouponState::Active;
        Self {
            usable: Some(active && coupon.valid_until > now),
            amount: coupon.amount_cents,
            percent: coupon
                .percent_hundredths
                .and_then(|hundredths| hundredths.try_into().ok()),
            minimum_order: coupon.minimum_order_cents,
            valid_until: Some(coupon.valid_until),
            ..Self::default()
        }
    }

    /// As it is stored.
    pub(super) fn stored(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// As it was stored.
    pub fn read(stored: &serde_json::Value) -> Self {
        serde_json::from_value(stored.clone()).unwrap_or_default()
    }
}

/// Whether somebody could use a coupon in the shop now.
pub(super) fn is_usable(coupon: &PlatformCoupon, now: Instant) -> bool {
    let used = coupon.times_used.is_some_and(|times| times > 0);
    coupon.active && !used && coupon.valid_until.is_none_or(|end| end > now)
}
