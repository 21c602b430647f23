//! Checks of the rates that are not the general one: of products and of categories.

use std::collections::{BTreeSet, HashSet};

use super::check::{MAX_RATE, Problems, thousandths};
use super::rules::{self, Rate};
use crate::domain::category::Category;
use crate::domain::earning::{CategoryRate, ProductRate};

/// Longest lists.
const MAX_RATES: usize = 100;
const MAX_SKUS: usize = 10_000;

/// Checks rates of products. Each SKU has one.
pub(super) fn product_rates(rates: &[Rate], problems: &mut Problems) -> Vec<ProductRate> {
    let field = "productRates";
    let count: usize = rates.iter().map(|rate| rate.skus.len()).sum();
    if rates.len() > MAX_RATES || count > MAX_SKUS {
        problems.add(field, format!("at most {MAX_RATES} rates and {MAX_SKUS} SKUs in all"));
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let mut checked = Vec::with_capacity(rates.len());
    for (rate, place) in rates.iter().zip(1..) {
        let points_per_real_milli = points(&rate.points_per_real, place, field, problems);
        let skus: BTreeSet<String> = rate.skus.iter().map(|sku| sku.trim().to_owned()).collect();
        if skus.is_empty() || skus.iter().any(|sku| sku.is_empty() || sku.len() > 100) {
            problems.add(field, format!("rate {place} needs SKUs of 1 to 100 characters"));
        }
        for sku in &skus {
            if !seen.insert(sku.clone()) {
                problems.add(field, format!("SKU '{sku}' has two rates; name it once"));
            }
        }
        checked.push(ProductRate {
            skus,
            points_per_real_milli,
        });
    }
    checked
}

/// Checks rates of categories. Each category has one, however it is written.
pub(super) fn category_rates(rates: &[rules::CategoryRate], problems: &mut Problems) -> Vec<CategoryRate> {
    let field = "categoryRates";
    if rates.len() > MAX_RATES {
        problems.add(field, format!("at most {MAX_RATES} rates"));
        return Vec::new();
    }
    let mut checked: Vec<CategoryRate> = Vec::with_capacity(rates.len());
    for (rate, place) in rates.iter().zip(1..) {
        let points_per_real_milli = points(&rate.points_per_real, place, field, problems);
        match rate.category.parse::<Category>() {
            Err(error) => problems.add(field, format!("the category of rate {place} is {error}")),
            Ok(category) if checked.iter().any(|other| other.category == category) => {
                problems.add(field, format!("category '{category}' has two rates; name it once"));
            }
            Ok(category) => checked.push(CategoryRate {
                category,
                points_per_real_milli,
            }),
        }
    }
    checked
}

/// The points of a rate in thousandths; 0 when they are a problem.
fn points(text: &str, place: usize, field: &'static str, problems: &mut Problems) -> i64 {
    let milli = thousandths(text).filter(|milli| (0..=MAX_RATE).contains(milli));
    milli.unwrap_or_else(|| {
        problems.add(
            field,
            format!("the points of rate {place} must be 0 to 1000 with at most three decimals"),
        );
        0
    })
}
