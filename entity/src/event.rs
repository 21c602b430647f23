//! What happened.

use sea_orm::DbBackend;
use sea_orm::entity::prelude::*;

use crate::{
    CouponId, CouponPoolId, CustomerId, EntryId, FulfilmentId, ImportRunId, Instant, IntegrationId, OrderId,
    RedemptionId, StoreId, WebhookId,
};

/// What happened to an object. The text is what partners read.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))")]
pub enum EventKind {
    /// A sale was told for the first time.
    #[sea_orm(string_value = "order.created")]
    OrderCreated,
    /// Something new was told of a sale.
    #[sea_orm(string_value = "order.updated")]
    OrderUpdated,
    /// Somebody became a customer.
    #[sea_orm(string_value = "customer.created")]
    CustomerCreated,
    /// Something new was told of a customer.
    #[sea_orm(string_value = "customer.updated")]
    CustomerUpdated,
    /// A customer turned out to be another one.
    #[sea_orm(string_value = "customer.merged")]
    CustomerMerged,
    /// A customer turned out not to be another one.
    #[sea_orm(string_value = "customer.unmerged")]
    CustomerUnmerged,
    /// Points were given.
    #[sea_orm(string_value = "points.earned")]
    PointsEarned,
    /// Points ran out.
    #[sea_orm(string_value = "points.expired")]
    PointsExpired,
    /// A customer's points moved, in whatever way.
    #[sea_orm(string_value = "points.balance_changed")]
    PointsBalanceChanged,
    /// A redemption began.
    #[sea_orm(string_value = "redemption.requested")]
    RedemptionRequested,
    /// A redemption's coupon exists and its points are spent.
    #[sea_orm(string_value = "redemption.fulfilled")]
    RedemptionFulfilled,
    /// A redemption failed and its points are back.
    #[sea_orm(string_value = "redemption.failed")]
    RedemptionFailed,
    /// The cancellation of a fulfilled redemption began.
    #[sea_orm(string_value = "redemption.cancelling")]
    RedemptionCancelling,
    /// A redemption was cancelled and its points are back.
    #[sea_orm(string_value = "redemption.cancelled")]
    RedemptionCancelled,
    /// A redemption could not be cancelled and stays as it was.
    #[sea_orm(string_value = "redemption.kept")]
    RedemptionKept,
    /// A coupon can be used.
    #[sea_orm(string_value = "coupon.activated")]
    CouponActivated,
    /// A sale used a coupon.
    #[sea_orm(string_value = "coupon.used")]
    CouponUsed,
    /// A coupon cannot be used any more.
    #[sea_orm(string_value = "coupon.disabled")]
    CouponDisabled,
    /// A pool of codes has fewer left than its store wants to be told of.
    #[sea_orm(string_value = "coupon_pool.low")]
    CouponPoolLow,
    /// A redemption waits for the store's staff.
    #[sea_orm(string_value = "fulfilment.waiting")]
    FulfilmentWaiting,
    /// A worker took an import run.
    #[sea_orm(string_value = "import.started")]
    ImportStarted,
    /// An import run wrote a page, or went to its next phase.
    #[sea_orm(string_value = "import.progressed")]
    ImportProgressed,
    /// An import run ended, however.
    #[sea_orm(string_value = "import.finished")]
    ImportFinished,
    /// A consent ends soon, since it cannot be renewed.
    #[sea_orm(string_value = "consent.ending")]
    ConsentEnding,
    /// A consent is over.
    #[sea_orm(string_value = "consent.ended")]
    ConsentEnded,
    /// Somebody tries a webhook.
    #[sea_orm(string_value = "webhook.tested")]
    WebhookTested,
}

impl EventKind {
    /// The global id of an object of an event of this kind.
    pub fn object(self, id: Uuid) -> String {
        match self {
            Self::OrderCreated | Self::OrderUpdated => OrderId(id).to_string(),
            Self::CustomerCreated
            | Self::CustomerUpdated
            | Self::CustomerMerged
            | Self::CustomerUnmerged
            | Self::PointsBalanceChanged => CustomerId(id).to_string(),
            Self::PointsEarned | Self::PointsExpired => EntryId(id).to_string(),
            Self::RedemptionRequested
            | Self::RedemptionFulfilled
            | Self::RedemptionFailed
            | Self::RedemptionCancelling
            | Self::RedemptionCancelled
            | Self::RedemptionKept => RedemptionId(id).to_string(),
            Self::CouponActivated | Self::CouponUsed | Self::CouponDisabled => CouponId(id).to_string(),
            Self::FulfilmentWaiting => FulfilmentId(id).to_string(),
            Self::CouponPoolLow => CouponPoolId(id).to_string(),
            Self::ImportStarted | Self::ImportProgressed | Self::ImportFinished => ImportRunId(id).to_string(),
            Self::ConsentEnding | Self::ConsentEnded => IntegrationId(id).to_string(),
            Self::WebhookTested => WebhookId(id).to_string(),
        }
    }

    /// What partners call it, for instance `order.created`.
    pub fn name(self) -> String {
        self.to_value()
    }
}

/// Something that happened: append-only, and removed when it is old.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    /// In the order of writing, which on PostgreSQL is not that of commits.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// On PostgreSQL, the place among all events, given after the commit; not used on SQLite, where the id is it.
    pub position: Option<i64>,
    /// The store.
    pub store_id: StoreId,
    /// What happened.
    pub kind: EventKind,
    /// To which object; the kind says of which table.
    pub object_id: Uuid,
    /// The request or import run that did it.
    pub request_id: Option<String>,
    /// When.
    pub created_at: Instant,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The event's place: who has read everything up to it misses nothing before it.
    pub fn place(&self) -> i64 {
        self.position.unwrap_or(self.id)
    }

    /// The global id of the object.
    pub fn object(&self) -> String {
        self.kind.object(self.object_id)
    }
}

impl Entity {
    /// The rows of one store. Every query starts here or at a key that names the store.
    pub fn in_store(store: StoreId) -> Select<Self> {
        Self::find().filter(Column::StoreId.eq(store))
    }
}

impl Column {
    /// The column that holds an event's place.
    pub fn place(backend: DbBackend) -> Self {
        match backend {
            DbBackend::Postgres => Self::Position,
            _ => Self::Id,
        }
    }
}
