//! Versions of stores' programme rules.

use sea_orm::entity::prelude::*;

use crate::{Cents, Instant, Points, ProgrammeVersionId, StoreId, UserId};

/// What happens when points already spent must be taken back.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum DebtPolicy {
    /// What nothing covers becomes debt, paid by the next points earned.
    #[sea_orm(string_value = "allow_debt")]
    AllowDebt,
    /// Taken from whatever balance there is, the rest is recorded and forgone.
    #[sea_orm(string_value = "within_balance")]
    WithinBalance,
    /// Taken from the sale's own unspent points only.
    #[sea_orm(string_value = "only_unspent")]
    OnlyUnspent,
}

/// The rules of points in force from an instant on. Never changed: a new version is added.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "programme_versions")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProgrammeVersionId,
    /// The store.
    pub store_id: StoreId,
    /// 1, 2, 3 … in a store.
    pub number: i32,
    /// In force for sales that become awarding from here on.
    pub starts_at: Instant,
    /// Points for one real of base, in thousandths (1 point per R$ 1.00 = 1000).
    pub points_per_real_milli: i64,
    /// Whether shipping is part of the base.
    pub include_shipping: bool,
    /// Sales with a smaller base give nothing.
    pub minimum_order_cents: Cents,
    /// Days until points can be spent.
    pub hold_days: i32,
    /// Months after becoming available until points expire; none: never.
    pub expiry_months: Option<i32>,
    /// Days that a released, meanwhile expired lot stays spendable.
    pub grace_days: i32,
    /// What happens when points already spent must be taken back.
    pub debt_policy: DebtPolicy,
    /// Codes of statuses in which sales give nothing.
    pub excluded_statuses: Json,
    /// Channels whose sales give nothing, as they are stored in sales.
    pub excluded_channels: Json,
    /// Periods in which sales give more: from, to and a factor in thousandths.
    pub multipliers: Json,
    /// Products with a rate of their own: SKUs and points for one real in thousandths.
    pub product_rates: Json,
    /// Points for signing up in the shop; 0: none.
    pub sign_up_bonus: Points,
    /// Points for a birthday; 0: none.
    pub birthday_bonus: Points,
    /// Who changed the rules.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Instant,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The rows of one store. Every query starts here or at a key that names the store.
    pub fn in_store(store: StoreId) -> Select<Self> {
        Self::find().filter(Column::StoreId.eq(store))
    }
}
