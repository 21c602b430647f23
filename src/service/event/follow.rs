//! Telling everybody in this process what happened, as it happens: one reader of the table, whoever follows.

use std::sync::Arc;
use std::time::Duration;

use entity::event::Model;
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{DbBackend, DbErr};
use tokio::sync::{Notify, broadcast};

use super::{Reach, after, end, place};
use crate::app::App;

/// Where PostgreSQL tells of events that were committed.
const CHANNEL: &str = "fidelidade_events";
/// How often the table is looked at on SQLite.
const LOOK_SQLITE: Duration = Duration::from_millis(100);
/// How often it is looked at on PostgreSQL, where a notification comes earlier unless the connection is lost.
const LOOK_POSTGRES: Duration = Duration::from_secs(1);
/// How long to wait before listening again.
const LISTEN_AGAIN: Duration = Duration::from_secs(2);
/// Events read at once.
const PAGE: u64 = 500;

/// Everything that happens from now on, whatever process does it. Who reads too slowly loses the oldest and is
/// told so by the channel; they can be read with [`after`]. The first to follow starts the reader, which
/// goes on until the process stops.
pub async fn follow(app: &App) -> Result<broadcast::Receiver<Arc<Model>>, DbErr> {
    let receiver = app.happenings.tell.subscribe();
    app.happenings
        .reading
        .get_or_try_init(|| async {
            let since = end(&app.db).await?;
            tokio::spawn(read(app.clone(), since));
            Ok::<(), DbErr>(())
        })
        .await?;
    Ok(receiver)
}

async fn read(app: App, mut since: i64) {
    let woken = Arc::new(Notify::new());
    let is_postgres = app.db.get_database_backend() == DbBackend::Postgres;
    let period = if is_postgres { LOOK_POSTGRES } else { LOOK_SQLITE };
    let reading = async {
        loop {
            let _ = tokio::time::timeout(period, woken.notified()).await;
            if let Err(error) = tell(&app, &mut since).await {
                tracing::warn!(%error, "what happened could not be read; it is tried again");
            }
        }
    };
    tokio::select! {
        () = app.stopping.cancelled() => {}
        () = reading => {}
        () = listen(app.config.database_url(), &woken), if is_postgres => {}
    }
}

/// Tells of everything after a place, and moves it.
async fn tell(app: &App, since: &mut i64) -> Result<(), DbErr> {
    place(&app.db).await?;
    loop {
        let events = after(&app.db, &Reach::All, *since, PAGE).await?;
        let is_last = (events.len() as u64) < PAGE;
        for event in events {
            *since = event.place();
            // Nobody may be there.
            let _ = app.happenings.tell.send(Arc::new(event));
        }
        if is_last {
            return Ok(());
        }
    }
}

/// Wakes the reader at each notification. A connection of its own: it would be missing in the pool. While it
/// is lost the reader looks by itself.
async fn listen(url: String, woken: &Notify) {
    loop {
        if let Err(error) = hear(&url, woken).await {
            tracing::warn!(%error, "notifications of the database are not heard; it is tried again");
        }
        tokio::time::sleep(LISTEN_AGAIN).await;
    }
}

async fn hear(url: &str, woken: &Notify) -> Result<(), sea_orm::sqlx::Error> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen(CHANNEL).await?;
    // What was told before this connection listened.
    woken.notify_one();
    loop {
        // None: the connection was lost and is made again; what was told meanwhile was not heard.
        let _ = listener.try_recv().await?;
        woken.notify_one();
    }
}
