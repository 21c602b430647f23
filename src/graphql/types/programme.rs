use async_graphql::{Enum, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::programme_version;
use macros::permissions;

use super::order::SalesChannel;
use crate::domain::earning::EarningRules;
use crate::graphql::scalar::{Decimal, Money, Points};
use crate::service::programme::earning_rules;

pub(in crate::graphql) struct Programme {
    row: programme_version::Model,
    earning: EarningRules,
    currency: String,
}

/// A period in which sales give more points. Where periods overlap, the greatest factor counts.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Multiplier {
    /// For sales made from here on.
    starts_at: DateTime<Utc>,
    /// For sales made before.
    ends_at: DateTime<Utc>,
    /// What points are multiplied by.
    factor: Decimal,
}

/// Products that give points at a rate of their own instead of the general one.
#[derive(SimpleObject)]
pub(in crate::graphql) struct ProductRate {
    /// Which products.
    skus: Vec<String>,
    /// Points for one real of them; 0: none.
    points_per_real: Decimal,
}

/// A category whose products, and those of the categories under it, give points at a rate of their own.
#[derive(SimpleObject)]
pub(in crate::graphql) struct CategoryRate {
    /// Its path from the top, for instance `Roupas > Camisetas`.
    category: String,
    /// Points for one real of them; 0: none.
    points_per_real: Decimal,
}

/// What happens when points that were spent must be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::programme_version::DebtPolicy")]
pub(in crate::graphql) enum DebtPolicy {
    /// What nothing covers becomes debt, paid by the next points earned.
    AllowDebt,
    /// Taken from whatever balance there is; the rest is recorded and forgone.
    WithinBalance,
    /// Taken from the sale's own unspent points only.
    OnlyUnspent,
}

impl Programme {
    pub(in crate::graphql) fn new(row: programme_version::Model, currency: &str) -> Self {
        Self {
            earning: earning_rules(&row),
            row,
            currency: currency.to_owned(),
        }
    }

    /// What it says about earning.
    pub(super) fn earning(&self) -> &EarningRules {
        &self.earning
    }
}

/// The rules of a store's programme, in force from an instant on.
#[permissions("store:read")]
#[Object]
impl Programme {
    /// 1, 2, 3 … in the store.
    async fn version(&self) -> i32 {
        self.row.number
    }

    /// In force for sales that become awarding from here on.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.row.starts_at
    }

    /// Points for one real of products less discounts, as a decimal.
    async fn points_per_real(&self) -> Decimal {
        thousandths(self.row.points_per_real_milli)
    }

    /// Whether shipping earns points too.
    async fn include_shipping(&self) -> bool {
        self.row.include_shipping
    }

    /// Sales with a smaller base give nothing.
    async fn minimum_order(&self) -> Money {
        Money::new(self.row.minimum_order_cents, &self.currency)
    }

    /// Days after the sale until its points can be spent.
    async fn hold_days(&self) -> i32 {
        self.row.hold_days
    }

    /// Months after becoming available until points expire; none: never.
    async fn expiry_months(&self) -> Option<i32> {
        self.row.expiry_months
    }

    /// What happens when points that were spent must be taken back.
    async fn debt_policy(&self) -> DebtPolicy {
        self.row.debt_policy.into()
    }

    /// Days that points given back by a failed redemption stay spendable when they have expired meanwhile.
    async fn grace_days(&self) -> i32 {
        self.row.grace_days
    }

    /// Sales in these statuses (platform codes) give nothing, whatever the statuses mean.
    async fn excluded_statuses(&self) -> Vec<&String> {
        self.earning.excluded_statuses.iter().collect()
    }

    /// Sales made there give nothing.
    async fn excluded_channels(&self) -> Vec<SalesChannel> {
        self.earning
            .excluded_channels
            .iter()
            .map(|channel| (*channel).into())
            .collect()
    }

    /// Periods in which sales give more points.
    async fn multipliers(&self) -> Vec<Multiplier> {
        let periods = self.earning.multipliers.iter();
        periods
            .map(|period| Multiplier {
                starts_at: period.starts_at,
                ends_at: period.ends_at,
                factor: thousandths(period.factor_milli),
            })
            .collect()
    }

    /// Products that give points at a rate of their own.
    async fn product_rates(&self) -> Vec<ProductRate> {
        let rates = self.earning.product_rates.iter();
        rates
            .map(|rate| ProductRate {
                skus: rate.skus.iter().cloned().collect(),
                points_per_real: thousandths(rate.points_per_real_milli),
            })
            .collect()
    }

    /// Categories that give points at a rate of their own. The most specific one counts, and a product's own
    /// rate before it. A sale's products have the categories that they were sold in.
    async fn category_rates(&self) -> Vec<CategoryRate> {
        let rates = self.earning.category_rates.iter();
        rates
            .map(|rate| CategoryRate {
                category: rate.category.to_string(),
                points_per_real: thousandths(rate.points_per_real_milli),
            })
            .collect()
    }

    /// Points for a customer who signs up in the shop; 0: none.
    async fn sign_up_bonus(&self) -> Points {
        self.row.sign_up_bonus.into()
    }

    /// Points for a customer's birthday, once a year; 0: none.
    async fn birthday_bonus(&self) -> Points {
        self.row.birthday_bonus.into()
    }
}

fn thousandths(milli: i64) -> Decimal {
    Decimal(format!("{}.{:03}", milli / 1000, milli % 1000))
}
