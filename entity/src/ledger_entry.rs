//! The ledger.

use sea_orm::entity::prelude::*;

use crate::{CustomerId, EntryId, Instant, OrderId, Points, ProgrammeVersionId, RedemptionId, StoreId};

/// What an entry records.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum EntryKind {
    /// Points given; made a lot.
    #[sea_orm(string_value = "earn")]
    Earn,
    /// Points taken back.
    #[sea_orm(string_value = "revoke")]
    Revoke,
    /// Points earned that paid debt.
    #[sea_orm(string_value = "debt_payment")]
    DebtPayment,
    /// Points held for a redemption.
    #[sea_orm(string_value = "reserve")]
    Reserve,
    /// Held points spent.
    #[sea_orm(string_value = "capture")]
    Capture,
    /// Held points given back to their lots.
    #[sea_orm(string_value = "release")]
    Release,
    /// Spent points given back.
    #[sea_orm(string_value = "refund")]
    Refund,
    /// Points that moved from one customer to another who is the same person.
    #[sea_orm(string_value = "transfer")]
    Transfer,
    /// Points given or taken by hand.
    #[sea_orm(string_value = "adjust")]
    Adjust,
    /// Points that ran out.
    #[sea_orm(string_value = "expire")]
    Expire,
}

/// What kind of thing caused an entry.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum SourceKind {
    /// A sale.
    #[sea_orm(string_value = "order")]
    Order,
    /// A redemption.
    #[sea_orm(string_value = "redemption")]
    Redemption,
    /// A manual adjustment.
    #[sea_orm(string_value = "adjustment")]
    Adjustment,
    /// A bonus.
    #[sea_orm(string_value = "bonus")]
    Bonus,
    /// A merge of two customers.
    #[sea_orm(string_value = "merge")]
    Merge,
    /// Expiry of a lot.
    #[sea_orm(string_value = "expiry")]
    Expiry,
}

/// An entry: append-only, never updated or deleted (the database refuses it).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_entries")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EntryId,
    /// The store.
    pub store_id: StoreId,
    /// Whose points.
    pub customer_id: CustomerId,
    /// What it records.
    pub kind: EntryKind,
    /// The amount, signed, as a statement shows it.
    pub points: Points,
    /// What it adds to the points in lots.
    pub balance_delta: Points,
    /// What it adds to the reserved points.
    pub reserved_delta: Points,
    /// What it adds to the debt.
    pub debt_delta: Points,
    /// What kind of thing caused it.
    pub source_kind: SourceKind,
    /// The sale, redemption … that caused it.
    pub source_id: Uuid,
    /// The how-manieth entry of that source: with the source, the natural key.
    pub sequence: i32,
    /// The rules that were applied.
    pub programme_version_id: Option<ProgrammeVersionId>,
    /// The values that the rules were applied to.
    pub inputs: Json,
    /// Who or what caused it: `user:…`, `token:…`, `job:…`.
    pub actor: String,
    /// In words, where a person gave one.
    pub reason: Option<String>,
    /// The request or job that caused it.
    pub request_id: Option<String>,
    /// When it became true.
    pub occurred_at: Instant,
    /// When it was written.
    pub recorded_at: Instant,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The sale that caused it.
    pub fn order_id(&self) -> Option<OrderId> {
        (self.source_kind == SourceKind::Order).then_some(OrderId(self.source_id))
    }

    /// The redemption that caused it.
    pub fn redemption_id(&self) -> Option<RedemptionId> {
        (self.source_kind == SourceKind::Redemption).then_some(RedemptionId(self.source_id))
    }
}

impl Entity {
    /// The rows of one store. Every query starts here or at a key that names the store.
    pub fn in_store(store: StoreId) -> Select<Self> {
        Self::find().filter(Column::StoreId.eq(store))
    }
}
