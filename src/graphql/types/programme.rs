use async_graphql::{Enum, Object};
use chrono::{DateTime, Utc};
use entity::programme_version;

use crate::graphql::scalar::{Decimal, Money};

pub(in crate::graphql) struct Programme {
    row: programme_version::Model,
    currency: String,
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
            row,
            currency: currency.to_owned(),
        }
    }
}

/// The rules of a store's programme, in force from an instant on. Permission: `store:read`.
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
        let milli = self.row.points_per_real_milli;
        Decimal(format!("{}.{:03}", milli / 1000, milli % 1000))
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
}
