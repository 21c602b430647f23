use entity::letter::{self, LetterKind};
use entity::membership::Role;
use entity::{IntegrationId, consent, integration, store};
use sea_orm::{DbErr, EntityTrait};

use super::letter::Told;
use crate::app::App;
use crate::mail::Message;
use crate::platform::Kind;
use crate::service::member;

/// What an owner is told of an integration's consent, if it is still so and they still own the store.
pub(super) async fn told(app: &App, row: &letter::Model) -> Result<Option<Told>, DbErr> {
    let id = IntegrationId(row.cause_id);
    let known = consent::Entity::find_by_id(id).one(&app.db).await?;
    let is_so = |consent: &consent::Model| match row.kind {
        LetterKind::ConsentEnding => consent.warned_at.is_some() && consent.ended_at.is_none(),
        _ => consent.ended_at.is_some(),
    };
    let (Some(consent), Some(recipient)) = (known.filter(is_so), row.recipient_id) else {
        return Ok(None);
    };
    let Some(to) = member::member_with(&app.db, (consent.store_id, recipient), &[Role::Owner]).await? else {
        return Ok(None);
    };
    let Some(store) = store::Entity::find_by_id(consent.store_id).one(&app.db).await? else {
        return Ok(None);
    };
    let integration = integration::Entity::find_by_id(id).one(&app.db).await?;
    let kind = integration.and_then(|row| row.platform.parse::<Kind>().ok());
    let platform = kind.map_or("plataforma", |kind| kind.descriptor().name).to_owned();
    Ok(Some(Told {
        to: to.email,
        sender: store.name,
        zone: store.time_zone.parse().unwrap_or(chrono_tz::America::Sao_Paulo),
        page: "integracoes",
        code: id.to_string(),
        message: match consent.ended_at {
            None => Message::ConsentEnding {
                platform,
                ends_at: consent.refresh_ends_at,
                failing_since: consent.failing_since,
            },
            Some(ended_at) => Message::ConsentEnded { platform, ended_at },
        },
    }))
}
