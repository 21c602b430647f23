use chrono::{DateTime, SecondsFormat};
use entity::webhook::{self, PauseReason, WebhookState};
use entity::webhook_delivery::{self, DeliveryState};
use entity::{Instant, WebhookDeliveryId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;

use super::create::open;
use super::grant::lost;
use super::pause::pause;
use super::settle::hold;
use crate::access::Permission;
use crate::app::{App, Shaped};
use crate::db::begin;
use crate::webhook::{Secret, signatures};

/// A delivery that is to be sent now.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The delivery, as it was before this attempt.
    pub delivery: webhook_delivery::Model,
    /// The webhook.
    pub webhook: webhook::Model,
}

/// What is sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// The headers of Standard Webhooks.
    pub headers: Vec<(&'static str, String)>,
    /// The body: JSON.
    pub body: String,
}

/// What an attempt needs; `None` when the delivery has ended, waits for another, or its webhook is paused or gone. A
/// webhook for which nobody may answer any more is paused here, before anything is shown to its receiver.
pub async fn prepare(app: &App, id: WebhookDeliveryId) -> Result<Option<Attempt>, DbErr> {
    let found = webhook_delivery::Entity::find_by_id(id).one(&app.db).await?;
    let Some(delivery) = found.filter(|row| row.state == DeliveryState::Pending) else {
        return Ok(None);
    };
    let webhook = webhook::Entity::find_by_id(delivery.webhook_id).one(&app.db).await?;
    let Some(webhook) = webhook.filter(|webhook| webhook.state != WebhookState::Deleted) else {
        return Ok(None);
    };
    let lost = match webhook.state {
        WebhookState::Active => lost(app, &webhook).await?,
        _ => None,
    };
    if webhook.state == WebhookState::Active && lost.is_none() {
        return Ok(Some(Attempt { delivery, webhook }));
    }
    keep_back(app, &delivery, lost).await?;
    Ok(None)
}

/// Lets nobody look after a delivery whose webhook is paused, until somebody ends the pause, which cannot be meanwhile.
async fn keep_back(app: &App, delivery: &webhook_delivery::Model, lost: Option<Permission>) -> Result<(), DbErr> {
    let never: Instant = DateTime::from_timestamp(253_000_000_000, 0).unwrap_or_default();
    let txn = begin(&app.db).await?;
    let Some(mut webhook) = hold(&txn, delivery.webhook_id).await? else {
        return txn.rollback().await;
    };
    if let Some(permission) = lost {
        let told = format!(
            "who answers for it has no longer the permission {permission}; whoever ends the pause answers for it"
        );
        pause(&txn, app, &webhook, (PauseReason::Forbidden, told)).await?;
        webhook.state = WebhookState::Paused;
    }
    if webhook.state == WebhookState::Paused {
        let own = webhook_delivery::Column::Id
            .eq(delivery.id)
            .and(webhook_delivery::Column::State.eq(DeliveryState::Pending));
        webhook_delivery::Entity::update_many()
            .col_expr(webhook_delivery::Column::DueAt, Expr::value(never))
            .filter(own)
            .exec(&txn)
            .await?;
    }
    txn.commit().await
}

impl Attempt {
    /// Composes what is sent: the object as the webhook may see it now, signed with the secrets in force.
    pub async fn compose(&self, app: &App) -> Result<Request, String> {
        let Self { delivery, webhook } = self;
        let object = delivery.object();
        let shaped = match &webhook.payload {
            None => Shaped {
                data: json!({ "id": object }),
                errors: Vec::new(),
            },
            Some(query) => {
                let scopes: Vec<String> = serde_json::from_value(webhook.scopes.clone()).unwrap_or_default();
                app.shaper
                    .shape(app, delivery.store_id, &scopes, query, &object)
                    .await?
            }
        };
        let mut body = json!({
            "type": delivery.kind.name(),
            "timestamp": delivery.occurred_at.to_rfc3339_opts(SecondsFormat::Micros, true),
            "storeId": delivery.store_id,
            "objectId": object,
            "data": shaped.data,
        });
        if !shaped.errors.is_empty() {
            body["errors"] = json!(shaped.errors);
        }
        let body = body.to_string();
        let now = app.clock.now();
        let secrets = self.secrets(app, now).map_err(|error| error.to_string())?;
        let (id, timestamp) = (delivery.id.to_string(), now.timestamp());
        let signature = signatures(&secrets, &id, timestamp, &body);
        Ok(Request {
            headers: vec![
                ("content-type", "application/json".to_owned()),
                ("webhook-id", id),
                ("webhook-timestamp", timestamp.to_string()),
                ("webhook-signature", signature),
            ],
            body,
        })
    }

    fn secrets(&self, app: &App, now: Instant) -> Result<Vec<Secret>, crate::secrets::VaultError> {
        let webhook = &self.webhook;
        let is_both = webhook.previous_until.is_some_and(|until| now < until);
        let previous = webhook.previous_secret.as_ref().filter(|_| is_both);
        let sealed = std::iter::once(&webhook.secret).chain(previous);
        sealed.map(|sealed| open(app, webhook.id, sealed)).collect()
    }
}
