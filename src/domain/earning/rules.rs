use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::Cents;
use entity::order::Channel;
use serde::{Deserialize, Serialize};

use super::LineFacts;
use crate::domain::category::Category;

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
    /// Categories with a rate of their own.
    pub category_rates: Vec<CategoryRate>,
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

/// A category whose products, and those of the categories under it, give points at a rate of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryRate {
    /// Which category.
    pub category: Category,
    /// Points for one real of them, in thousandths; 0: none.
    pub points_per_real_milli: i64,
}

/// A rate other than the general one, by its place among its like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OwnRate {
    /// The product's.
    Product(usize),
    /// The category's.
    Category(usize),
}

impl EarningRules {
    /// The multiplier of a sale made at an instant: the greatest of the periods that it falls in.
    pub fn multiplier_at(&self, placed_at: DateTime<Utc>) -> Option<&Multiplier> {
        self.multipliers
            .iter()
            .filter(|period| period.starts_at <= placed_at && placed_at < period.ends_at)
            .max_by_key(|period| period.factor_milli)
    }

    /// The rate of a line that is not the general one: its product's own, or else that of the most
    /// specific category that holds its.
    pub(super) fn own_rate(&self, line: &LineFacts) -> Option<OwnRate> {
        let sku = line.sku.as_deref().map(str::trim);
        let product = sku.and_then(|sku| self.product_rates.iter().position(|rate| rate.skus.contains(sku)));
        product.map(OwnRate::Product).or_else(|| {
            let category = line.category.as_ref()?;
            let rates = self.category_rates.iter().enumerate();
            rates
                .filter(|(_, rate)| rate.category.holds(category))
                .max_by_key(|(_, rate)| rate.category.depth())
                .map(|(place, _)| OwnRate::Category(place))
        })
    }

    /// Whether an order's lines matter.
    pub fn count_lines(&self) -> bool {
        !self.product_rates.is_empty() || !self.category_rates.is_empty()
    }
}
