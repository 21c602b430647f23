use async_graphql::Context;
use entity::StoreId;
use futures_util::{Stream, stream};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{Beat, Feed, Place, Seat, Standing};
use crate::access::Permission;
use crate::db::is_away;
use crate::graphql::context::ContextExt;
use crate::graphql::error::fault;
use crate::http::StreamPlace;
use crate::service::event::{self, Reach};

/// One thing that is watched, and by whom.
pub(in crate::graphql) struct Watched {
    feed: Feed,
    standing: Standing,
    places: StreamPlace,
    _seat: Seat,
    /// The client has the present state, since nothing happened after the place up to which it had been told.
    is_known: bool,
}

impl Watched {
    /// Begins to watch; what is read of the thing from here on is not too old.
    pub(in crate::graphql) async fn open(
        ctx: &Context<'_>,
        (store, object): (StoreId, Uuid),
        permission: Permission,
        after: Option<String>,
    ) -> async_graphql::Result<Self> {
        let app = ctx.app();
        let after = Place::wanted(ctx, app, after)?;
        let seat = Seat::take(ctx)?;
        let reach = Reach::Object(store, object);
        let feed = Feed::open(app, reach.clone(), None).await.map_err(fault)?;
        let is_known = match after {
            None => false,
            Some(place) => {
                let news = event::after(&app.db, &reach, place.at, 1).await.map_err(fault)?;
                news.is_empty()
            }
        };
        Ok(Self {
            feed,
            standing: Standing::of(ctx, store, vec![permission]),
            places: ctx.data_opt::<StreamPlace>().cloned().unwrap_or_default(),
            _seat: seat,
            is_known,
        })
    }
}

struct Watch<R, L, F> {
    watched: Watched,
    /// What was sent last, or what the client has.
    sent: R,
    look: L,
    is_final: F,
    is_over: bool,
}

/// Sends the present state of a thing, then each state that differs from the last sent, until the final one or
/// until the listener may not listen any more.
pub(in crate::graphql) fn watch<R, L, A, F, T>(
    watched: Watched,
    state: R,
    look: L,
    is_final: F,
    wrap: impl Fn(R) -> T + Send,
) -> impl Stream<Item = async_graphql::Result<T>>
where
    R: Clone + PartialEq + Send,
    L: Fn() -> A + Send,
    A: Future<Output = Result<Option<R>, DbErr>> + Send,
    F: Fn(&R) -> bool + Send,
{
    let first = (!watched.is_known).then(|| state.clone());
    let watch = Watch {
        is_over: is_final(&state),
        watched,
        sent: state,
        look,
        is_final,
    };
    stream::unfold((watch, first, wrap), |(mut watch, first, wrap)| async move {
        let item = match first {
            Some(first) => Ok(first),
            None => watch.next().await?,
        };
        watch.note(item.as_ref().ok());
        Some((item.map(&wrap), (watch, None, wrap)))
    })
}

impl<R, L, A, F> Watch<R, L, F>
where
    R: Clone + PartialEq,
    L: Fn() -> A,
    A: Future<Output = Result<Option<R>, DbErr>>,
    F: Fn(&R) -> bool,
{
    /// Notes what is sent; an error is the end.
    fn note(&mut self, state: Option<&R>) {
        self.is_over = state.is_none_or(|state| (self.is_final)(state));
        if let Some(state) = state {
            self.sent = state.clone();
            self.watched.places.tell(self.watched.feed.place().text());
        }
    }

    /// The next state that is news; none at the end.
    async fn next(&mut self) -> Option<async_graphql::Result<R>> {
        if self.is_over {
            return None;
        }
        loop {
            let beat = self.watched.feed.next().await;
            if let Ok(Beat::Tick) = beat
                && let Err(error) = self.watched.standing.check().await
            {
                return Some(Err(error));
            }
            // Looked at with each tick too: a balance changes by itself when points become available.
            let seen = match beat {
                Ok(_) => (self.look)().await,
                Err(error) => Err(error),
            };
            match seen {
                Ok(Some(state)) if state == self.sent => {}
                Ok(Some(state)) => return Some(Ok(state)),
                Ok(None) => return None,
                // It is looked at again with the next tick.
                Err(error) if is_away(&error) => {}
                Err(error) => return Some(Err(fault(error))),
            }
        }
    }
}
