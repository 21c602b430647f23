use chrono::TimeDelta;
use entity::{email, letter};
use sea_orm::{ColumnTrait, DbErr, QueryFilter, QuerySelect};

use crate::app::App;
use crate::queue::{Enqueue, SendEmail, enqueue_all};

/// Enqueues messages again that have waited for a day, longer than all attempts of a job take: their
/// job's row is lost. Once a day each.
pub async fn wake_stuck(app: &App) -> Result<(), DbErr> {
    let now = app.clock.now();
    let mut found: Vec<entity::EmailId> = email::Entity::queued()
        .select_only()
        .column(email::Column::Id)
        .filter(email::Column::CreatedAt.lt(now - TimeDelta::days(1)))
        .limit(100)
        .into_tuple()
        .all(&app.db)
        .await?;
    let letters = letter::Entity::queued()
        .select_only()
        .column(letter::Column::Id)
        .filter(letter::Column::CreatedAt.lt(now - TimeDelta::days(1)))
        .limit(100);
    found.extend(letters.into_tuple::<entity::EmailId>().all(&app.db).await?);
    let day = now.timestamp() / 86_400;
    let jobs = found
        .into_iter()
        .map(|email| Enqueue::now(app, SendEmail { email }, format!("{email}:{day}")));
    enqueue_all(&app.db, app, jobs.collect()).await
}
