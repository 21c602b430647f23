use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::Cents;
use entity::order::Channel;
use serde::{Deserialize, Serialize};

/// The rules that a programme version carries, as far as earning goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EarningRules {
    /// Points for one real, in thousandths.
    pub points_per_real_milli: i64,
    /// Whether shipping is part of the base.
    pub include_shipping: bool,
    /// Orders with a smaller base give nothing.
    pub minimum_order: Cents,
    /// Statuses, by the platforms' codes, in which an order gives nothing.
    pub excluded_statuses: BTreeSet<String>,
    /// Orders sold there give nothing.
    pub excluded_channels: Vec<Channel>,
    /// Periods in which sales give more.
    pub multipliers: Vec<Multiplier>,
    /// Products with a rate of their own.
    pub product_rates: Vec<ProductRate>,
}

/// A period in which sales give more points, or fewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Multiplier {
    /// For sales made from here on.
    pub starts_at: DateTime<Utc>,
    /// For sales made before.
    pub ends_at: DateTime<Utc>,
    /// What points are multiplied by, in thousandths.
    pub factor_milli: i64,
}

/// Products that give points at a rate of their own instead of the general one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductRate {
    /// Which products.
    pub skus: BTreeSet<String>,
    /// Points for one real of them, in thousandths; 0: none.
    pub points_per_real_milli: i64,
}

impl EarningRules {
    /// The multiplier of a sale made at an instant: the greatest of the periods that it falls in.
    pub fn multiplier_at(&self, placed_at: DateTime<Utc>) -> Option<&Multiplier> {
        self.multipliers
            .iter()
            .filter(|period| period.starts_at <= placed_at && placed_at < period.ends_at)
            .max_by_key(|period| period.factor_milli)
    }

    /// The rate of a product that has one of its own.
    pub fn rate_of(&self, sku: &str) -> Option<&ProductRate> {
        self.product_rates.iter().find(|rate| rate.skus.contains(sku.trim()))
    }

    /// Whether an order's lines matter.
    pub fn count_lines(&self) -> bool {
        !self.product_rates.is_empty()
    }
}
