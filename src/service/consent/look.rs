//! Keeping consents alive that nobody uses, and telling the owners in time of one that cannot be renewed.

use chrono::TimeDelta;
use entity::{Instant, IntegrationId, consent, integration};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::account::learn_account;
use super::end;
use super::keep::{self, renew_at, warn_at};
use super::renew::fresh;
use crate::app::App;
use crate::db::begin;
use crate::platform::PlatformError;
use crate::queue::{Enqueue, RenewConsent, Whose, enqueue};

/// Consents taken up by one look of the schedule.
const TOGETHER: u64 = 100;
/// How soon a renewal that failed is tried again, and how late at the latest.
const SOONEST: TimeDelta = TimeDelta::minutes(5);
const LATEST: TimeDelta = TimeDelta::hours(1);

/// Enqueues the renewal of consents that are due. Any number of processes may do so at once.
pub async fn look_due(app: &App) -> Result<(), DbErr> {
    let now = app.clock.now();
    for row in due(now).all(&app.db).await? {
        let txn = begin(&app.db).await?;
        // Whoever moves it writes the job. When nothing comes of the job, it is due again.
        let next = row
            .failing_since
            .map_or(SOONEST, |since| ((now - since) / 2).clamp(SOONEST, LATEST));
        let moved = consent::Entity::update_many()
            .col_expr(consent::Column::LookAt, Expr::value(now + next))
            .filter(keep::as_read(&row).and(consent::Column::LookAt.eq(row.look_at)))
            .exec(&txn)
            .await?;
        if moved.rows_affected == 1 {
            let integration = row.integration_id;
            let key = format!("{integration}:{}", row.look_at.timestamp_millis());
            let whose = Whose::of(row.store_id, integration);
            enqueue(&txn, app, Enqueue::now(app, whose, RenewConsent { integration }, key)).await?;
        }
        txn.commit().await?;
    }
    Ok(())
}

fn due(now: Instant) -> Select<consent::Entity> {
    consent::Entity::live()
        .filter(consent::Column::LookAt.lte(now))
        .order_by_asc(consent::Column::LookAt)
        .limit(TOGETHER)
}

/// Renews a consent unless somebody did since it became due; where that fails, sees to its end. The error says why it
/// is not renewed, and is noted already.
pub async fn work(app: &App, id: IntegrationId) -> Result<Option<PlatformError>, DbErr> {
    let now = app.clock.now();
    let renewed = fresh(app, id, |row, _| now < renew_at(row.renewed_at, row.refresh_ends_at)).await;
    let Err(error) = renewed else {
        if let Some(known) = integration::Entity::find_by_id(id).one(&app.db).await? {
            learn_account(app, &known).await?;
        }
        return Ok(None);
    };
    let Some(row) = consent::Entity::live()
        .filter(consent::Column::IntegrationId.eq(id))
        .one(&app.db)
        .await?
    else {
        // It is over, and was told.
        return Ok(None);
    };
    let now = app.clock.now();
    if now >= row.refresh_ends_at {
        end::expired(app, &row).await?;
    } else if now >= warn_at(row.renewed_at, row.refresh_ends_at) && row.warned_at.is_none() {
        end::warn(app, &row).await?;
    }
    Ok(Some(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::plans::plan;

    #[tokio::test]
    async fn what_is_due_is_found_by_the_index_of_just_these() {
        let found = plan(due(Instant::UNIX_EPOCH)).await;
        assert_eq!(found, ["SEARCH consents USING INDEX consents_by_look_at (look_at<?)"]);
    }
}
