use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use entity::event::Model;
use sea_orm::DbErr;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::Place;
use crate::app::App;
use crate::db::is_away;
use crate::service::event::{self, Reach};

/// How often a stream looks up from its events: whether its listener may still listen, and whether what it watches
/// has changed by itself.
const BEAT: Duration = Duration::from_secs(3);
/// Events read from the database at once.
const PAGE: u64 = 100;

/// What a feed gives.
pub(in crate::graphql) enum Beat {
    /// Something happened.
    Event(Arc<Model>),
    /// Some seconds are over.
    Tick,
}

/// Events from a place on, each once and in their order.
///
/// What is told while it is open comes from the process's one reader of the table. What was before, and whatever a
/// slow listener let pass, is read from the database; so a listener who does not read costs a place and no memory.
pub(in crate::graphql) struct Feed {
    app: App,
    reach: Reach,
    live: Receiver<Arc<Model>>,
    since: i64,
    ahead: VecDeque<Arc<Model>>,
    is_behind: bool,
    next_tick: Instant,
}

impl Feed {
    /// Everything that is told after a place, or from now on.
    pub(in crate::graphql) async fn open(app: &App, reach: Reach, after: Option<Place>) -> Result<Self, DbErr> {
        // In this order: whatever is not told any more can be read.
        let live = event::follow(app).await?;
        let end = event::end(&app.db).await?;
        Ok(Self {
            app: app.clone(),
            reach,
            live,
            since: after.map_or(end, |place| place.at),
            ahead: VecDeque::new(),
            is_behind: after.is_some_and(|place| place.at < end),
            next_tick: Instant::now() + BEAT,
        })
    }

    /// The place up to which everything was given.
    pub(in crate::graphql) fn place(&self) -> Place {
        Place {
            at: self.since,
            time: self.app.clock.now(),
        }
    }

    /// What comes next. As long as the database is away, that is time.
    pub(in crate::graphql) async fn next(&mut self) -> Result<Beat, DbErr> {
        loop {
            if Instant::now() >= self.next_tick {
                self.next_tick = Instant::now() + BEAT;
                return Ok(Beat::Tick);
            }
            if let Some(event) = self.ahead.pop_front() {
                self.since = event.place();
                return Ok(Beat::Event(event));
            }
            if self.is_behind {
                match self.read().await {
                    Err(error) if is_away(&error) => tokio::time::sleep_until(self.next_tick).await,
                    read => read?,
                }
                continue;
            }
            let told = tokio::select! {
                told = self.live.recv() => told,
                () = tokio::time::sleep_until(self.next_tick) => continue,
            };
            match told {
                Ok(event) if event.place() > self.since => {
                    self.since = event.place();
                    if self.reach.includes(&event) {
                        return Ok(Beat::Event(event));
                    }
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.is_behind = true,
                // The app holds the other end.
                Err(RecvError::Closed) => tokio::time::sleep_until(self.next_tick).await,
            }
        }
    }

    /// Reads a page of what the live events did not tell.
    async fn read(&mut self) -> Result<(), DbErr> {
        let end = event::end(&self.app.db).await?;
        let page = event::after(&self.app.db, &self.reach, self.since, PAGE).await?;
        if (page.len() as u64) < PAGE {
            self.is_behind = false;
        }
        if page.is_empty() {
            self.since = std::cmp::max(self.since, end);
        }
        self.ahead.extend(page.into_iter().map(Arc::new));
        Ok(())
    }
}
