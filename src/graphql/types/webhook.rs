use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::event::EventKind;
use entity::{webhook, webhook_delivery};
use macros::{paged, permissions, plain};
use sea_orm::Iterable;
use uuid::Uuid;

use super::EventType;
use crate::graphql::connection::{PageArgs, page};
use crate::graphql::context::load;
use crate::graphql::filter::checked;
use crate::graphql::nodes::Nodes;
use crate::graphql::sort::WebhookDeliverySort;
use crate::graphql::webhook_lists::{Deliveries, WebhookDeliveryFilter};

#[derive(Debug, Clone)]
pub(in crate::graphql) struct Webhook(pub(in crate::graphql) webhook::Model);

#[derive(Debug, Clone)]
pub(in crate::graphql) struct WebhookDelivery(pub(in crate::graphql) webhook_delivery::Model);

/// Whether deliveries wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::webhook::Ordering")]
pub(in crate::graphql) enum WebhookOrdering {
    /// Each goes out as soon as it can; they may arrive in any order.
    None,
    /// Those of one object go out one after the other, in the order of what happened: one that fails holds the
    /// later ones of its object back until it is delivered or given up.
    Object,
}

/// Where a webhook stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub(in crate::graphql) enum WebhookState {
    /// It is told.
    Active,
    /// Deliveries are kept for later.
    Paused,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::webhook_delivery::DeliveryState")]
pub(in crate::graphql) enum DeliveryState {
    /// To be sent, or to be sent again.
    Pending,
    /// An earlier one of the same object has to end first.
    Waiting,
    /// The receiver answered with a status from 200 to 299.
    Delivered,
    /// Given up after the last attempt, or since the receiver answered 410.
    Failed,
}

/// Why a webhook was paused that nobody asked to pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::webhook::PauseReason")]
pub(in crate::graphql) enum WebhookPauseReason {
    /// The receiver answered 410 Gone: it wants nothing any more.
    Gone,
    /// No delivery succeeded for days.
    Failing,
    /// Who answers for it – whoever made it, last changed what is sent or where, or ended a pause – may not see any
    /// more what it shows. Whoever ends the pause answers for it from then on.
    Forbidden,
}

/// A partner's address that is told of a store's events.
#[plain]
#[permissions("integrations:read")]
#[paged]
#[Object]
impl Webhook {
    /// Opaque and global.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Where deliveries are sent, by POST.
    async fn url(&self) -> &str {
        &self.0.url
    }

    /// Of which types of events it is told.
    async fn event_types(&self) -> Vec<EventType> {
        self.told_of()
    }

    /// What its payload may show, as scopes of an API token.
    async fn scopes(&self) -> Vec<String> {
        serde_json::from_value(self.0.scopes.clone()).unwrap_or_default()
    }

    /// The query that shapes `data` of the payload; none: the object's id alone.
    async fn payload(&self) -> Option<&str> {
        self.0.payload.as_deref()
    }

    /// Whether deliveries wait for each other.
    async fn ordering(&self) -> WebhookOrdering {
        self.0.ordering.into()
    }

    /// Whether it is told at present.
    async fn state(&self) -> WebhookState {
        self.0.state.into()
    }

    /// Why it was paused, where nobody asked for that. The store's owners get an e-mail, once for each pause.
    async fn pause_reason(&self) -> Option<WebhookPauseReason> {
        self.0.pause_reason.map(WebhookPauseReason::from)
    }

    /// The same in words, with the time or the permission in question.
    async fn paused_because(&self) -> Option<&str> {
        self.0.paused_because.as_deref()
    }

    /// Since when no delivery succeeded, if the last attempt failed.
    async fn failing_since(&self) -> Option<DateTime<Utc>> {
        self.0.failing_since
    }

    /// Until when the secret before the present one signs as well.
    async fn previous_secret_until(&self) -> Option<DateTime<Utc>> {
        self.0.previous_until
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// For changes: the version that they are based on.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// What it was told or is to be told; kept for 30 days.
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which deliveries.")] filter: Option<WebhookDeliveryFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: WebhookDeliverySort,
    ) -> async_graphql::Result<Option<Nodes<Uuid, WebhookDelivery>>> {
        let wanted = Deliveries(self.0.id, checked(filter, ())?, order_by);
        page(ctx, wanted, args, WebhookDelivery).await.map(Some)
    }
}

impl Webhook {
    /// Of which types of events it is told.
    pub(in crate::graphql) fn told_of(&self) -> Vec<EventType> {
        let names = self.0.kinds.as_array();
        let is_wanted = |kind: &EventKind| {
            let name = kind.name();
            names.is_some_and(|names| names.iter().any(|known| known.as_str() == Some(&name)))
        };
        EventKind::iter().filter(is_wanted).map(EventType::from).collect()
    }
}

impl From<webhook::WebhookState> for WebhookState {
    fn from(state: webhook::WebhookState) -> Self {
        match state {
            webhook::WebhookState::Active => Self::Active,
            webhook::WebhookState::Paused | webhook::WebhookState::Deleted => Self::Paused,
        }
    }
}

impl WebhookDelivery {
    /// When it is sent next; none for one that has ended or waits, or whose webhook is paused.
    pub(in crate::graphql) fn due_at(&self) -> Option<DateTime<Utc>> {
        let is_pending = self.0.state == webhook_delivery::DeliveryState::Pending;
        (is_pending && self.0.due_at.timestamp() < 250_000_000_000).then_some(self.0.due_at)
    }
}

/// One event for one webhook, however often it is sent.
#[plain]
#[permissions("integrations:read")]
#[Object]
impl WebhookDelivery {
    /// Opaque and global; also the header `webhook-id`, the same with each attempt.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The webhook.
    async fn webhook(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Webhook>> {
        let row: Option<webhook::Model> = load(ctx, self.0.webhook_id).await?;
        Ok(row
            .filter(|row| row.state != webhook::WebhookState::Deleted)
            .map(Webhook))
    }

    /// What happened.
    async fn event_type(&self) -> EventType {
        self.0.kind.into()
    }

    /// To which object: the id of a node.
    async fn object_id(&self) -> ID {
        self.0.object().into()
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at
    }

    /// Where it stands.
    async fn state(&self) -> DeliveryState {
        self.0.state.into()
    }

    /// How often it was sent, since it was asked for last.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// When it is sent next, at the earliest; none for one that has ended or waits, or whose webhook is paused.
    async fn next_attempt_at(&self) -> Option<DateTime<Utc>> {
        self.due_at()
    }

    /// When it was sent last.
    async fn attempted_at(&self) -> Option<DateTime<Utc>> {
        self.0.attempted_at
    }

    /// The status of the last answer; none where there was no answer.
    async fn status(&self) -> Option<i32> {
        self.0.status
    }

    /// The beginning of the last answer, at most a kilobyte.
    async fn answer(&self) -> Option<&str> {
        self.0.answer.as_deref()
    }

    /// Why there was no answer, or nothing that could be sent.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// How long the last attempt took, in milliseconds.
    async fn duration_ms(&self) -> Option<i64> {
        self.0.duration_ms
    }

    /// When it was delivered or given up.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }
}
