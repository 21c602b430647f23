//! Redemptions.

use sea_orm::entity::prelude::*;

use crate::{CustomerId, Instant, Points, RedemptionId, RewardId, StoreId, reward::Fulfilment};

/// Where a redemption stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum RedemptionState {
    /// Points are reserved, the coupon is being made.
    #[sea_orm(string_value = "requested")]
    Requested,
    /// Points are spent, the coupon exists.
    #[sea_orm(string_value = "completed")]
    Completed,
    /// The shop refused; points are back.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// The coupon is being made unusable; then the points come back.
    #[sea_orm(string_value = "cancelling")]
    Cancelling,
    /// The points are back, the coupon cannot be used.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

/// A customer's exchange of points for a reward.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "redemptions")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RedemptionId,
    /// The store.
    pub store_id: StoreId,
    /// Whose points.
    pub customer_id: CustomerId,
    /// For what.
    pub reward_id: RewardId,
    /// How many.
    pub points: Points,
    /// How what is redeemed comes into being, as the reward had it then.
    pub fulfilment: Fulfilment,
    /// Where it stands.
    pub state: RedemptionState,
    /// Why it, or its cancellation, failed, as a code.
    pub failure_code: Option<String>,
    /// Why it, or its cancellation, failed, in words.
    pub failure_message: Option<String>,
    /// Who asked for it.
    pub actor: String,
    /// When.
    pub requested_at: Instant,
    /// When it ended.
    pub finished_at: Option<Instant>,
    /// When somebody last asked to cancel it.
    pub cancel_requested_at: Option<Instant>,
    /// Who asked to cancel it.
    pub cancel_actor: Option<String>,
    /// Why, in words.
    pub cancel_reason: Option<String>,
    /// When it was cancelled.
    pub cancelled_at: Option<Instant>,
    /// When it was last looked after, having been under way for long.
    pub woken_at: Option<Instant>,
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
    /// Those that are neither failed nor cancelled; with indexes of just these rows, for which the condition is written out.
    pub fn standing() -> Select<Self> {
        Self::find().filter(Expr::cust("state NOT IN ('failed', 'cancelled')"))
    }
    /// Those that wait for the coupon that the shop is asked for. The condition is written out: a bound value would keep
    /// either database from using the index of just these rows.
    pub fn requested() -> Select<Self> {
        Self::find().filter(Expr::cust("state = 'requested' AND fulfilment = 'automatic'"))
    }
    /// Those whose coupon is being made unusable; with an index of just these rows, like the above.
    pub fn cancelling() -> Select<Self> {
        Self::find().filter(Expr::cust("state = 'cancelling'"))
    }
}
