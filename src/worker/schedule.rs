//! The schedule: what is due is read from the database, so nothing is missed while no process ran,
//! and any number of processes may look at once.

use std::time::Duration;

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::service::{
    bonus, catalogue, consent, email, event, export, housekeeping, import, points, reconcile, redemption, sale_file,
    webhook,
};

/// Days that rows of finished jobs are kept.
const KEEP_DAYS: i64 = 7;
/// How often it is looked whether the ledger was verified today.
const BETWEEN_VERIFICATIONS: Duration = Duration::from_mins(10);

/// Looks, now and then, for what is due, until the process stops.
pub(super) async fn run(app: App, stop: CancellationToken) {
    tokio::join!(
        look_for_work(&app, &stop),
        verify_ledger(&app, &stop),
        hand_out_events(&app, &stop)
    );
}

/// Verifies the ledger once a day, beside everything else: it may take long in large stores.
async fn verify_ledger(app: &App, stop: &CancellationToken) {
    let verified = async {
        loop {
            tokio::time::sleep(BETWEEN_VERIFICATIONS).await;
            if let Err(error) = points::verify_daily(app).await {
                tracing::warn!(%error, "the ledger could not be verified");
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = verified => {}
    }
}

/// Turns what happened into deliveries to webhooks, often: partners wait for it.
async fn hand_out_events(app: &App, stop: &CancellationToken) {
    let period = Duration::from_millis(app.config.events.webhook_look_milliseconds);
    loop {
        if let Err(error) = webhook::hand_out(app).await {
            tracing::warn!(%error, "events could not be handed out to webhooks; it is tried again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(period) => {}
        }
    }
}

async fn look_for_work(app: &App, stop: &CancellationToken) {
    let period = Duration::from_secs(app.config.jobs.schedule_seconds);
    let mut next_hour = app.clock.now();
    loop {
        if let Err(error) = look(app).await {
            tracing::warn!(%error, "the schedule could not look for due work");
        }
        if app.clock.now() >= next_hour {
            next_hour = app.clock.now() + TimeDelta::hours(1);
            if let Err(error) = bonus::start_birthdays(app).await {
                tracing::warn!(%error, "the schedule could not look for birthdays");
            }
            if let Err(error) = reconcile::start_due(app).await {
                tracing::warn!(%error, "the schedule could not look for coupons to be looked at");
            }
            if let Err(error) = webhook::purge(app).await {
                tracing::warn!(%error, "old deliveries could not be removed");
            }
            if let Err(error) = event::purge(app).await {
                tracing::warn!(%error, "old events could not be removed");
            }
            if let Err(error) = purge(app).await {
                tracing::warn!(%error, "rows of finished jobs could not be removed");
            }
            if let Err(error) = sale_file::purge(app).await {
                tracing::warn!(%error, "files that have served could not be removed");
            }
            if let Err(error) = housekeeping::purge(app).await {
                tracing::warn!(%error, "rows that have served could not be removed");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(period) => {}
        }
    }
}

async fn look(app: &App) -> Result<(), DbErr> {
    import::start_due(app).await?;
    import::wake_abandoned(app).await?;
    consent::look_due(app).await?;
    export::wake_abandoned(app).await?;
    redemption::wake_stuck(app).await?;
    points::expire_due(app).await?;
    catalogue::reprice_due(app).await?;
    // Whoever begins to follow need not wait for it.
    event::place(&app.db).await?;
    webhook::wake_stuck(app).await?;
    email::wake_stuck(app).await
}

/// Removes rows of jobs that were done long ago. Dead letters stay.
async fn purge(app: &App) -> Result<(), DbErr> {
    let before = (app.clock.now() - TimeDelta::days(KEEP_DAYS)).timestamp();
    let backend = app.db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => "DELETE FROM apalis.jobs WHERE status = 'Done' AND done_at < to_timestamp($1)",
        _ => "DELETE FROM Jobs WHERE status = 'Done' AND done_at < ?",
    };
    app.db
        .execute_raw(Statement::from_sql_and_values(backend, sql, [before.into()]))
        .await?;
    Ok(())
}
