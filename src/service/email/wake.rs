use chrono::TimeDelta;
use entity::email::EmailKind;
use entity::{EmailId, StoreId, email, letter};
use sea_orm::{ColumnTrait, DbErr, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::cause::cause_of;
use crate::app::App;
use crate::queue::{Enqueue, SendEmail, Whose, enqueue_all};

/// Enqueues messages again that have waited for a day, longer than all attempts of a job take: their
/// job's row is lost. Once a day each.
pub async fn wake_stuck(app: &App) -> Result<(), DbErr> {
    let now = app.clock.now();
    let before = now - TimeDelta::days(1);
    let emails: Vec<(EmailId, StoreId, EmailKind, Uuid)> = email::Entity::queued()
        .select_only()
        .columns([
            email::Column::Id,
            email::Column::StoreId,
            email::Column::Kind,
            email::Column::CauseId,
        ])
        .filter(email::Column::CreatedAt.lt(before))
        .limit(100)
        .into_tuple()
        .all(&app.db)
        .await?;
    let letters: Vec<EmailId> = letter::Entity::queued()
        .select_only()
        .column(letter::Column::Id)
        .filter(letter::Column::CreatedAt.lt(before))
        .limit(100)
        .into_tuple()
        .all(&app.db)
        .await?;
    let emails = emails
        .into_iter()
        .map(|(id, store, kind, cause)| (id, Whose::of(store, cause_of(kind, cause))));
    // A letter's row names no store; its first job was seen where there is one.
    let letters = letters.into_iter().map(|id| (id, Whose::Nobody));
    let day = now.timestamp() / 86_400;
    let jobs = emails
        .chain(letters)
        .map(|(email, whose)| Enqueue::now(app, whose, SendEmail { email }, format!("{email}:{day}")));
    enqueue_all(&app.db, app, jobs.collect()).await
}
