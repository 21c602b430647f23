use entity::{StoreId, letter, store};
use sea_orm::{DbErr, EntityTrait};

use super::letter::Told;
use crate::app::App;
use crate::mail::Message;
use crate::service::{member, redemption};

/// What a member of the staff is told of redemptions that wait, if any still do and they may see to them.
pub(super) async fn waiting(app: &App, row: &letter::Model) -> Result<Option<Told>, DbErr> {
    let id = StoreId(row.cause_id);
    let (count, since) = redemption::queue(&app.db, id).await?;
    let (Some(since), Some(recipient)) = (since, row.recipient_id) else {
        return Ok(None);
    };
    let Some(to) = member::member_with(&app.db, (id, recipient), &redemption::STAFF).await? else {
        return Ok(None);
    };
    let Some(store) = store::Entity::find_by_id(id).one(&app.db).await? else {
        return Ok(None);
    };
    Ok(Some(Told {
        to: to.email,
        sender: store.name,
        zone: store.time_zone.parse().unwrap_or(chrono_tz::America::Sao_Paulo),
        page: "resgates",
        code: id.to_string(),
        message: Message::FulfilmentsWaiting { count, since },
    }))
}
