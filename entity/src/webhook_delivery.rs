//! What became of telling a webhook of an event.

use sea_orm::entity::prelude::*;

use crate::event::EventKind;
use crate::{Instant, StoreId, WebhookDeliveryId, WebhookId};

/// Where a delivery stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum DeliveryState {
    /// To be sent, or sent again.
    #[sea_orm(string_value = "pending")]
    Pending,
    /// An earlier one of the same object has to end first.
    #[sea_orm(string_value = "waiting")]
    Waiting,
    /// The receiver has taken it.
    #[sea_orm(string_value = "delivered")]
    Delivered,
    /// Given up.
    #[sea_orm(string_value = "failed")]
    Failed,
}

/// One event for one webhook, however often it is sent.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_deliveries")]
pub struct Model {
    /// Id; the receiver knows a delivery that comes twice by it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookDeliveryId,
    /// The store.
    pub store_id: StoreId,
    /// The webhook; with the event its natural key.
    pub webhook_id: WebhookId,
    /// The event.
    pub event_id: i64,
    /// What happened.
    pub kind: EventKind,
    /// To which object.
    pub object_id: Uuid,
    /// When.
    pub occurred_at: Instant,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was sent since it was asked for last.
    pub attempts: i32,
    /// When it is sent next.
    pub due_at: Instant,
    /// When it was sent last.
    pub attempted_at: Option<Instant>,
    /// The status of the last answer.
    pub status: Option<i32>,
    /// The beginning of the last answer.
    pub answer: Option<String>,
    /// Why the last attempt failed, where there was no answer.
    pub error: Option<String>,
    /// How long the last attempt took.
    pub duration_ms: Option<i64>,
    /// When it was written.
    pub created_at: Instant,
    /// When it was taken or given up.
    pub finished_at: Option<Instant>,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The global id of the object.
    pub fn object(&self) -> String {
        self.kind.object(self.object_id)
    }
}

impl Entity {
    /// Those that have not ended. The condition is written out: a bound value would keep either database from using
    /// the index of just these rows.
    pub fn open() -> Select<Self> {
        Self::find().filter(Expr::cust("state IN ('pending', 'waiting')"))
    }

    /// Those that are to be sent.
    pub fn pending() -> Select<Self> {
        Self::find().filter(Expr::cust("state = 'pending'"))
    }
}
