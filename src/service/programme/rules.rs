use entity::order::Channel;
use entity::programme_version::{self, DebtPolicy};
use entity::{Cents, Instant, Points};
use sea_orm::ActiveEnum;
use serde_json::{Value, json};

use crate::domain::earning::EarningRules;

/// A set of rules, as somebody typed it.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Points for one real, as a decimal with at most three places.
    pub points_per_real: String,
    /// Whether shipping earns points.
    pub include_shipping: bool,
    /// Sales with a smaller base give nothing.
    pub minimum_order: Cents,
    /// Days until points can be spent.
    pub hold_days: i32,
    /// Months until points expire.
    pub expiry_months: Option<i32>,
    /// Days that a released, meanwhile expired lot stays spendable.
    pub grace_days: i32,
    /// What happens when points already spent must be taken back.
    pub debt_policy: DebtPolicy,
    /// Statuses in which sales give nothing.
    pub excluded_statuses: Vec<String>,
    /// Channels whose sales give nothing.
    pub excluded_channels: Vec<Channel>,
    /// Periods in which sales give more.
    pub multipliers: Vec<Period>,
    /// Products with a rate of their own.
    pub product_rates: Vec<Rate>,
    /// Points without a sale.
    pub bonuses: Bonuses,
}

/// A period in which sales give more.
#[derive(Debug, Clone)]
pub struct Period {
    /// For sales made from here on.
    pub starts_at: Instant,
    /// For sales made before.
    pub ends_at: Instant,
    /// What points are multiplied by, as a decimal with at most three places.
    pub factor: String,
}

/// Products with a rate of their own.
#[derive(Debug, Clone)]
pub struct Rate {
    /// Which products.
    pub skus: Vec<String>,
    /// Points for one real, as a decimal with at most three places.
    pub points_per_real: String,
}

/// Points that are given without a sale; 0: none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bonuses {
    /// For signing up in the shop.
    pub sign_up: Points,
    /// For a birthday.
    pub birthday: Points,
}

/// What a version says about earning. Written by [`super::update`] alone; a list that cannot be read
/// is empty.
pub fn earning_rules(version: &programme_version::Model) -> EarningRules {
    let channels: Vec<String> = list(&version.excluded_channels);
    EarningRules {
        points_per_real_milli: version.points_per_real_milli,
        include_shipping: version.include_shipping,
        minimum_order: version.minimum_order_cents,
        excluded_statuses: list(&version.excluded_statuses).into_iter().collect(),
        excluded_channels: channels
            .iter()
            .filter_map(|channel| Channel::try_from_value(channel).ok())
            .collect(),
        multipliers: list(&version.multipliers),
        product_rates: list(&version.product_rates),
    }
}

fn list<T: serde::de::DeserializeOwned>(value: &Value) -> Vec<T> {
    serde_json::from_value(value.clone()).unwrap_or_default()
}

/// How channels are written down.
pub(super) fn channels(channels: &[Channel]) -> Value {
    channels.iter().map(|channel| json!(channel.to_value())).collect()
}

/// The version that people had put in force by an instant. Unlike what judges sales, it does not
/// reach back: nobody is given a bonus for what happened before there was one.
pub fn in_force(versions: &[programme_version::Model], at: Instant) -> Option<&programme_version::Model> {
    versions
        .iter()
        .filter(|version| version.created_at <= at)
        .max_by_key(|version| version.number)
}
