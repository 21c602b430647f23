//! Webhooks, without the secrets that sign their deliveries, and what each was told.

use entity::export_run::ExportList;
use entity::{Instant, StoreId, webhook, webhook_delivery};
use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::{Value, json};

use super::Exported;
use super::column::{as_they_are, at, choice, columns, id};
use crate::graphql::sort::{WebhookDeliverySort, WebhookSort};
use crate::graphql::types::{
    DeliveryState, EventType, Webhook, WebhookDelivery, WebhookOrdering, WebhookPauseReason, WebhookState,
};
use crate::graphql::webhook_lists::{Deliveries, WebhookDeliveryFilter, WebhookFilter, Webhooks};

columns! {
    /// A column of exported webhooks. In the file it is called like the field of a webhook.
    WebhookColumn of webhook::Model {
        /// Opaque and global.
        Id = |row| id(row.id),
        /// Where deliveries are sent, by POST.
        Url = |row| json!(row.url),
        /// Of which types of events it is told; in a table it is JSON.
        EventTypes = |row| {
            let types = Webhook(row.clone()).told_of();
            types.into_iter().map(choice::<EventType>).collect()
        },
        /// What its payload may show, as scopes of an API token; in a table it is JSON.
        Scopes = |row| row.scopes.clone(),
        /// The query that shapes `data` of the payload; none: the object's id alone.
        Payload = |row| json!(row.payload),
        /// Whether deliveries wait for each other.
        Ordering = |row| choice::<WebhookOrdering>(row.ordering),
        /// Whether it is told at present.
        State = |row| choice::<WebhookState>(row.state),
        /// Why it was paused, where nobody asked for that.
        PauseReason = |row| row.pause_reason.map_or(Value::Null, choice::<WebhookPauseReason>),
        /// The same in words.
        PausedBecause = |row| json!(row.paused_because),
        /// Since when no delivery succeeded, if the last attempt failed.
        FailingSince = |row| at(row.failing_since),
        /// Until when the secret before the present one signs as well.
        PreviousSecretUntil = |row| at(row.previous_until),
        /// When it was made.
        CreatedAt = |row| at(row.created_at),
    }
}

impl Exported for Webhooks {
    const LIST: ExportList = ExportList::Webhooks;
    type Filter = WebhookFilter;
    type Sort = WebhookSort;
    type Row = webhook::Model;
    type Column = WebhookColumn;
    as_they_are!();

    fn exported(store: StoreId, _: Option<&str>, filter: WebhookFilter, sort: WebhookSort) -> Option<Self> {
        Some(Self(store, filter, sort))
    }
}

columns! {
    /// A column of exported deliveries. In the file it is called like the field of a delivery.
    WebhookDeliveryColumn of webhook_delivery::Model {
        /// Opaque and global; also the header `webhook-id`.
        Id = |row| id(row.id),
        /// The webhook.
        WebhookId = |row| id(row.webhook_id),
        /// What happened.
        EventType = |row| choice::<EventType>(row.kind),
        /// To which object.
        ObjectId = |row| id(row.object()),
        /// When it happened.
        OccurredAt = |row| at(row.occurred_at),
        /// Where it stands.
        State = |row| choice::<DeliveryState>(row.state),
        /// How often it was sent, since it was asked for last.
        Attempts = |row| json!(row.attempts),
        /// When it is sent next, at the earliest.
        NextAttemptAt = |row| at(WebhookDelivery(row.clone()).due_at()),
        /// When it was sent last.
        AttemptedAt = |row| at(row.attempted_at),
        /// The status of the last answer.
        Status = |row| json!(row.status),
        /// The beginning of the last answer, at most a kilobyte.
        Answer = |row| json!(row.answer),
        /// Why there was no answer, or nothing that could be sent.
        Error = |row| json!(row.error),
        /// How long the last attempt took, in milliseconds.
        DurationMs = |row| json!(row.duration_ms),
        /// When it was delivered or given up.
        FinishedAt = |row| at(row.finished_at),
    }
}

impl Exported for Deliveries {
    const LIST: ExportList = ExportList::WebhookDeliveries;
    type Filter = WebhookDeliveryFilter;
    type Sort = WebhookDeliverySort;
    type Row = webhook_delivery::Model;
    type Column = WebhookDeliveryColumn;
    as_they_are!();

    fn exported(
        _: StoreId,
        of: Option<&str>,
        filter: WebhookDeliveryFilter,
        sort: WebhookDeliverySort,
    ) -> Option<Self> {
        Some(Self(of?.parse().ok()?, filter, sort))
    }
}
