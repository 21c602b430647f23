use entity::membership::Role;
use entity::webhook::{self, WebhookState};
use entity::{WebhookId, letter, store};
use sea_orm::{DbErr, EntityTrait};
use url::Url;

use super::letter::Told;
use crate::app::App;
use crate::mail::{Message, PauseCause};
use crate::service::member;

/// What an owner is told of a webhook, if it is still paused and they still own the store.
pub(super) async fn paused(app: &App, row: &letter::Model) -> Result<Option<Told>, DbErr> {
    let webhook = webhook::Entity::find_by_id(WebhookId(row.cause_id))
        .one(&app.db)
        .await?;
    let Some(webhook) = webhook.filter(|webhook| webhook.state == WebhookState::Paused) else {
        return Ok(None);
    };
    let (Some(reason), Some(recipient)) = (webhook.pause_reason, row.recipient_id) else {
        return Ok(None);
    };
    let Some(to) = member::member_with(&app.db, (webhook.store_id, recipient), &[Role::Owner]).await? else {
        return Ok(None);
    };
    let Some(store) = store::Entity::find_by_id(webhook.store_id).one(&app.db).await? else {
        return Ok(None);
    };
    let receiver = webhook.url.parse::<Url>().ok();
    Ok(Some(Told {
        to: to.email,
        sender: store.name,
        zone: store.time_zone.parse().unwrap_or(chrono_tz::America::Sao_Paulo),
        page: "webhooks",
        code: webhook.id.to_string(),
        message: Message::WebhookPaused {
            receiver: receiver.as_ref().and_then(Url::host_str).unwrap_or_default().to_owned(),
            cause: match reason {
                webhook::PauseReason::Gone => PauseCause::Gone,
                webhook::PauseReason::Failing => PauseCause::Failing,
                webhook::PauseReason::Forbidden => PauseCause::Forbidden,
            },
            failing_since: webhook.failing_since,
            days_kept: app.config.events.keep_days,
        },
    }))
}
