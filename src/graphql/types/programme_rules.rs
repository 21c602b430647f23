use async_graphql::InputObject;
use chrono::{DateTime, Utc};
use entity::Cents;

use super::{DebtPolicy, SalesChannel};
use crate::domain::money_text::parse_machine;
use crate::graphql::scalar::{Decimal, Points};
use crate::service::programme::{Bonuses, Period, Rate, Rules};

/// A whole set of rules: what is left out is as its description says, not as it was.
#[derive(InputObject)]
pub(in crate::graphql) struct ProgrammeRulesInput {
    /// Points for one real of products less discounts, for instance `"1"` or `"0.5"`.
    points_per_real: Decimal,
    /// Whether shipping earns points too.
    #[graphql(default)]
    include_shipping: bool,
    /// Sales with a smaller base give nothing.
    minimum_order: Option<Decimal>,
    /// Days after the sale until its points can be spent, 0 to 365.
    #[graphql(default)]
    hold_days: i32,
    /// Months after becoming available until points expire, 1 to 120; none: never.
    expiry_months: Option<i32>,
    /// Days that points given back by a failed redemption stay spendable when they have expired meanwhile, 0
    /// to 365.
    #[graphql(default = 30)]
    grace_days: i32,
    /// What happens when points that were spent must be taken back.
    #[graphql(default_with = "DebtPolicy::AllowDebt")]
    debt_policy: DebtPolicy,
    /// Sales in these statuses (codes of the store's platforms) give nothing, whatever the statuses mean.
    #[graphql(default)]
    excluded_statuses: Vec<String>,
    /// Sales made there give nothing.
    #[graphql(default_with = "vec![SalesChannel::Marketplace]")]
    excluded_channels: Vec<SalesChannel>,
    /// Periods in which sales give more points, at most 100.
    #[graphql(default)]
    multipliers: Vec<MultiplierInput>,
    /// Products that give points at a rate of their own, at most 100 rates and 10000 SKUs.
    #[graphql(default)]
    product_rates: Vec<ProductRateInput>,
    /// Points for a customer who signs up in the shop, 0 to 1000000; 0: none.
    #[graphql(default_with = "Points(0)")]
    sign_up_bonus: Points,
    /// Points for a customer's birthday, once a year, 0 to 1000000; 0: none.
    #[graphql(default_with = "Points(0)")]
    birthday_bonus: Points,
}

/// A period in which sales give more points. Where periods overlap, the greatest factor counts.
#[derive(InputObject)]
pub(in crate::graphql) struct MultiplierInput {
    /// For sales made from here on.
    starts_at: DateTime<Utc>,
    /// For sales made before.
    ends_at: DateTime<Utc>,
    /// What points are multiplied by: more than 0, at most 100, with at most three decimals.
    factor: Decimal,
}

/// Products that give points at a rate of their own instead of the general one.
#[derive(InputObject)]
pub(in crate::graphql) struct ProductRateInput {
    /// Which products. Each SKU has one rate.
    skus: Vec<String>,
    /// Points for one real of them, 0 to 1000 with at most three decimals; 0: none.
    points_per_real: Decimal,
}

impl From<ProgrammeRulesInput> for Rules {
    fn from(input: ProgrammeRulesInput) -> Self {
        let minimum = input.minimum_order.and_then(|amount| parse_machine(&amount.0));
        let period = |period: MultiplierInput| Period {
            starts_at: period.starts_at,
            ends_at: period.ends_at,
            factor: period.factor.0,
        };
        let rate = |rate: ProductRateInput| Rate {
            skus: rate.skus,
            points_per_real: rate.points_per_real.0,
        };
        Self {
            points_per_real: input.points_per_real.0,
            include_shipping: input.include_shipping,
            minimum_order: Cents(minimum.unwrap_or(0)),
            hold_days: input.hold_days,
            expiry_months: input.expiry_months,
            grace_days: input.grace_days,
            debt_policy: input.debt_policy.into(),
            excluded_statuses: input.excluded_statuses,
            excluded_channels: input.excluded_channels.into_iter().map(Into::into).collect(),
            multipliers: input.multipliers.into_iter().map(period).collect(),
            product_rates: input.product_rates.into_iter().map(rate).collect(),
            bonuses: Bonuses {
                sign_up: entity::Points(input.sign_up_bonus.0),
                birthday: entity::Points(input.birthday_bonus.0),
            },
        }
    }
}
