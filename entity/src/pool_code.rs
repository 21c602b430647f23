//! Codes of pools.

use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait as _, QueryOrder, Select};

use crate::{CouponPoolId, Instant, PoolCodeId, RedemptionId, StoreId};

/// Where a code stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum PoolCodeState {
    /// To be handed out.
    #[sea_orm(string_value = "free")]
    Free,
    /// A redemption has it.
    #[sea_orm(string_value = "taken")]
    Taken,
    /// Somebody took it out of the pool.
    #[sea_orm(string_value = "withdrawn")]
    Withdrawn,
}

/// A code of a pool. What it says is sealed until it is handed out.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pool_codes")]
pub struct Model {
    /// Id: in the order in which they came.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PoolCodeId,
    /// The store.
    pub store_id: StoreId,
    /// The pool.
    pub pool_id: CouponPoolId,
    /// What it is found by: worked out of the code with the installation's key. Unique in the store.
    pub fingerprint: Vec<u8>,
    /// The code, sealed for its pool.
    pub sealed: Vec<u8>,
    /// Where it stands.
    pub state: PoolCodeState,
    /// Until when it can be used; [`NEVER`] where that was not told.
    pub ends_at: Instant,
    /// Who has it.
    pub redemption_id: Option<RedemptionId>,
    /// When it came.
    pub added_at: Instant,
    /// When it was handed out or withdrawn.
    pub changed_at: Option<Instant>,
}

/// The end of what does not end: a column that is sorted by is never null.
pub const NEVER: Instant = match chrono::NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day.and_time(chrono::NaiveTime::MIN).and_utc(),
    None => Instant::UNIX_EPOCH,
};

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The rows of one store. Every query starts here or at a key that names the store.
    pub fn in_store(store: StoreId) -> Select<Self> {
        Self::find().filter(Column::StoreId.eq(store))
    }

    /// That a code can be handed out at an instant. The state is written out: a bound value would keep either database from
    /// using the index of just these rows.
    pub fn is_free(at: Instant) -> Expr {
        Expr::cust("state = 'free'").and(Column::EndsAt.gt(at))
    }

    /// What a pool can hand out at an instant, what ends first coming first.
    pub fn free(pool: CouponPoolId, at: Instant) -> Select<Self> {
        Self::find()
            .filter(Column::PoolId.eq(pool))
            .filter(Self::is_free(at))
            .order_by_asc(Column::EndsAt)
            .order_by_asc(Column::Id)
    }
}
