//! E-mails to customers.

use sea_orm::entity::prelude::*;

use crate::{CustomerId, EmailId, Instant, IntegrationId, StoreId};

/// Which message.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(24))")]
pub enum EmailKind {
    /// Points were given.
    #[sea_orm(string_value = "points_earned")]
    PointsEarned,
    /// A coupon can be used.
    #[sea_orm(string_value = "coupon_issued")]
    CouponIssued,
    /// A redemption failed, the points are back.
    #[sea_orm(string_value = "redemption_failed")]
    RedemptionFailed,
    /// What was redeemed is there, and is no coupon.
    #[sea_orm(string_value = "reward_fulfilled")]
    RewardFulfilled,
    /// A code to redeem with at a till.
    #[sea_orm(string_value = "redemption_code")]
    RedemptionCode,
}

/// Where a message stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum EmailState {
    /// To be sent.
    #[sea_orm(string_value = "queued")]
    Queued,
    /// Handed over to the transport.
    #[sea_orm(string_value = "sent")]
    Sent,
    /// Refused for good.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// Not sent: the integration is off or there is no address.
    #[sea_orm(string_value = "skipped")]
    Skipped,
}

/// A message to a customer, sent once for its cause.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "emails")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EmailId,
    /// The store.
    pub store_id: StoreId,
    /// Whose shop it is about: it must be active, and its site is the link.
    pub integration_id: IntegrationId,
    /// To whom.
    pub customer_id: CustomerId,
    /// Which message.
    pub kind: EmailKind,
    /// The sale, redemption or code that caused it; with the kind its natural key.
    pub cause_id: Uuid,
    /// What the message says.
    pub data: Json,
    /// Where it stands.
    pub state: EmailState,
    /// Why it could not be sent.
    pub error: Option<String>,
    /// When it was caused.
    pub created_at: Instant,
    /// When it was handed over.
    pub sent_at: Option<Instant>,
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
    /// Those that are still to be sent. The condition is written out: a bound value would keep either database from
    /// using the index of just these rows.
    pub fn queued() -> Select<Self> {
        Self::find().filter(Expr::cust("state = 'queued'"))
    }
}
